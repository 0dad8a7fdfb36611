// SPDX-License-Identifier: Apache-2.0

package alikms_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

// forgetful lets every nonce in, so that one request can be sent again and again.
type forgetful struct{ frontend.NonceCache }

func (f forgetful) Use(c context.Context, id, _ string, ttl time.Duration) (bool, error) {
	return f.NonceCache.Use(c, id, nonce(), ttl)
}

// BenchmarkHandler is a signature over the wire, in process. "alone" is the
// signature without it; "dry" is all but the signature: the handler's own cost.
func BenchmarkHandler(b *testing.B) {
	ring, versions := fronttest.Keyring(b)
	h := alikms.NewHandler(&alikms.Service{Store: ring}, frontend.StaticKeys(map[string]string{"ak": "sk"}),
		frontend.WithRate(1e9, 1e9),
		frontend.WithClock(func() time.Time { return now }), frontend.WithNonces(forgetful{frontend.NewNonceCache(1 << 30)}))
	for _, p := range []keyspec.Pair{{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
		{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}} {
		v := versions[p.KeySpec]
		for _, dry := range []string{"", "true"} {
			params := with(signParams(v, p.Algorithm), "DryRun", dry)
			suffix, status := "", 200
			if dry != "" {
				suffix, status = " dry", 400
			}
			for name, r := range map[string]*http.Request{
				"RPC":      get(rpc("GET", params)),
				"ACS3":     acs3(postQuery(with(params, "Action", "")), "ACS3-HMAC-SHA256", "AsymmetricSign", ""),
				"ACS3-SM3": acs3(postQuery(with(params, "Action", "")), "ACS3-HMAC-SM3", "AsymmetricSign", ""),
			} {
				b.Run(p.String()+" "+name+suffix, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						w := httptest.NewRecorder()
						h.ServeHTTP(w, r)
						if w.Code != status {
							b.Fatal(w.Body)
						}
					}
				})
			}
		}
		b.Run(p.String()+" alone", func(b *testing.B) {
			s, err := v.Signer(p.Algorithm)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.SignDigest(ctx, digest[:]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHandler_refused is what a request costs whose access key is unknown.
func BenchmarkHandler_refused(b *testing.B) {
	ring, versions := fronttest.Keyring(b)
	h := newServer(ring)
	for name, id := range map[string]string{"known": "other", "unknown": "nobody"} {
		b.Run(name, func(b *testing.B) {
			r := get(rpc("GET", with(signParams(versions[keyspec.ECP256], "ECDSA_SHA_256"), "AccessKeyId", id)))
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
