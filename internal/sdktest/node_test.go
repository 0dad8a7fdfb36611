// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A nodeProcess is node/client.js, running. It is safe for concurrent use.
type nodeProcess struct {
	in io.WriteCloser

	mu      sync.Mutex
	last    int
	waiting map[int]chan nodeAnswer
	ended   error
}

// A nodeAnswer is a line from node/client.js: one of the two is set.
type nodeAnswer struct {
	N     int            `json:"n"`
	OK    map[string]any `json:"ok"`
	Error *nodeError     `json:"error"`
}

// A nodeError is the error of an SDK.
type nodeError struct {
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"requestId"`
	Text      string `json:"text"`
}

func (e *nodeError) Error() string {
	return fmt.Sprintf("%d %s: %s (request id %q)\n%s", e.Status, e.Code, e.Message, e.RequestID, e.Text)
}

var node *nodeProcess

// errNoNode says that ci.sh has not been run.
var errNoNode = errors.New("no Node.js, or not its packages: run internal/sdktest/ci.sh")

// startNode starts node/client.js and adds the SDKs for Node.js to the others. The
// function that it returns ends it.
func startNode() (stop func() error, err error) {
	program, err := exec.LookPath("node")
	if err != nil {
		return nil, errNoNode
	}
	if _, err := os.Stat(filepath.Join("node", "node_modules", ".package-lock.json")); err != nil {
		return nil, errNoNode
	}
	cmd := exec.Command(program, filepath.Join("node", "client.js"))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	node = &nodeProcess{in: in, waiting: map[int]chan nodeAnswer{}}
	done := make(chan struct{})
	go func() {
		defer close(done)
		node.read(out)
	}()
	for name, q := range map[string]map[string]any{
		"Node kms20160120":   {"sdk": "kms20160120"},
		"Node pop-core GET":  {"sdk": "popCore", "method": "GET"},
		"Node pop-core POST": {"sdk": "popCore", "method": "POST"},
	} {
		alibabaWires[name] = nodeClient(q)
	}
	for _, method := range []string{"POST", "GET"} {
		for name, signMethod := range map[string]string{"TC3": "TC3-HMAC-SHA256", "HmacSHA256": "HmacSHA256",
			"HmacSHA1": "HmacSHA1"} {
			tencentWires["Node "+name+" "+method] = nodeClient(map[string]any{"sdk": "tencent", "method": method,
				"signMethod": signMethod})
		}
	}
	return func() error {
		_ = in.Close()
		<-done // all of its output is read before Wait closes it
		return cmd.Wait()
	}, nil
}

// read hands each answer to the call that waits for it.
func (p *nodeProcess) read(out io.Reader) {
	var err error
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for err == nil && lines.Scan() {
		var a nodeAnswer
		if err = json.Unmarshal(lines.Bytes(), &a); err != nil {
			err = fmt.Errorf("%w: %q", err, lines.Bytes())
			break
		}
		p.mu.Lock()
		p.waiting[a.N] <- a
		delete(p.waiting, a.N)
		p.mu.Unlock()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = fmt.Errorf("node/client.js has ended: %w", errors.Join(err, lines.Err()))
	for _, c := range p.waiting {
		close(c)
	}
}

// do asks a question, which it changes.
func (p *nodeProcess) do(q map[string]any) (map[string]any, error) {
	c := make(chan nodeAnswer, 1)
	p.mu.Lock()
	if p.ended != nil {
		p.mu.Unlock()
		return nil, p.ended
	}
	p.last++
	q["n"] = p.last
	p.waiting[p.last] = c
	line, err := json.Marshal(q)
	if err == nil {
		_, err = p.in.Write(append(line, '\n'))
	}
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	a, ok := <-c
	switch {
	case !ok:
		return nil, p.ended
	case a.Error != nil:
		return nil, a.Error
	}
	return a.OK, nil
}

// nodeClient is an SDK for Node.js. It is pointed at a proxy that records, by its
// address: not all of the SDKs take a proxy for HTTP.
func nodeClient(settings map[string]any) dial {
	return func(t testing.TB, host, id, secret, token string, rec *recorder) call {
		return nodeCall(settings, rec.reverse(t, host), id, secret, token)
	}
}

// tencentFields are the fields of the request types of tencentcloud-sdk-nodejs, which
// JavaScript does not hold a caller to.
var tencentFields = map[string][]string{
	"GetPublicKey":          {"KeyId"},
	"SignByAsymmetricKey":   {"KeyId", "Algorithm", "Message", "MessageType"},
	"VerifyByAsymmetricKey": {"KeyId", "Algorithm", "Message", "MessageType", "SignatureValue"},
}

// nodeCall makes the calls of a client whose endpoint is HOST:PORT.
func nodeCall(settings map[string]any, host, id, secret, token string) call {
	return func(action string, p params) (params, error) {
		sent := params{}
		for name, value := range p {
			if fields, ok := tencentFields[action]; value != "" &&
				(!ok || settings["sdk"] != "tencent" || slices.Contains(fields, name)) {
				sent[name] = value
			}
		}
		q := map[string]any{"host": host, "id": id, "secret": secret, "action": action, "params": sent}
		if token != "" {
			q["token"] = token
		}
		for name, value := range settings {
			q[name] = value
		}
		answer, err := node.do(q)
		if err != nil {
			return nil, err
		}
		if action == "ListAlgorithms" {
			return nodeAlgorithms(answer), nil
		}
		out := params{}
		for name, value := range answer {
			out[name] = fmt.Sprint(value)
		}
		return out, nil
	}
}

// nodeAlgorithms brings the three lists into the form of tencentWith.
func nodeAlgorithms(answer map[string]any) params {
	list := func(name string) []any { l, _ := answer[name].([]any); return l }
	out := params{"symmetric": fmt.Sprint(len(list("SymmetricAlgorithms"))),
		"asymmetric": fmt.Sprint(len(list("AsymmetricAlgorithms")))}
	for _, item := range list("AsymmetricSignVerifyAlgorithms") {
		info, _ := item.(map[string]any)
		out[fmt.Sprint(info["Algorithm"])] = fmt.Sprint(info["KeyUsage"])
	}
	return out
}

// reverse returns the HOST:PORT of a proxy that records, and passes requests on to
// a server, with the Host as it came.
func (r *recorder) reverse(t testing.TB, server string) string {
	s := httptest.NewServer(&httputil.ReverseProxy{Transport: r, Rewrite: func(pr *httputil.ProxyRequest) {
		pr.Out.Host = pr.In.Host
		pr.Out.URL.Scheme, pr.Out.URL.Host = "http", server
	}})
	t.Cleanup(s.Close)
	return hostOf(s.URL)
}

// requireNode has Node.js verify a signature of a message, and refuse it of another
// one. It knows no SM2.
func requireNode(t *testing.T, p keyspec.Pair, publicKey string, message, sig []byte) {
	t.Helper()
	if node == nil || p.Algorithm == keyspec.SM2DSA {
		return
	}
	for _, valid := range []bool{true, false} {
		if !valid {
			message = append(message[:len(message):len(message)], '.')
		}
		a, err := node.do(map[string]any{
			"sdk": "verify", "algorithm": p.Algorithm, "publicKey": publicKey, "message": b64(message), "signature": b64(sig),
		})
		require.NoError(t, err)
		require.Equal(t, map[string]any{"valid": valid}, a)
	}
}

// The addresses that the documents show, and names: what the SDK signs differs
// with them. Without the recording proxy.
func TestNodeAddresses(t *testing.T) {
	if node == nil {
		testrun.Missing(t, "%v", errNoNode)
	}
	message := []byte("what is signed")
	hosts := func(address string) []string {
		_, port, _ := strings.Cut(address, ":")
		return []string{address, "localhost:" + port, "kms.example:" + port, "signing.internal.example:" + port}
	}
	for name := range tencentWires {
		words := strings.Fields(name)
		if words[0] != "Node" {
			continue
		}
		signMethod := map[string]string{"TC3": "TC3-HMAC-SHA256"}[words[1]]
		if signMethod == "" {
			signMethod = words[1]
		}
		settings := map[string]any{"sdk": "tencent", "method": words[2], "signMethod": signMethod}
		for _, host := range hosts(program.tencent) {
			t.Run(name+" "+strings.Split(host, ":")[0], func(t *testing.T) {
				do := nodeCall(settings, host, accessKey, secret, "")
				for algorithm, p := range tencentPairs {
					require.NoError(t, tencentPace.WaitN(t.Context(), 3))
					id := program.keys[p.KeySpec].KeyID
					public, err := do("GetPublicKey", params{"KeyId": id})
					require.NoError(t, err)
					sign := params{"KeyId": id, "Algorithm": algorithm, "Message": b64(message), "MessageType": "RAW"}
					a, err := do("SignByAsymmetricKey", sign)
					require.NoError(t, err)
					requireSignature(t, p, public["PublicKeyPem"], message, a["Signature"])
					a, err = do("VerifyByAsymmetricKey", sign.with(params{"SignatureValue": a["Signature"]}))
					require.NoError(t, err)
					require.Equal(t, "true", a["SignatureValid"])
				}
			})
		}
	}
	for _, settings := range []map[string]any{{"sdk": "kms20160120"}, {"sdk": "popCore", "method": "GET"},
		{"sdk": "popCore", "method": "POST"}} {
		for _, host := range hosts(program.alibaba) {
			t.Run(fmt.Sprint(settings["sdk"], settings["method"], " ", strings.Split(host, ":")[0]), func(t *testing.T) {
				do := nodeCall(settings, host, accessKey, secret, "")
				for _, p := range keyspec.Pairs() {
					require.NoError(t, alibabaPace.WaitN(t.Context(), 2))
					k := program.keys[p.KeySpec]
					key := params{"KeyId": k.KeyID, "KeyVersionId": k.VersionID}
					public, err := do("GetPublicKey", key)
					require.NoError(t, err)
					digest := digestOf(verifierOf(t, public["PublicKey"], p), message)
					a, err := do("AsymmetricSign", key.with(params{"Algorithm": string(p.Algorithm), "Digest": b64(digest)}))
					require.NoError(t, err)
					requireSignature(t, p, public["PublicKey"], message, a["Value"])
				}
			})
		}
	}
}
