// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

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
	require.NoError(t, resp.Body.Close())
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
		}, time.Minute, 10*time.Millisecond, "it still accepts connections")
	}
	close(send)
	a := <-answered
	require.NoError(t, a.err)
	require.NotEmpty(t, requireSignature(t, a.resp, k))
	p.end(t)
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
