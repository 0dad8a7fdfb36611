// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// A capture is a request as one of the provider's two SDKs sent it.
type capture struct {
	Method     string
	RequestURI string `json:"request_uri"`
	Header     [][2]string
	Body       []byte `json:"body_base64"`
}

func (c capture) request() *http.Request {
	r := httptest.NewRequest(c.Method, c.RequestURI, bytes.NewReader(c.Body))
	for _, h := range c.Header {
		r.Header.Add(h[0], h[1])
	}
	return r
}

func captures(t testing.TB) (all []capture, certificate *rsa.PublicKey) {
	t.Helper()
	for line := range bytes.Lines(vectors.Read(t, "captures/instance.jsonl")) {
		var c capture
		require.NoError(t, json.Unmarshal(line, &c))
		all = append(all, c)
	}
	block, _ := pem.Decode(vectors.Read(t, "captures/instance-client-cert.pem"))
	parsed, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return all, parsed.PublicKey.(*rsa.PublicKey)
}

// captured has the ids that the captured requests have.
func captured(t testing.TB, spec keyspec.KeySpec) (*keyring.Keyring, *keyring.Version) {
	t.Helper()
	key, err := testkeys.Key(spec)
	require.NoError(t, err)
	ring := keyring.New()
	v, err := ring.ImportAs(ctx, "key-1", "v-1", key)
	require.NoError(t, err)
	require.NoError(t, ring.SetAlias(ctx, "alias/a", "key-1"))
	return ring, v
}

// The requests of the SDKs are understood and done at the time that they bear, and
// refused for another client's key, out of the window, and for the second time if
// that is asked for.
func TestCaptures(t *testing.T) {
	all, certificate := captures(t)
	type want struct {
		spec                        keyspec.KeySpec
		api, algorithm, messageType string
		message                     string
	}
	wants := []want{
		{keyspec.ECP256, "Sign", "ECDSA_SHA_256", "DIGEST", "hello"},
		{keyspec.RSA2048, "Sign", "RSA_PSS_SHA_256", "RAW", "hello world"}, // the default of both
		{keyspec.ECSM2, "Sign", "SM2DSA", "RAW", "hello world"},
		{keyspec.ECP256, "Verify", "ECDSA_SHA_256", "DIGEST", "hello"},
		{keyspec.ECSM2, "GetPublicKey", "", "", ""},
		{keyspec.ECP256, "Sign", "ECDSA_SHA_256", "DIGEST", "hello"},
		{keyspec.ECP256, "Verify", "ECDSA_SHA_256", "DIGEST", "hello"},
		{keyspec.ECP256, "GetPublicKey", "", "", ""},
	}
	require.Len(t, all, len(wants))
	for i, c := range all {
		want := wants[i]
		ring, v := captured(t, want.spec)
		date, err := http.ParseTime(c.request().Header.Get("date"))
		require.NoError(t, err)
		id := c.request().Header.Get("x-kms-acccesskeyid")
		now := date
		server := func(key *rsa.PublicKey, opts ...frontend.Option) http.Handler {
			keys := dkms.StaticClientKeys(map[string]*rsa.PublicKey{id: key})
			opts = append(opts, frontend.WithClock(func() time.Time { return now }))
			return dkms.NewHandler(&dkms.Service{Store: ring}, keys, opts...)
		}
		h := server(certificate, frontend.WithNonces(frontend.NewNonceCache(10)))

		w := fronttest.Do(h, c.request())
		require.Equal(t, 200, w.Code, "%s", w.Body)
		require.Equal(t, "v-1", w.Header().Get("x-kms-migrationkeyversionid"))
		m := answer(t, w)
		require.Equal(t, "key-1", m[1])
		switch want.api {
		case "GetPublicKey":
			pem, err := keyspec.MarshalPublicKey(v.Public())
			require.NoError(t, err)
			require.Equal(t, string(pem), m[2])
			require.Len(t, m, 3)
		case "Verify":
			require.NotContains(t, m, 2, "the signature is none")
			require.Equal(t, []any{want.algorithm, want.messageType}, []any{m[4], m[5]})
		case "Sign":
			require.Equal(t, []any{want.algorithm, want.messageType}, []any{m[4], m[5]})
			requireSignature(t, v, keyspec.Algorithm(want.algorithm), []byte(want.message), []byte(m[2].(string)))
		}

		require.Equal(t, "401 SignatureNotMatch: Signature is not matched. It was used before.", do(t, h, c.request()))
		require.Equal(t, "401 SignatureNotMatch: Signature is not matched.",
			do(t, server(&clientKey().PublicKey), c.request()))
		forever := server(certificate)
		for _, d := range []time.Duration{0, 0, 15 * time.Minute, -15 * time.Minute} {
			now = date.Add(d)
			require.Equal(t, "OK", do(t, forever, c.request()))
		}
		for _, d := range []time.Duration{15*time.Minute + 1, -15*time.Minute - 1} {
			now = date.Add(d)
			require.Equal(t, "400 RequestTimeTooSkewed: Request time exceeds server time more than 15 minutes.",
				do(t, forever, c.request()))
		}
	}
}

// requireSignature verifies a signature of a message.
func requireSignature(t testing.TB, v *keyring.Version, alg keyspec.Algorithm, message, sig []byte) {
	t.Helper()
	verifier, err := v.Verifier(alg)
	require.NoError(t, err)
	h := verifier.NewDigest()
	h.Write(message)
	require.NoError(t, verifier.VerifyDigest(h.Sum(nil), sig))
}
