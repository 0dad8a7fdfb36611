// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

const (
	host = "kms.example:8082"
	form = "application/x-www-form-urlencoded"
)

var now = fronttest.Now

func newServer(ring keyring.Store, opts ...tencentkms.HandlerOption) *fronttest.Server {
	return serve(&tencentkms.Service{Store: ring}, opts...)
}

func serve(service *tencentkms.Service, opts ...tencentkms.HandlerOption) *fronttest.Server {
	return fronttest.NewServer(func(opts ...frontend.Option) http.Handler {
		return tencentkms.NewHandler(service, frontend.StaticKeys(map[string]string{"id": "key", "other": "key2"}), opts...)
	}, opts...)
}

var nonces atomic.Int64

// params are those of an operation.
type params map[string]string

func (p params) with(pairs ...string) params {
	c := params{}
	for k, v := range p {
		c[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i]] = pairs[i+1]
		if pairs[i+1] == "" {
			delete(c, pairs[i])
		}
	}
	return c
}

func (p params) query() string {
	v := url.Values{}
	for name, value := range p {
		v.Set(name, value)
	}
	return v.Encode()
}

func (p params) json() string {
	b, _ := json.Marshal(map[string]string(p))
	return string(b)
}

// tc3 returns a request with TC3-HMAC-SHA256. It is written after protocol.md, with
// nothing of the package.
func tc3(method, action string, p params) *http.Request {
	r := httptest.NewRequest("GET", "http://"+host+"/?"+p.query(), nil)
	body := ""
	r.Header.Set("Content-Type", form)
	if method == "POST" {
		body = p.json()
		r = httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-TC-Action", action)
	r.Header.Set("X-TC-Version", "2019-01-18")
	r.Header.Set("X-TC-Timestamp", strconv.FormatInt(now.Unix(), 10))
	return tc3Sign(r, hexSum(body), "content-type", "host")
}

func tc3Sign(r *http.Request, payload string, names ...string) *http.Request {
	return tc3SignAs(r, "kms", r.Host, payload, names...)
}

// tc3SignAs signs with a service and a host of one's choice.
func tc3SignAs(r *http.Request, service, host, payload string, names ...string) *http.Request {
	headers := ""
	for _, name := range names {
		value := strings.TrimSpace(r.Header.Get(name))
		if name == "host" {
			value = host
		}
		if strings.HasPrefix(name, "x-tc-") {
			value = strings.ToLower(value)
		}
		headers += name + ":" + value + "\n"
	}
	signed := strings.Join(names, ";")
	canonical := r.Method + "\n/\n" + r.URL.RawQuery + "\n" + headers + "\n" + signed + "\n" + payload
	stamp := r.Header.Get("X-TC-Timestamp")
	seconds, _ := strconv.ParseInt(stamp, 10, 64)
	date := time.Unix(seconds, 0).UTC().Format("2006-01-02")
	toSign := "TC3-HMAC-SHA256\n" + stamp + "\n" + date + "/" + service + "/tc3_request\n" + hexSum(canonical)
	k := mac(sha256.New, "TC3key", date)
	k = mac(sha256.New, string(k), service)
	k = mac(sha256.New, string(k), "tc3_request")
	r.Header.Set("Authorization", "TC3-HMAC-SHA256 Credential=id/"+date+"/"+service+"/tc3_request, SignedHeaders="+signed+", Signature="+hex.EncodeToString(mac(sha256.New, string(k), toSign)))
	return r
}

// old returns the parameters of a request with the older signature.
func old(method, action string, p params) params {
	p = p.with("Action", action, "Version", "2019-01-18", "SecretId", "id", "Nonce", strconv.FormatInt(nonces.Add(1), 10),
		"Timestamp", strconv.FormatInt(now.Unix(), 10), "SignatureMethod", "HmacSHA256", "Region", "ap-guangzhou")
	return oldSign(method, p)
}

func oldSign(method string, p params) params {
	p = p.with("Signature", "")
	var pairs []string
	for name, value := range p {
		pairs = append(pairs, name+"="+value)
	}
	sort.Strings(pairs)
	h := sha1.New
	if p["SignatureMethod"] == "HmacSHA256" {
		h = sha256.New
	}
	return p.with("Signature", base64.StdEncoding.EncodeToString(mac(h, "key", method+host+"/?"+strings.Join(pairs, "&"))))
}

func get(p params) *http.Request {
	return httptest.NewRequest("GET", "http://"+host+"/?"+p.query(), nil)
}

func post(p params) *http.Request {
	r := httptest.NewRequest("POST", "http://"+host+"/", strings.NewReader(p.query()))
	r.Header.Set("Content-Type", form)
	return r
}

func mac(h func() hash.Hash, key, message string) []byte {
	m := hmac.New(h, []byte(key))
	m.Write([]byte(message))
	return m.Sum(nil)
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// response returns what is inside the envelope.
func response(t testing.TB, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	require.Equal(t, 200, w.Code)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	m := fronttest.JSON(t, w)
	require.Len(t, m, 1)
	r, ok := m["Response"].(map[string]any)
	require.True(t, ok, w.Body.String())
	require.Len(t, r["RequestId"], 36)
	return r
}

// code returns the code of an error, and "OK" if there is none.
func code(t testing.TB, w *httptest.ResponseRecorder) string {
	t.Helper()
	r := response(t, w)
	e, ok := r["Error"].(map[string]any)
	if !ok {
		return "OK"
	}
	require.Len(t, r, 2)
	require.Len(t, e, 2)
	require.NotEmpty(t, e["Message"])
	return e["Code"].(string)
}

var (
	message   = []byte("hello")
	message64 = base64.StdEncoding.EncodeToString(message)
)

func signParams(v *keyring.Version, algorithm string) params {
	return params{"KeyId": v.KeyID, "Algorithm": algorithm, "Message": message64, "MessageType": "RAW"}
}

// The provider's names and the pairs that they stand for.
var algorithms = map[string]keyspec.Pair{
	"SM2DSA":            {KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA},
	"ECC_P256_R1":       {KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
	"RSA_PSS_SHA_256":   {KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256},
	"RSA_PKCS1_SHA_256": {KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256},
}
