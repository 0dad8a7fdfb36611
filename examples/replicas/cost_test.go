// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

const (
	rounds  = 10
	length  = time.Second // of a round
	clients = 8           // connections
	ids     = 100         // access keys, each with its rate
)

// BenchmarkReplica measures what a signature with EC_P256 costs one replica on one
// core: with keys, nonces and rates in memory, over HTTP; and with keys in PostgreSQL,
// nonces and rates in Redis, over HTTPS. Both have an access file, metrics and a log. They
// are measured in turn, since their ratio is what a loaded machine leaves. The time is
// that of the process, from the kernel.
func BenchmarkReplica(b *testing.B) {
	binary := build(b, stages(b))
	dir := b.TempDir()
	file := func(name, text string) string {
		require.NoError(b, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	ca := newAuthority(b)
	certificate, key := ca.issue(b)
	var keys []map[string]any
	for i := range ids {
		allow := []map[string]any{{"keys": []string{"*"}, "actions": []string{"AsymmetricSign"}}}
		keys = append(keys, map[string]any{"id": fmt.Sprintf("id-%d", i), "secret": secret, "allow": allow})
	}
	access, err := json.Marshal(map[string]any{"access_keys": keys})
	require.NoError(b, err)
	memory := []string{"-access-file", file("access.json", string(access))}
	shared := append(memory, "-cert", file("cert.pem", certificate), "-key", file("key.pem", key),
		"-postgres", services.Postgres(b).DSN, "-kek-file", file("kek", strings.Repeat("0123456789abcdef", 4)),
		"-redis", services.Redis(b).URL, "-redis-timeout", "2s", "-init")
	roots := x509.NewCertPool()
	roots.AddCert(ca.certificate)
	b.Setenv("GOMAXPROCS", "1")
	measured := []*measurement{
		newMeasurement(b, "memory", nil, binary, memory),
		newMeasurement(b, "shared", roots, binary, shared),
	}
	time.Sleep(2 * time.Second) // a new Redis refuses what is signed before it was there
	for range b.N {
		for range rounds {
			for _, m := range measured {
				m.round(b)
			}
		}
	}
	for _, m := range measured {
		b.ReportMetric(float64(m.requests)/m.took.Seconds(), m.name+"-requests/s")
		b.ReportMetric(float64(m.cpu.Microseconds())/float64(m.requests), m.name+"-µs-CPU")
	}
	b.ReportMetric(0, "ns/op")
}

// A measurement is of one replica.
type measurement struct {
	name     string
	roots    *x509.CertPool // nil: over HTTP
	replica  *replica
	keyID    string
	version  string
	requests int
	took     time.Duration
	cpu      time.Duration
}

func newMeasurement(b *testing.B, name string, roots *x509.CertPool, binary string, args []string) *measurement {
	r := &replica{t: b, binary: binary, args: args, addresses: []string{freeAddress(b), freeAddress(b), freeAddress(b)}}
	m := &measurement{name: name, roots: roots, replica: r}
	for _, line := range r.start() {
		var k struct {
			KeyID     string `json:"key_id"`
			VersionID string `json:"version_id"`
			KeySpec   string `json:"key_spec"`
		}
		if json.Unmarshal([]byte(line), &k) == nil && k.KeySpec == "EC_P256" {
			m.keyID, m.version = k.KeyID, k.VersionID
		}
	}
	require.NotEmpty(b, m.keyID)
	return m
}

// round sends as many requests as are answered in its time. They are signed before.
func (m *measurement) round(b *testing.B) {
	b.Helper()
	const most = 1500 // requests of a connection
	requests := make([][][]byte, clients)
	for c := range requests {
		for i := range most {
			requests[c] = append(requests[c], m.request(fmt.Sprintf("id-%d", (c*most+i)%ids)))
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var all sync.WaitGroup
	counts, errs := make([]int, clients), make([]error, clients)
	connections := make([]net.Conn, clients)
	for c := range connections { // handshakes are not measured
		conn, err := net.Dial("tcp", m.replica.addresses[0])
		require.NoError(b, err)
		if m.roots != nil {
			secure := tls.Client(conn, &tls.Config{RootCAs: m.roots, ServerName: "127.0.0.1"})
			require.NoError(b, secure.Handshake())
			conn = secure
		}
		connections[c] = conn
	}
	before, begun := m.used(b), time.Now()
	for c, conn := range connections {
		all.Go(func() { counts[c], errs[c] = send(ctx, conn, requests[c]) })
	}
	all.Wait()
	m.took += time.Since(begun)
	m.cpu += m.used(b) - before
	for c := range counts {
		require.NoError(b, errs[c])
		m.requests += counts[c]
		connections[c].Close()
	}
}

// send sends one request after the other until the context is done.
func send(ctx context.Context, conn net.Conn, requests [][]byte) (n int, err error) {
	answers := bufio.NewReader(conn)
	for _, request := range requests {
		if ctx.Err() != nil {
			break
		}
		if _, err := conn.Write(request); err != nil {
			return n, err
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			return n, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return n, err
		}
		if resp.StatusCode != http.StatusOK {
			return n, fmt.Errorf("%s: %s", resp.Status, body)
		}
		n++
	}
	return n, nil
}

// used is the processor time of the replica: clock_getcpuclockid(3) of its process.
func (m *measurement) used(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	require.NoError(b, unix.ClockGettime(int32(^m.replica.cmd.Process.Pid<<3|2), &t))
	return time.Duration(t.Nano())
}

// request is an AsymmetricSign, signed with ACS3-HMAC-SHA256.
func (m *measurement) request(id string) []byte {
	query := url.Values{
		"Algorithm": {"ECDSA_SHA_256"}, "Digest": {b64(digest[:])}, "KeyId": {m.keyID}, "KeyVersionId": {m.version},
	}.Encode()
	host := m.replica.addresses[0]
	nothing := sha256.Sum256(nil)
	headers := [][2]string{
		{"host", host}, {"x-acs-action", "AsymmetricSign"}, {"x-acs-content-sha256", hex.EncodeToString(nothing[:])},
		{"x-acs-date", time.Now().UTC().Format("2006-01-02T15:04:05Z")},
		{"x-acs-signature-nonce", rand.Text()}, {"x-acs-version", "2016-01-20"},
	}
	var names []string
	var canonical, sent strings.Builder
	for _, h := range headers {
		names = append(names, h[0])
		fmt.Fprintf(&canonical, "%s:%s\n", h[0], h[1])
		fmt.Fprintf(&sent, "%s: %s\r\n", h[0], h[1])
	}
	signed := strings.Join(names, ";")
	sum := sha256.Sum256(fmt.Appendf(nil, "POST\n/\n%s\n%s\n%s\n%x", query, canonical.String(), signed, nothing))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(sum[:])))
	return fmt.Appendf(nil, "POST /?%s HTTP/1.1\r\n%sContent-Length: 0\r\n"+
		"Authorization: ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%x\r\n\r\n",
		query, sent.String(), id, signed, mac.Sum(nil))
}
