// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
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
	ca               *authority
	dir              string // of the files of the replicas
}

const secret = "the secret of each access key"

// drain is longer than nginx keeps an idle connection to a replica, by as much as a loaded machine may stand still.
const (
	drain = 3 * time.Second
	idle  = "500ms"
)

func newFleet(t *testing.T, binary string) *fleet {
	t.Helper()
	f := &fleet{
		// Processes are killed here, not the machine: what they have written stays, and nothing waits for a disk that
		// is busy.
		postgres: services.Postgres(t, "fsync=off"),
		redis:    services.Redis(t, "appendonly yes", "appendfsync no", "requirepass first"),
		ca:       newAuthority(t),
		roots:    x509.NewCertPool(),
		dir:      t.TempDir(),
	}
	f.roots.AddCert(f.ca.certificate)
	f.file(t, "ca.pem", f.ca.pem)
	f.renewCertificate(t)
	f.allow(t, clientIDs...)
	f.file(t, "kek-1", strings.Repeat("0123456789abcdef", 4))
	f.createRole(t)
	f.file(t, "postgres-password", "first")
	f.file(t, "redis-password", "first")
	args := []string{
		"-cert", f.path("cert.pem"), "-key", f.path("key.pem"), "-access-file", f.path("access.json"), "-manage",
		"-postgres", strings.Replace(f.postgres.DSN, "user=postgres", "user=kms", 1),
		"-postgres-password-file", f.path("postgres-password"),
		"-redis", f.redis.URL, "-redis-password-file", f.path("redis-password"),
		"-redis-timeout", "2s", // of a loaded machine
		"-drain", drain.String(),
	}
	var started sync.WaitGroup
	for range 3 {
		r := &replica{t: t, binary: binary, args: args, keks: []string{f.path("kek-1")}}
		for range 3 {
			r.addresses = append(r.addresses, freeAddress(t))
		}
		f.replicas = append(f.replicas, r)
		started.Go(func() { r.start("-init") }) // at once: one of them makes what is missing
	}
	started.Wait()
	f.startNginx(t)
	// A new Redis refuses what is signed in the second in which it began, or before.
	do := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	var err error
	for range 100 {
		if _, err = do("ListKeys", nil); err == nil {
			return f
		}
		time.Sleep(100 * time.Millisecond)
	}
	require.NoError(t, err, "%.2000s", f.nginx.Log())
	return nil
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

// file replaces a file at once: a replica may read it at any time.
func (f *fleet) file(t testing.TB, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(f.path(name+".new"), []byte(text), 0o600))
	require.NoError(t, os.Rename(f.path(name+".new"), f.path(name)))
}

// renewCertificate gives the replicas a new certificate.
func (f *fleet) renewCertificate(t testing.TB) {
	t.Helper()
	certificate, key := f.ca.issue(t)
	f.file(t, "cert.pem", certificate)
	f.file(t, "key.pem", key)
}

// createRole makes the user of the replicas, who has a password.
func (f *fleet) createRole(t testing.TB) {
	t.Helper()
	hba := filepath.Join(f.postgres.Folder, "data", "pg_hba.conf")
	require.NoError(t, os.WriteFile(hba, []byte("local all postgres trust\nlocal all all scram-sha-256\n"), 0o644))
	f.sql(t, "CREATE ROLE kms LOGIN PASSWORD 'first'", "CREATE SCHEMA kms AUTHORIZATION kms", "SELECT pg_reload_conf()")
}

// sql runs statements as the superuser.
func (f *fleet) sql(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		out, err := exec.Command(filepath.Join(f.postgres.Bin, "psql"), f.postgres.DSN, "-c", s).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// startNginx starts it with the configuration of the document.
func (f *fleet) startNginx(t *testing.T) {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(root, "docs/production.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindSubmatch(document)
	require.NotNil(t, block)
	f.alibaba, f.tencent = freeAddress(t), freeAddress(t)
	changes := []string{
		"listen 8081 ", "listen " + f.alibaba + " ", "listen 8082 ", "listen " + f.tencent + " ",
		" ca.pem;", " " + f.path("ca.pem") + ";", " cert.pem;", " " + f.path("cert.pem") + ";",
		" key.pem;", " " + f.path("key.pem") + ";",
		// A loaded machine takes its time; the margin before -drain is larger than in the document for the same reason.
		"proxy_connect_timeout 1s;", "proxy_connect_timeout 10s;",
		"keepalive_timeout 2s;", "keepalive_timeout " + idle + ";",
	}
	for i, r := range f.replicas {
		for j, port := range []string{"8081", "8082"} {
			changes = append(changes, fmt.Sprintf("10.0.0.%d:%s ", i+1, port), r.addresses[j]+" ")
		}
	}
	for i := 0; i < len(changes); i += 2 {
		require.Contains(t, string(block[1]), changes[i])
	}
	f.nginx = services.Nginx(t, strings.NewReplacer(changes...).Replace(string(block[1])))
}

// clientIDs are the access keys, one for each thing that counts its requests.
var clientIDs = []string{
	"operator", "replayed", "limited", "load-0", "load-1", "load-2", "load-3", "load-4", "load-5", "load-6", "load-7",
}

// allow writes the access file: these may do everything.
func (f *fleet) allow(t testing.TB, ids ...string) {
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
	for _, id := range ids {
		keys = append(keys, accessKey{id, secret, []rule{{[]string{"*"}, []string{"*"}}}})
	}
	text, err := json.Marshal(map[string]any{"access_keys": keys})
	require.NoError(t, err)
	f.file(t, "access.json", string(text))
}

// ports are those that freeAddress has yet to try, below the ports that the kernel gives to connections, in an order
// that other processes do not have.
var ports = mathrand.Perm(12000)

// freeAddress returns an address that nothing listens on, another one each time.
func freeAddress(t testing.TB) string {
	t.Helper()
	for len(ports) > 0 {
		port := 20000 + ports[0]
		ports = ports[1:]
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no port is free")
	return ""
}

// An authority issues certificates for the replicas and nginx.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	a := &authority{key: key.(crypto.Signer)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), key)
	require.NoError(t, err)
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// issue returns a certificate and its key, in PEM.
func (a *authority) issue(t testing.TB) (certificate, private string) {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	pkcs8, err := keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"kms.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.(crypto.Signer).Public(), a.key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pkcs8)
}

// A replica is a process of examples/frontend, which is started again at the same
// addresses: Alibaba's, Tencent's, and the status.
type replica struct {
	t         testing.TB
	binary    string
	args      []string
	keks      []string // files
	addresses []string

	cmd *exec.Cmd
	log *log
}

func (r *replica) command(more ...string) *exec.Cmd {
	args := []string{"-alibaba", r.addresses[0], "-tencent", r.addresses[1], "-status", r.addresses[2]}
	args = append(args, r.args...)
	for _, file := range r.keks {
		args = append(args, "-kek-file", file)
	}
	cmd := exec.Command(r.binary, append(args, more...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// start returns what it has written when it listens.
func (r *replica) start(more ...string) (lines []string) {
	r.cmd, r.log = r.command(more...), &log{}
	r.cmd.Stderr = r.log
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

// awaitRequests waits until it has served a request of each front end: nginx sends it
// requests again.
func (r *replica) awaitRequests() {
	r.t.Helper()
	served := func(action string) bool {
		return strings.Contains(r.log.String(), " action="+action+" ")
	}
	require.Eventually(r.t, func() bool {
		return served("AsymmetricSign") && served("SignByAsymmetricKey")
	}, time.Minute, 20*time.Millisecond)
}

// kill ends it at once.
func (r *replica) kill() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Kill())
	require.Error(r.t, r.cmd.Wait())
}

// stop has it drain and end. While it drains, it is healthy and not ready.
func (r *replica) stop() {
	r.t.Helper()
	terminated := time.Now()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	for ready := true; ready; time.Sleep(10 * time.Millisecond) {
		require.Less(r.t, time.Since(terminated), time.Minute)
		status, err := r.status("/readyz")
		if err == nil {
			ready = status != http.StatusServiceUnavailable
			status, err = r.status("/healthz")
		}
		if time.Since(terminated) >= drain {
			break // too late to be sure that it still drains
		}
		require.NoError(r.t, err)
		require.Equal(r.t, http.StatusOK, status)
	}
	require.NoError(r.t, r.cmd.Wait(), "%s", r.log)
}

func (r *replica) status(path string) (int, error) {
	resp, err := http.Get("http://" + r.addresses[2] + path)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
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
