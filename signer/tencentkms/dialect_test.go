// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

var known = frontend.StaticKeys(map[string]string{"id": "key", "other": "key2"})

func TestDialect(t *testing.T) {
	signed := func(v *keyring.Version) params { return signParams(v, "ECC_P256_R1") }
	tc := func(method string) func(*keyring.Version, time.Time) *http.Request {
		return func(v *keyring.Version, at time.Time) *http.Request {
			r := tc3(method, "SignByAsymmetricKey", signed(v))
			r.Header.Set("X-TC-Timestamp", strconv.FormatInt(at.Unix(), 10))
			body := ""
			if method == "POST" {
				body = signed(v).json()
			}
			return tc3Sign(r, hexSum(body), "content-type", "host")
		}
	}
	older := func(method, scheme string, send func(params) *http.Request) func(*keyring.Version, time.Time) *http.Request {
		return func(v *keyring.Version, at time.Time) *http.Request {
			p := old(method, "SignByAsymmetricKey", signed(v)).with("SignatureMethod", scheme,
				"Timestamp", strconv.FormatInt(at.Unix(), 10))
			return send(oldSign(method, p))
		}
	}
	action := func(name string, p func(v *keyring.Version) params) func(keyID, versionID string) *http.Request {
		return func(keyID, _ string) *http.Request {
			return tc3("POST", name, p(&keyring.Version{KeyID: keyID}))
		}
	}
	fronttest.TestDialect(t, fronttest.Dialect{
		Provider: "tencent", Principal: "id", Secret: "key",
		New: func(store keyring.Store, opts ...frontend.Option) http.Handler {
			return tencentkms.NewHandler(&tencentkms.Service{Store: store}, known, opts...)
		},
		NewWith: func(store keyring.Store, auth frontend.Authenticator, opts ...frontend.Option) http.Handler {
			return tencentkms.NewHandler(&tencentkms.Service{Store: store}, auth, opts...)
		},
		Closed: func(opts ...frontend.Option) map[string]http.Handler {
			return map[string]http.Handler{
				"no service":       tencentkms.NewHandler(nil, known, opts...),
				"no Authenticator": tencentkms.NewHandler(&tencentkms.Service{Store: keyring.New()}, nil, opts...),
			}
		},
		Ways: []fronttest.Way{
			{Name: "HmacSHA256", Scheme: frontend.HmacSHA256, Nonce: true, Request: older("GET", "HmacSHA256", get)},
			{Name: "HmacSHA1, form", Scheme: frontend.HmacSHA1, Nonce: true, Request: older("POST", "HmacSHA1", post)},
			{Name: "no SignatureMethod", Scheme: frontend.HmacSHA1, Nonce: true, Request: older("GET", "", get)},
			{Name: "TC3", Scheme: frontend.TC3HMACSHA256, Request: tc("POST")},
			{Name: "TC3, GET", Scheme: frontend.TC3HMACSHA256, Request: tc("GET")},
		},
		Pair:      keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
		Algorithm: "ECC_P256_R1", Sign: "SignByAsymmetricKey",
		Actions: map[string]func(keyID, versionID string) *http.Request{
			"SignByAsymmetricKey": action("SignByAsymmetricKey", signed),
			"VerifyByAsymmetricKey": action("VerifyByAsymmetricKey", func(v *keyring.Version) params {
				return signed(v).with("SignatureValue", "AAAA")
			}),
			"GetPublicKey": action("GetPublicKey", func(v *keyring.Version) params { return params{"KeyId": v.KeyID} }),
		},
		Hostile: func(v *keyring.Version) []*http.Request {
			p := signed(v)
			wrong := tc3("POST", "log me", p.with("KeyId", "log me"))
			wrong.Host = "log me"
			return []*http.Request{
				tc3("POST", "SignByAsymmetricKey", p.with("Message", "?bG9nIG1l")),
				tc3("POST", "SignByAsymmetricKey", p.with("MessageType", "DIGEST")),
				get(old("GET", "VerifyByAsymmetricKey", p).with("SignatureValue", "c2lnbmF0dXJl")),
				get(old("GET", "log me", p).with("SecretId", "log me", "SignatureMethod", "log me")),
				get(old("GET", "log me", p).with("SecretId", "other", "KeyId", "log me")),
				wrong,
			}
		},
		Secrets: []string{message64, "hello", "c2lnbmF0dXJl", "bG9nIG1l", "key2", "TC3key"},
		Code:    code, Describe: tencentkms.Describe,
		RequestID: func(t testing.TB, w *httptest.ResponseRecorder) string {
			id, _ := response(t, w)["RequestId"].(string)
			require.Regexp(t, "^[0-9a-f-]{36}$", id)
			return id
		},
		Token: func(v *keyring.Version, token string) *http.Request {
			return get(oldSign("GET", old("GET", "SignByAsymmetricKey", signed(v)).with("Token", token)))
		},
	})
}
