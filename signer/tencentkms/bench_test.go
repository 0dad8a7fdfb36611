// SPDX-License-Identifier: Apache-2.0

package tencentkms_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
	"github.com/stretchr/testify/require"
)

// BenchmarkHandler is a signature over the wire, in process; "alone" is the
// signature without it.
func BenchmarkHandler(b *testing.B) {
	ring, versions := fronttest.Keyring(b)
	h := tencentkms.NewHandler(&tencentkms.Service{Store: ring}, frontend.StaticKeys(map[string]string{"id": "key"}),
		frontend.WithClock(func() time.Time { return now }), frontend.WithRate(1e9, 1e9))
	for _, name := range []string{"ECC_P256_R1", "SM2DSA"} {
		pair := algorithms[name]
		v := versions[pair.KeySpec]
		p := signParams(v, name).with("MessageType", "DIGEST", "Message", size(32))
		for _, method := range []string{"GET", "POST"} {
			b.Run(pair.String()+" TC3 "+method, func(b *testing.B) {
				r, body := tc3(method, "SignByAsymmetricKey", p), ""
				if method == "POST" {
					body = p.json()
				}
				b.ReportAllocs()
				for b.Loop() {
					r.Body = http.NoBody
					if body != "" {
						r.Body = io.NopCloser(strings.NewReader(body))
					}
					w := httptest.NewRecorder()
					h.ServeHTTP(w, r)
					if strings.Contains(w.Body.String(), "Error") {
						b.Fatal(w.Body)
					}
				}
			})
		}
		b.Run(pair.String()+" alone", func(b *testing.B) {
			s, err := v.Signer(pair.Algorithm)
			require.NoError(b, err)
			digest := make([]byte, 32)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.SignDigest(ctx, digest); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
