// SPDX-License-Identifier: Apache-2.0

// Package fronttest is what the tests of both front ends share: the captured
// requests, and a server with the answer already read. Only tests import it.
package fronttest

import (
	"bytes"
	"crypto"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/stretchr/testify/require"
)

// The access key that signed the captured requests.
const (
	AccessKey = "testak"
	Secret    = "testsk"
)

// A Capture is a request as a provider's SDK sent it.
type Capture struct {
	Method     string              `json:"method"`
	RequestURI string              `json:"request_uri"`
	Host       string              `json:"host"`
	Header     map[string][]string `json:"header"`
	Body       string              `json:"body"`
}

// Captures returns the captured requests of internal/vectors.
func Captures(t testing.TB) []Capture {
	t.Helper()
	var all []Capture
	for line := range bytes.Lines(vectors.Read(t, "captures/requests.jsonl")) {
		var c Capture
		require.NoError(t, json.Unmarshal(line, &c))
		all = append(all, c)
	}
	require.NotEmpty(t, all)
	return all
}

// Tencent reports whether the request is for Tencent Cloud.
func (c Capture) Tencent() bool {
	all := c.RequestURI + c.Body + c.Header1("Authorization")
	return strings.Contains(all, "SecretId=") || strings.Contains(all, "TC3-")
}

// Header1 returns the first value of a header.
func (c Capture) Header1(name string) string { return http.Header(c.Header).Get(name) }

// Param returns a parameter of the query or a form body.
func (c Capture) Param(name string) string {
	_, query, _ := strings.Cut(c.RequestURI, "?")
	for _, s := range []string{query, c.Body} {
		if v, err := url.ParseQuery(s); err == nil && v.Get(name) != "" {
			return v.Get(name)
		}
	}
	return ""
}

// Request returns the captured request, as a server gets it.
func (c Capture) Request() *http.Request {
	r := httptest.NewRequest(c.Method, c.RequestURI, strings.NewReader(c.Body))
	r.Host = c.Host
	r.Header = http.Header(c.Header).Clone()
	r.Header.Del("Host")
	return r
}

// Do serves a request in process.
func Do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// JSON decodes the body of an answer.
func JSON(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	require.NoError(t, d.Decode(&m), w.Body.String())
	return m
}

// An Owner is a key held elsewhere whose every signature fails with Err.
type Owner struct {
	PublicKey crypto.PublicKey
	Err       error
}

// Public implements crypto.Signer.
func (o Owner) Public() crypto.PublicKey { return o.PublicKey }

// Sign implements crypto.Signer.
func (o Owner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, o.Err }

// Codes returns the codes that package errors declares, read from its source, so
// that a new one is noticed.
func Codes(t testing.TB, moduleRoot string) []errors.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(moduleRoot, "errors", "errors.go"), nil, 0)
	require.NoError(t, err)
	var codes []errors.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Code" && len(v.Values) == 1 {
				value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				codes = append(codes, errors.Code(value))
			}
		}
		return true
	})
	require.GreaterOrEqual(t, len(codes), 15)
	return codes
}
