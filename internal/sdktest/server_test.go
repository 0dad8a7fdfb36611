// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// The access key of the program and of serverOf.
const (
	accessKey = "LTAI-sdktest"
	secret    = "a secret/with+signs=&~*"
)

// clientKey is the program's client of the KMS Instance API.
var clientKey dkms.ClientKey

const clientKeyPassword = "a password of the client key"

// A server is where the front ends listen, HOST:PORT, and what keys they have.
type server struct {
	alibaba, tencent string
	instance         string // of the program only
	keys             map[keyspec.KeySpec]key
}

// A key is a line of the program's output.
type key struct {
	KeyID     string          `json:"key_id"`
	VersionID string          `json:"version_id"`
	Alias     string          `json:"alias"`
	KeySpec   keyspec.KeySpec `json:"key_spec"`
}

// program is examples/frontend, running, and binary its file.
var (
	program server
	binary  string
)

func TestMain(m *testing.M) { os.Exit(runWithProgram(m)) }

func runWithProgram(m *testing.M) int {
	stopNode, err := startNode()
	switch {
	case err == nil:
		defer func() { check(stopNode()) }()
	case os.Getenv("CI") != "":
		fmt.Fprintln(os.Stderr, err)
		return 1
	default:
		fmt.Fprintln(os.Stderr, "SKIPPED: the SDKs for Node.js:", err)
	}
	dir, err := os.MkdirTemp("", "sdktest")
	check(err)
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "frontend.exe")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir, build.Stderr = filepath.Join("..", "..", "examples", "frontend"), os.Stderr
	check(build.Run())

	clientKey, err = dkms.NewClientKey([]byte(clientKeyPassword))
	check(err)
	certificate := filepath.Join(dir, "client.pem")
	check(os.WriteFile(certificate, clientKey.Certificate, 0o600))
	cmd := exec.Command(binary, "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0", "-access-key", accessKey+":"+secret,
		"-instance", "127.0.0.1:0", "-client-cert", clientKey.ID+"="+certificate)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	program.keys = map[keyspec.KeySpec]key{}
	for lines := bufio.NewScanner(out); program.instance == "" && lines.Scan(); {
		name, at, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "listening "), " http://")
		switch name {
		case "alibaba":
			program.alibaba = at
		case "tencent":
			program.tencent = at
		case "instance":
			program.instance = at
		default:
			var k key
			check(json.Unmarshal(lines.Bytes(), &k))
			program.keys[k.KeySpec] = k
		}
	}
	code := m.Run()
	check(cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil || code != 0 {
		fmt.Fprintf(os.Stderr, "the front end ended with %v, its last words:\n%s", err, log.Bytes()[max(0, log.Len()-4000):])
		code = max(code, 1)
	}
	if strings.Contains(log.String(), secret) {
		fmt.Fprintln(os.Stderr, "the secret is in the log")
		code = 1
	}
	return code
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// serverOf serves a store from this process, for what signertest.KMS does not have.
func serverOf(t testing.TB, store keyring.Store, auth frontend.Authenticator, options ...frontend.Option) server {
	t.Helper()
	a := httptest.NewServer(alikms.NewHandler(&alikms.Service{Store: store}, auth, options...))
	t.Cleanup(a.Close)
	b := httptest.NewServer(tencentkms.NewHandler(&tencentkms.Service{Store: store}, auth, options...))
	t.Cleanup(b.Close)
	return server{alibaba: a.Listener.Addr().String(), tencent: b.Listener.Addr().String()}
}

// hostOf is the HOST:PORT of a URL.
func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }

// The program allows an access key 200 requests a second at Alibaba's front end
// and 100 at Tencent's.
var (
	alibabaPace = rate.NewLimiter(190, 100)
	tencentPace = rate.NewLimiter(95, 50)
)

// A recorder is the HTTP transport of an SDK. It keeps the latest exchange.
type recorder struct {
	// pace holds requests back if it is not nil.
	pace *rate.Limiter

	request *http.Request
	body    []byte
	status  int
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.pace != nil {
		if err := r.pace.Wait(req.Context()); err != nil {
			return nil, err
		}
	}
	r.body = nil
	if req.Body != nil {
		var err error
		if r.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(r.body))
	}
	r.request = req.Clone(req.Context())
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		r.status = resp.StatusCode
	}
	return resp, err
}

// proxy returns the URL of a proxy that records.
func (r *recorder) proxy(t testing.TB) string {
	s := httptest.NewServer(&httputil.ReverseProxy{Transport: r, Rewrite: func(pr *httputil.ProxyRequest) {
		pr.Out.Host = pr.In.Host
		pr.Out.URL = pr.In.URL // with the scheme and the host, as a proxy gets it
	}})
	t.Cleanup(s.Close)
	return s.URL
}

// again returns the latest request, to be sent once more.
func (r *recorder) again(ctx context.Context) *http.Request {
	req := r.request.Clone(ctx)
	req.RequestURI = ""
	if req.Host == "" {
		req.Host = req.URL.Host // stays when it is sent elsewhere: it is signed
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(r.body)), int64(len(r.body))
	if len(r.body) == 0 {
		req.Body = http.NoBody
	}
	return req
}

// replay sends the latest request again, after a change, to an address.
func (r *recorder) replay(t testing.TB, address string, change func(*http.Request)) (status int, body string) {
	t.Helper()
	req := r.again(t.Context())
	req.URL.Host = address
	if change != nil {
		change(req)
	}
	if r.pace != nil {
		require.NoError(t, r.pace.Wait(t.Context()))
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(data)
}
