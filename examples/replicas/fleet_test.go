// SPDX-License-Identifier: Apache-2.0

package replicas

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A fleet is what docs/production.md draws: replicas behind nginx, on a database and a
// Redis that they share.
type fleet struct {
	postgres *services.PostgresServer
	redis    *services.RedisServer
	nginx    *services.NginxServer
	replicas []*replica

	alibaba, tencent string // where nginx listens, HOST:PORT
	roots            *x509.CertPool
	ca               string // in PEM
}

const secret = "the secret of each access key"

// drain is longer than nginx keeps an idle connection to a replica.
const drain = 2500 * time.Millisecond

func newFleet(t *testing.T, binary string) *fleet {
	t.Helper()
	f := &fleet{
		postgres: services.Postgres(t),
		redis:    services.Redis(t, "appendonly yes", "appendfsync always"),
		roots:    x509.NewCertPool(),
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	certificate, key := newCertificate(t)
	f.ca = certificate
	f.roots.AppendCertsFromPEM([]byte(certificate))
	cert, private := file("cert.pem", certificate), file("key.pem", key)
	args := []string{
		"-cert", cert, "-key", private, "-access-file", file("access.json", accessFile(t)), "-manage",
		"-postgres", f.postgres.DSN, "-kek-file", file("kek", strings.Repeat("0123456789abcdef", 4)),
		"-redis", f.redis.URL, "-redis-timeout", "2s", // of a loaded machine
		"-drain", drain.String(),
	}
	var started sync.WaitGroup
	for range 3 {
		r := &replica{t: t, binary: binary, args: args}
		for range 3 {
			r.addresses = append(r.addresses, freeAddress(t))
		}
		f.replicas = append(f.replicas, r)
		started.Go(func() { r.start("-init") }) // at once: one of them makes what is missing
	}
	started.Wait()
	f.startNginx(t, cert, private)
	// A new Redis refuses what is signed in the second in which it began, or before.
	do := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	require.Eventually(t, func() bool { _, err := do("ListKeys", nil); return err == nil }, 10*time.Second, 100*time.Millisecond)
	return f
}

// startNginx starts it with the configuration of the document.
func (f *fleet) startNginx(t *testing.T, cert, key string) {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(root, "docs/production.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(document)
	require.NotNil(t, block)
	f.alibaba, f.tencent = freeAddress(t), freeAddress(t)
	changes := []string{
		"listen 8081 ", "listen " + f.alibaba + " ", "listen 8082 ", "listen " + f.tencent + " ",
		" ca.pem;", " " + cert + ";", " cert.pem;", " " + cert + ";", " key.pem;", " " + key + ";",
	}
	for i, r := range f.replicas {
		changes = append(changes, fmt.Sprintf("10.0.0.%d:8081 ", i+1), r.addresses[0]+" ", fmt.Sprintf("10.0.0.%d:8082 ", i+1), r.addresses[1]+" ")
	}
	for i := 0; i < len(changes); i += 2 {
		require.Contains(t, string(block[1]), changes[i])
	}
	f.nginx = services.Nginx(t, strings.NewReplacer(changes...).Replace(string(block[1])))
}

// accessFile has a client for each thing that counts its requests.
func accessFile(t *testing.T) string {
	t.Helper()
	type rule struct {
		Keys    []string `json:"keys"`
		Actions []string `json:"actions"`
	}
	type accessKey struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
		Allow  []rule `json:"allow"`
	}
	var keys []accessKey
	for _, id := range []string{"operator", "replayed", "limited", "load-0", "load-1", "load-2", "load-3", "load-4", "load-5", "load-6", "load-7"} {
		keys = append(keys, accessKey{id, secret, []rule{{[]string{"*"}, []string{"*"}}}})
	}
	text, err := json.Marshal(map[string]any{"access_keys": keys})
	require.NoError(t, err)
	return string(text)
}

// freeAddress returns an address that nothing listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func newCertificate(t testing.TB) (certificate, private string) {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	pkcs8, err := keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"kms.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.(crypto.Signer).Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pkcs8)
}

// A replica is a process of examples/frontend, which is started again at the same
// addresses: Alibaba's, Tencent's, and the status.
type replica struct {
	t         testing.TB
	binary    string
	args      []string
	addresses []string

	cmd *exec.Cmd
	log *log
}

// start returns what it has written when it listens.
func (r *replica) start(more ...string) (lines []string) {
	args := append([]string{"-alibaba", r.addresses[0], "-tencent", r.addresses[1], "-status", r.addresses[2]}, r.args...)
	r.cmd, r.log = exec.Command(r.binary, append(args, more...)...), &log{}
	r.cmd.Stderr = r.log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		r.t.Error(err)
		return nil
	}
	cmd := r.cmd
	r.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	written := bufio.NewScanner(out)
	for written.Scan() {
		lines = append(lines, written.Text())
		if strings.HasPrefix(written.Text(), "listening status ") {
			return lines
		}
	}
	r.t.Errorf("the replica ended: %s", r.log)
	return lines
}

// kill ends it at once.
func (r *replica) kill() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Kill())
	require.Error(r.t, r.cmd.Wait())
}

// stop has it drain and end.
func (r *replica) stop() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(r.t, func() bool { return r.status("/readyz") == http.StatusServiceUnavailable }, 5*time.Second, 10*time.Millisecond)
	require.Equal(r.t, http.StatusOK, r.status("/healthz"))
	require.NoError(r.t, r.cmd.Wait(), "%s", r.log)
}

func (r *replica) status(path string) int {
	r.t.Helper()
	resp, err := http.Get("http://" + r.addresses[2] + path)
	require.NoError(r.t, err)
	resp.Body.Close()
	return resp.StatusCode
}

// log is what a process has written so far.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
