// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
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
