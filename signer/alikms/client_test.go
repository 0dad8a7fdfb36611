// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

const host = "kms.example:8081"

var now = fronttest.Now

func newServer(ring keyring.Store, opts ...alikms.HandlerOption) *fronttest.Server {
	service := &alikms.Service{Store: ring}
	return fronttest.NewServer(func(opts ...frontend.Option) http.Handler {
		return alikms.NewHandler(service, frontend.StaticKeys(map[string]string{"ak": "sk", "other": "sk2"}), opts...)
	}, opts...)
}

var nonces atomic.Int64

func nonce() string { return "nonce-" + strconv.FormatInt(nonces.Add(1), 10) }

// rpc returns the parameters of a request with the RPC signature 1.0, signed for
// the method. It is written after protocol.md, with nothing of the package.
func rpc(method string, params url.Values) url.Values {
	p := url.Values{
		"Version": {"2016-01-20"}, "AccessKeyId": {"ak"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"SignatureNonce": {nonce()}, "Timestamp": {now.Format(time.RFC3339)}, "SignatureType": {""},
	}
	for k, v := range params {
		p[k] = v
	}
	return rpcSign(method, p)
}

func rpcSign(method string, p url.Values) url.Values {
	p.Del("Signature")
	toSign := method + "&%2F&" + escape(strings.ReplaceAll(p.Encode(), "+", "%20"))
	m := hmac.New(sha1.New, []byte("sk&"))
	m.Write([]byte(toSign))
	p.Set("Signature", base64.StdEncoding.EncodeToString(m.Sum(nil)))
	return p
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func get(p url.Values) *http.Request {
	return httptest.NewRequest("GET", "http://"+host+"/?"+p.Encode(), nil)
}

func postQuery(p url.Values) *http.Request {
	return httptest.NewRequest("POST", "http://"+host+"/?"+p.Encode(), nil)
}

func postForm(p url.Values) *http.Request {
	r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(p.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// acs3 signs a request with ACS3, over these headers and host.
func acs3(r *http.Request, algorithm, action, body string) *http.Request {
	h := sha256.New
	content := "x-acs-content-sha256"
	switch algorithm {
	case "ACS3-HMAC-SM3":
		h = sm3.New
	case "ACS3-HMAC-SM3 sm3":
		algorithm, h, content = "ACS3-HMAC-SM3", sm3.New, "x-acs-content-sm3"
	}
	r.Header.Set("x-acs-action", action)
	r.Header.Set("x-acs-version", "2016-01-20")
	r.Header.Set("x-acs-date", now.Format(time.RFC3339))
	r.Header.Set("x-acs-signature-nonce", nonce())
	r.Header.Set(content, hexSum(h, body))
	return acs3Sign(r, h, algorithm, hexSum(h, body))
}

func acs3Sign(r *http.Request, h func() hash.Hash, algorithm, bodyHash string) *http.Request {
	names := []string{"host"}
	for name := range r.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-acs-") || lower == "content-type" {
			names = append(names, lower)
		}
	}
	sort.Strings(names)
	headers := ""
	for _, name := range names {
		value := strings.TrimSpace(r.Header.Get(name))
		if name == "host" {
			value = r.Host
		}
		headers += name + ":" + value + "\n"
	}
	signed := strings.Join(names, ";")
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	canonical := r.Method + "\n/\n" + query + "\n" + headers + "\n" + signed + "\n" + bodyHash
	m := hmac.New(h, []byte("sk"))
	m.Write([]byte(algorithm + "\n" + hexSum(h, canonical)))
	r.Header.Set("Authorization", algorithm+" Credential=ak,SignedHeaders="+signed+",Signature="+hex.EncodeToString(m.Sum(nil)))
	return r
}

func hexSum(h func() hash.Hash, s string) string {
	d := h()
	d.Write([]byte(s))
	return hex.EncodeToString(d.Sum(nil))
}

// code returns the code of an error in JSON.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	m := fronttest.JSON(t, w)
	require.Len(t, m, 5, w.Body.String())
	for name, v := range m {
		require.IsType(t, "", v, name)
	}
	return m["Code"].(string)
}

// signParams are those of AsymmetricSign for a version.
func signParams(v *keyring.Version, alg keyspec.Algorithm) url.Values {
	return url.Values{
		"Action": {"AsymmetricSign"}, "KeyId": {v.KeyID}, "KeyVersionId": {v.VersionID},
		"Algorithm": {string(alg)}, "Digest": {digest64},
	}
}

var (
	digest   = sha256.Sum256([]byte("hello"))
	digest64 = base64.StdEncoding.EncodeToString(digest[:])
)

// with returns a copy of p with pairs of a name and a value set, "" deletes.
func with(p url.Values, pairs ...string) url.Values {
	c := url.Values{}
	for k, v := range p {
		c[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i]] = []string{pairs[i+1]}
		if pairs[i+1] == "" {
			delete(c, pairs[i])
		}
	}
	return c
}
