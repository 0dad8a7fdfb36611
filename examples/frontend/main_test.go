// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// TestMain turns the test binary into the program when a test starts it as one.
func TestMain(m *testing.M) {
	if os.Getenv("FRONTEND_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// program is a running front end.
type program struct {
	cmd              *exec.Cmd
	keys             []key
	alibaba, tencent string
	instance, status string // "" without the flag
	log              *log
}

// log is what the program has written so far.
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

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "FRONTEND_TEST_MAIN=1")
	return cmd
}

// start runs the program until it listens and has it killed at the end of the
// test.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: Windows has no SIGTERM, this test has proven nothing")
	}
	p := &program{log: &log{}}
	args = append([]string{"-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, args...)
	if !slices.Contains(args, "-access-file") {
		args = append(args, "-access-key", "id:the secret")
	}
	p.cmd = command(args...)
	p.cmd.Stderr = p.log
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })

	lines := bufio.NewScanner(stdout)
	for p.tencent == "" || p.instance == "" && slices.Contains(args, "-instance") || p.status == "" && slices.Contains(args, "-status") {
		require.True(t, lines.Scan(), "the program ended: %s", p.log)
		if rest, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			name, at, _ := strings.Cut(rest, " ")
			switch {
			case name == "alibaba" && p.alibaba == "":
				p.alibaba = at
			case name == "tencent" && p.alibaba != "":
				p.tencent = at
			case name == "instance" && p.tencent != "":
				p.instance = at
			case name == "status" && p.tencent != "":
				p.status = at
			default:
				t.Fatalf("unexpected line %q", lines.Text())
			}
			continue
		}
		require.Empty(t, p.alibaba, "the keys come first")
		var k key
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&k), lines.Text())
		p.keys = append(p.keys, k)
	}
	return p
}

// end waits for the program to end as it should.
func (p *program) end(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Wait(), p.log)
	require.NotContains(t, p.log.String(), "the secret")
}

func (p *program) terminate(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// signed is the query of a request for a signature, signed with the RPC signature
// 1.0.
func signed(method string, k key, algorithm keyspec.Algorithm, digest []byte) string {
	q := url.Values{
		"Action": {"AsymmetricSign"}, "Version": {"2016-01-20"}, "AccessKeyId": {"id"},
		"SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"}, "SignatureNonce": {rand.Text()},
		"Timestamp": {time.Now().UTC().Format("2006-01-02T15:04:05Z")},
		"KeyId":     {k.Alias}, "KeyVersionId": {k.VersionID},
		"Algorithm": {string(algorithm)}, "Digest": {base64.StdEncoding.EncodeToString(digest)},
	}
	mac := hmac.New(sha1.New, []byte("the secret&"))
	mac.Write([]byte(method + "&%2F&" + url.QueryEscape(strings.ReplaceAll(q.Encode(), "+", "%20"))))
	q.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return q.Encode()
}

// requireSignature reads an answer and verifies the signature in it.
func requireSignature(t *testing.T, resp *http.Response, k key) []byte {
	t.Helper()
	defer resp.Body.Close()
	var answer struct{ KeyId, KeyVersionId, Value, Code, Message string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(t, 200, resp.StatusCode, "%+v", answer)
	require.Equal(t, k.KeyID, answer.KeyId)
	require.Equal(t, k.VersionID, answer.KeyVersionId)
	sig, err := base64.StdEncoding.DecodeString(answer.Value)
	require.NoError(t, err)
	return sig
}

func TestServesUntilTerminated(t *testing.T) {
	p := start(t)
	require.Len(t, p.keys, 5)
	for i, alias := range []string{"alias/rsa-2048", "alias/rsa-3072", "alias/ec-p256", "alias/ec-p256k", "alias/ec-sm2"} {
		k := p.keys[i]
		require.Equal(t, alias, k.Alias)
		require.Equal(t, keyspec.All()[i], k.KeySpec)
		require.Len(t, k.KeyID, 36)
		require.Len(t, k.VersionID, 36)
		resp, err := http.Get(p.alibaba + "/?" + signed("GET", k, k.KeySpec.Algorithms()[0], make([]byte, 32)))
		require.NoError(t, err)
		require.NotEmpty(t, requireSignature(t, resp, k))
	}

	// Tencent's side is there too, and closed to those without an access key.
	resp, err := http.Get(p.tencent)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), `"AuthFailure"`)

	requireTerminateFinishesRequests(t, p)
	require.Contains(t, p.log.String(), `msg="kms request"`)
	require.Contains(t, p.log.String(), "principal=id action=AsymmetricSign key_id="+p.keys[0].KeyID+" code=OK")
}

// A body whose first byte is sent when the test says so. net/http reads it only
// when the server has said "100 Continue", that is, when the request is in flight.
type heldBody struct {
	io.Reader
	asked chan struct{}
	send  chan struct{}
}

func (b *heldBody) Read(p []byte) (int, error) {
	if b.asked != nil {
		close(b.asked)
		b.asked = nil
		<-b.send
	}
	return b.Reader.Read(p)
}

// requireTerminateFinishesRequests terminates the program while it is in the middle
// of a request.
func requireTerminateFinishesRequests(t *testing.T, p *program) {
	t.Helper()
	k := p.keys[2]
	form := signed("POST", k, keyspec.ECDSASHA256, make([]byte, 32))
	asked, send := make(chan struct{}), make(chan struct{})
	req, err := http.NewRequest("POST", p.alibaba+"/", &heldBody{strings.NewReader(form), asked, send})
	require.NoError(t, err)
	req.ContentLength = int64(len(form))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Expect", "100-continue")
	client := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}
	type answer struct {
		resp *http.Response
		err  error
	}
	answered := make(chan answer)
	go func() {
		resp, err := client.Do(req)
		answered <- answer{resp, err}
	}()

	<-asked
	p.terminate(t)
	for _, at := range []string{p.alibaba, p.tencent} {
		require.Eventually(t, func() bool {
			c, err := net.Dial("tcp", strings.TrimPrefix(at, "http://"))
			if err == nil {
				c.Close()
			}
			return err != nil
		}, time.Minute, 10*time.Millisecond, "nobody new is let in")
	}
	close(send)
	a := <-answered
	require.NoError(t, a.err)
	require.NotEmpty(t, requireSignature(t, a.resp, k))
	p.end(t)
}

func TestFolderKeepsKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a dozen PBKDF2 are not short")
	}
	dir, password := t.TempDir(), filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("correct horse\nbattery staple\n"), 0o600))
	kept := []string{"-dir", filepath.Join(dir, "keys"), "-password-file", password}
	out, err := command(append([]string{"-access-key", "a:b", "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, kept...)...).CombinedOutput()
	requireOneLine(t, out, err, "does not exist")
	require.NoDirExists(t, kept[1])
	first := start(t, append(kept, "-init")...)
	require.Len(t, first.keys, 5)

	// One program at a time.
	out, err = command(append([]string{"-access-key", "a:b", "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, kept...)...).CombinedOutput()
	requireOneLine(t, out, err, "Unavailable")

	sm2 := first.keys[4]
	resp, err := http.Get(first.alibaba + "/?" + signed("GET", sm2, keyspec.SM2DSA, make([]byte, 32)))
	require.NoError(t, err)
	sig := requireSignature(t, resp, sm2)
	first.terminate(t)
	first.end(t)

	// The password is the first line, whatever ends it.
	require.NoError(t, os.WriteFile(password, []byte("correct horse\r\n"), 0o600))
	second := start(t, kept...)
	require.Equal(t, first.keys, second.keys)
	second.terminate(t)
	second.end(t)

	ring, err := (&options{dir: kept[1], passwordFile: password}).folder()
	require.NoError(t, err)
	defer ring.close()
	v, err := ring.Lookup(t.Context(), sm2.Alias, sm2.VersionID)
	require.NoError(t, err)
	verifier, err := v.Verifier(keyspec.SM2DSA)
	require.NoError(t, err)
	require.NoError(t, verifier.VerifyDigest(make([]byte, 32), sig))

	// An alias that leads to another kind of key is a mistake of somebody's.
	require.NoError(t, ring.SetAlias(t.Context(), "alias/ec-p256", sm2.KeyID))
	_, err = prepareKeys(t.Context(), ring)
	require.EqualError(t, err, "alias/ec-p256 is a key of EC_SM2")
}

// What is missing in a folder is made, what is there stays, and a key that is
// switched off does not keep the others from being served.
func TestFolderIsCompleted(t *testing.T) {
	ring := keyring.New()
	var before []key
	for _, spec := range keyspec.All() {
		private, err := testkeys.Key(spec)
		require.NoError(t, err)
		v, err := ring.Import(t.Context(), private)
		require.NoError(t, err)
		alias := map[keyspec.KeySpec]string{
			"RSA_2048": "alias/rsa-2048", "RSA_3072": "alias/rsa-3072",
			"EC_P256": "alias/ec-p256", "EC_P256K": "alias/ec-p256k", "EC_SM2": "alias/ec-sm2",
		}[spec]
		require.NoError(t, ring.SetAlias(t.Context(), alias, v.KeyID))
		before = append(before, key{v.KeyID, v.VersionID, alias, spec})
	}
	require.NoError(t, ring.DeleteAlias(t.Context(), "alias/ec-p256"))
	require.NoError(t, ring.SetState(t.Context(), "alias/ec-sm2", "Disabled"))
	after, err := prepareKeys(t.Context(), ring)
	require.NoError(t, err)
	require.NotEqual(t, before[2].KeyID, after[2].KeyID)
	after[2] = before[2]
	require.Equal(t, before, after)
}

// newCertificate returns a certificate for 127.0.0.1 and its key, in PEM.
func newCertificate(t *testing.T, serial int64) (certificate, private string) {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	pkcs8, err := keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.(crypto.Signer).Public(), key)
	require.NoError(t, err)
	return pemOf("CERTIFICATE", der), string(pkcs8)
}

// clientOf trusts one certificate.
func clientOf(t *testing.T, certificate string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(certificate)))
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// Access keys and permissions come from the file, and are read again on SIGHUP; a
// broken file changes nothing. While it drains, it is alive, not ready, and serves.
func TestAccessFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.json")
	allow := func(actions string) {
		t.Helper()
		text := `{"access_keys": [{"id": "id", "secret": "the secret", "allow": [{"keys": ["*"], "actions": [` + actions + `]}]}]}`
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	allow(`"GetPublicKey"`)
	p := start(t, "-access-file", file, "-status", "127.0.0.1:0", "-drain", "1h")
	sign := func() int {
		t.Helper()
		resp, err := http.Get(p.alibaba + "/?" + signed("GET", p.keys[2], keyspec.ECDSASHA256, make([]byte, 32)))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	hangup := func(want string) {
		t.Helper()
		before := strings.Count(p.log.String(), want)
		require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
		require.Eventually(t, func() bool { return strings.Count(p.log.String(), want) > before }, time.Minute, time.Millisecond)
	}
	require.Equal(t, 403, sign())
	allow(`"AsymmetricSign"`)
	require.Equal(t, 403, sign(), "it has not been read")
	hangup("access file read again")
	require.Equal(t, 200, sign())
	require.NoError(t, os.WriteFile(file, []byte(`{"access_keys": [{"id": "id", "secret": "the secret", "alow": []}]}`), 0o600))
	hangup("the access file cannot be used")
	require.Equal(t, 200, sign())
	allow(`"GetPublicKey"`)
	hangup("access file read again")
	require.Equal(t, 403, sign())

	status := func(path string) int {
		t.Helper()
		resp, err := http.Get(p.status + path)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	require.Equal(t, 200, status("/healthz"))
	require.Equal(t, 200, status("/readyz"))
	resp, err := http.Get(p.status + "/metrics")
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(text), `kmsigner_requests_total{action="AsymmetricSign",code="OK",provider="alibaba"} 2`)
	require.Contains(t, string(text), `kmsigner_requests_in_flight_max{handler="tencent"} 1024`)
	require.Contains(t, string(text), "process_cpu_seconds_total")
	p.terminate(t)
	require.Eventually(t, func() bool { return status("/readyz") == 503 }, time.Minute, time.Millisecond)
	require.Equal(t, 200, status("/healthz"))
	require.Equal(t, 403, sign())
	p.terminate(t) // a second signal does not wait
	var exit *exec.ExitError
	require.ErrorAs(t, p.cmd.Wait(), &exit)
	require.NotContains(t, p.log.String(), "the secret")
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// All three over HTTPS, the third with a client of each kind of file.
func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	client, err := dkms.NewClientKey([]byte("pw"))
	require.NoError(t, err)
	public, err := keyspec.MarshalPublicKey(client.PublicKey)
	require.NoError(t, err)
	certificate, private := newCertificate(t, 1)
	certFile, keyFile := file("cert", certificate), file("key", private)
	p := start(t, "-instance", "127.0.0.1:0", "-client-cert", "a="+file("a.pem", string(client.Certificate)),
		"-client-cert", "b="+file("b.pem", string(public)), "-cert", certFile, "-key", keyFile)
	c := clientOf(t, certificate)
	for url, want := range map[string]int{p.alibaba: 400, p.tencent: 200, p.instance: 415} {
		require.True(t, strings.HasPrefix(url, "https://127.0.0.1:"), url)
		resp, err := c.Post(url, "text/plain", nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, url)
	}

	// A new certificate is in use without a restart, a broken one is not.
	certificate, private = newCertificate(t, 2)
	require.Equal(t, certFile, file("cert", certificate))
	require.Equal(t, keyFile, file("key", private))
	renewed := clientOf(t, certificate)
	serves := func(c *http.Client) bool {
		resp, err := c.Get(p.alibaba)
		if err == nil {
			resp.Body.Close()
		}
		c.CloseIdleConnections()
		return err == nil
	}
	require.Eventually(t, func() bool { return serves(renewed) }, time.Minute, 10*time.Millisecond)
	file("key", "a broken file")
	require.Eventually(t, func() bool {
		return serves(renewed) && strings.Contains(p.log.String(), "the certificate cannot be read again")
	}, time.Minute, 10*time.Millisecond)
	p.terminate(t)
	p.end(t)
}

// docs/production.md lists every option, in both languages, and its access file is one.
func TestDocument(t *testing.T) {
	o, err := parse([]string{"-h"})
	require.NoError(t, err)
	metrics, err := os.ReadFile("../../signer/frontend/prometheus/doc.go")
	require.NoError(t, err)
	for _, name := range []string{"../../docs/production.md", "../../docs/production.zh-CN.md"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		var table []string
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "| `-") {
				table = append(table, regexp.MustCompile("`(-[a-z-]+)`").FindAllString(strings.Split(line, "|")[1], -1)...)
			}
		}
		var all []string
		o.flags.VisitAll(func(f *flag.Flag) { all = append(all, "`-"+f.Name+"`") })
		require.ElementsMatch(t, all, table, name)
		for _, metric := range regexp.MustCompile(`kmsigner_\w+`).FindAllString(string(data), -1) {
			require.Contains(t, string(metrics), strings.TrimSuffix(metric, "_bucket"), name)
		}
		file := filepath.Join(t.TempDir(), "access.json")
		text := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(data)[1]
		require.NoError(t, os.WriteFile(file, text, 0o600))
		a, err := frontend.OpenAccess(file)
		require.NoError(t, err)
		require.NoError(t, a.Authorize(t.Context(), "operator", "CreateKey", ""))
	}
}

// A program whose output cannot be written ends with an error.
func TestOutputIsClosed(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	err := (&listeners{}).serve(t.Context(), w, []key{{}}, 0)
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// A signal while keys are being made ends the program without an error and
// without a listener.
func TestTerminateBeforeServing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	err := run(ctx, []string{"-access-key", "a:b", "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, &out, io.Discard)
	require.NoError(t, err)
	require.Empty(t, out.String())
}
