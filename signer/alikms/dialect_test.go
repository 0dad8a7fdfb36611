// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

var known = frontend.StaticKeys(map[string]string{"ak": "sk", "other": "sk2"})

func TestDialect(t *testing.T) {
	params := func(v *keyring.Version) url.Values { return signParams(v, "ECDSA_SHA_256") }
	acs := func(algorithm string) func(*keyring.Version, time.Time) *http.Request {
		return func(v *keyring.Version, at time.Time) *http.Request {
			r := acs3(postQuery(with(params(v), "Action", "")), algorithm, "AsymmetricSign", "")
			r.Header.Set("x-acs-date", at.Format(time.RFC3339))
			return resignAs(r, algorithm)
		}
	}
	action := func(name string) func(keyID, versionID string) *http.Request {
		return func(keyID, versionID string) *http.Request {
			return get(rpc("GET", with(params(&keyring.Version{KeyID: keyID, VersionID: versionID}), "Action", name, "Value",
				"AAAA")))
		}
	}
	fronttest.TestDialect(t, fronttest.Dialect{
		Provider: "alibaba", Principal: "ak", Secret: "sk",
		New: func(store keyring.Store, opts ...frontend.Option) http.Handler {
			return alikms.NewHandler(&alikms.Service{Store: store}, known, opts...)
		},
		NewWith: func(store keyring.Store, auth frontend.Authenticator, opts ...frontend.Option) http.Handler {
			return alikms.NewHandler(&alikms.Service{Store: store}, auth, opts...)
		},
		Closed: func(opts ...frontend.Option) map[string]http.Handler {
			return map[string]http.Handler{
				"no service":       alikms.NewHandler(nil, known, opts...),
				"no Authenticator": alikms.NewHandler(&alikms.Service{Store: keyring.New()}, nil, opts...),
			}
		},
		Ways: []fronttest.Way{
			{Name: "RPC", Scheme: frontend.RPCHMACSHA1, Nonce: true,
				Request: func(v *keyring.Version, at time.Time) *http.Request {
					return get(rpc("GET", with(params(v), "Timestamp", at.Format(time.RFC3339))))
				}},
			{Name: "RPC, form", Scheme: frontend.RPCHMACSHA1, Nonce: true,
				Request: func(v *keyring.Version, at time.Time) *http.Request {
					return postForm(rpc("POST", with(params(v), "Timestamp", at.Format(time.RFC3339))))
				}},
			{Name: "ACS3", Scheme: frontend.ACS3HMACSHA256, Nonce: true, Request: acs("ACS3-HMAC-SHA256")},
			{Name: "ACS3-SM3", Scheme: frontend.ACS3HMACSM3, Nonce: true, Request: acs("ACS3-HMAC-SM3")},
		},
		Pair:      keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
		Algorithm: "ECDSA_SHA_256", Sign: "AsymmetricSign",
		Actions: map[string]func(keyID, versionID string) *http.Request{
			"AsymmetricSign": action("AsymmetricSign"), "AsymmetricVerify": action("AsymmetricVerify"),
			"GetPublicKey": action("GetPublicKey"),
		},
		Aliases: true, ARNs: true,
		Hostile: func(v *keyring.Version) []*http.Request {
			p := with(params(v), "Value", "c2lnbmF0dXJl", "Action", "AsymmetricVerify")
			other := get(rpc("GET", p))
			other.Host = "log me"
			return []*http.Request{
				get(rpc("GET", with(p, "Digest", "?"))),
				get(rpc("GET", with(p, "Digest", digest64[:8]))),
				get(with(rpc("GET", p), "Signature", "c2lnbmF0dXJl")),
				get(rpc("GET", with(p, "AccessKeyId", "log me", "KeyId", "log me", "Action", "log me"))),
				get(with(rpc("GET", p), "AccessKeyId", "other", "KeyId", "log me", "Action", "log me")),
				acs3(other, "ACS3-HMAC-SHA256 log me", "log me", ""),
			}
		},
		Secrets: []string{digest64, url.QueryEscape(digest64), digest64[:8], "c2lnbmF0dXJl", "sk2", `"sk"`, "sk&"},
		Code: func(t testing.TB, w *httptest.ResponseRecorder) string {
			if w.Code == 200 {
				return "OK"
			}
			return code(t, w)
		},
		Describe: alikms.Describe,
		RequestID: func(t testing.TB, w *httptest.ResponseRecorder) string {
			id, _ := fronttest.JSON(t, w)["RequestId"].(string)
			require.Regexp(t, "^[0-9A-F-]{36}$", id)
			require.Equal(t, []string{id}, w.Header()["X-Acs-Request-Id"])
			return id
		},
		Token: func(v *keyring.Version, token string) *http.Request {
			return get(rpc("GET", with(params(v), "SecurityToken", token)))
		},
	})
}
