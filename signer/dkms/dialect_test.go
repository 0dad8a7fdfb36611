// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

const scheme = frontend.RSAPKCS1SHA256

func TestDialect(t *testing.T) {
	way := func(name string, body func(keyID string) []byte) fronttest.Way {
		return fronttest.Way{Name: name, Scheme: scheme, Request: func(v *keyring.Version, now time.Time) *http.Request {
			return request("Sign", body(v.KeyID), set("x-kms-migrationkeyversionid", v.VersionID), at(now))
		}}
	}
	action := func(name string, body func(keyID string) []byte) func(keyID, versionID string) *http.Request {
		return func(keyID, versionID string) *http.Request {
			return request(name, body(keyID), set("x-kms-migrationkeyversionid", versionID))
		}
	}
	fronttest.TestDialect(t, fronttest.Dialect{
		Provider: "instance", Principal: clientID,
		New: func(store keyring.Store, opts ...frontend.Option) http.Handler {
			return dkms.NewHandler(&dkms.Service{Store: store}, clientKeys(), opts...)
		},
		Closed: func(opts ...frontend.Option) map[string]http.Handler {
			return map[string]http.Handler{
				"no service":    dkms.NewHandler(nil, clientKeys(), opts...),
				"no ClientKeys": dkms.NewHandler(&dkms.Service{Store: keyring.New()}, nil, opts...),
			}
		},
		Ways: []fronttest.Way{
			way("RAW", signBody),
			way("DIGEST", func(keyID string) []byte { return pb(1, keyID, 4, digest[:], 5, "DIGEST") }),
			way("older", func(keyID string) []byte { return pb(1, keyID, 2, digest[:], 3, "ECDSA_SHA_256") }),
		},
		Pair:      keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
		Algorithm: "ECDSA_SHA_256", Sign: "Sign", Aliases: true,
		Actions: map[string]func(keyID, versionID string) *http.Request{
			"Sign":         action("Sign", signBody),
			"Verify":       action("Verify", func(keyID string) []byte { return verifyBody(keyID, []byte("x")) }),
			"GetPublicKey": action("GetPublicKey", func(keyID string) []byte { return pb(1, keyID) }),
		},
		Hostile: func(v *keyring.Version) []*http.Request {
			tampered := request("Sign", signBody("log me"))
			tampered.Header.Set("x-kms-apiname", "log me")
			wrong := request("log_me", pb(1, "log me", 4, message, 5, "log me"))
			wrong.Header.Set("x-kms-extra", "log_me")
			forged := request("Sign", signBody("log me"))
			forged.Header.Set("authorization", "Bearer "+strings.Repeat("log+me", 100))
			return []*http.Request{
				tampered, wrong, forged,
				request("Sign", signBody("log me"), set("x-kms-acccesskeyid", "log_me")),
				request("Sign", signBody("log me"), set("x-kms-signaturemethod", "log_me")),
				request("Sign", signBody("log me"), set("date", "log me")),
				request("Sign", signBody("log me"), set("content-type", "log me")),
				request("Sign", signBody("log me"), set("content-sha256", "log me")),
				request("Sign", pb(1, v.KeyID, 4, []byte("31 bytes, that is not a digest."), 5, "DIGEST")),
				request("Verify", pb(1, v.KeyID, 3, []byte("c2lnbmF0dXJl"), 5, message, 6, "HELLO")),
			}
		},
		Secrets: []string{
			"hello", base64.StdEncoding.EncodeToString(digest[:]), "31 bytes", "c2lnbmF0dXJl", "Bearer", "log+me", "log_me",
		},
		Code: code, Describe: dkms.Describe,
		RequestID: func(t testing.TB, w *httptest.ResponseRecorder) string {
			m := answer(t, w)
			if w.Code != 200 {
				return m[4].(string)
			}
			require.NotEmpty(t, m[3])
			return m[3].(string)
		},
	})
}
