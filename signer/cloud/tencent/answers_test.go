// SPDX-License-Identifier: Apache-2.0

package tencent_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/cloud/tencent"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// A service stands for the provider's, which can be wrong: it answers with this public
// key, and to a request for a signature with this body.
type service struct {
	public crypto.PublicKey
	answer string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-TC-Action") == "SignByAsymmetricKey" {
		_, _ = io.WriteString(w, s.answer)
		return
	}
	_, _ = fmt.Fprintf(w, `{"Response":{"KeyId":"k","PublicKeyPem":%q}}`, pemOf(s.public))
}

// signerOf returns the signer of the service's key.
func signerOf(t *testing.T, s *service, alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return tencent.New(background, newClient(t, server.URL, "secret"), "k", alg, opts...)
}

func signed(sig []byte) string {
	return fmt.Sprintf(`{"Response":{"Signature":%q}}`, base64.StdEncoding.EncodeToString(sig))
}

var (
	p256  = keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	pss   = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	pkcs1 = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
)

func sign(t *testing.T, p keyspec.Pair) []byte {
	t.Helper()
	sig, err := signertest.New(p).SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	return sig
}

// Answers that are not of the form that was asked for are errors without VerifyAfterSign.
func TestMalformedSignatures(t *testing.T) {
	right := sign(t, p256)
	raw, err := signer.ToRaw(right)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		keyspec.Pair
		answer string
	}{
		"nothing":              {p256, `{}`},
		"no answer":            {p256, `{"Response":{}}`},
		"no signature":         {p256, signed(nil)},
		"not base64":           {p256, `{"Response":{"Signature":"!"}}`},
		"half a signature":     {p256, signed(right[:40])},
		"one byte more":        {p256, signed(append(right[:len(right):len(right)], 0))},
		"r and s, not in DER":  {p256, signed(raw)},
		"r is zero":            {p256, signed([]byte{48, 6, 2, 1, 0, 2, 1, 1})},
		"s is negative":        {p256, signed([]byte{48, 6, 2, 1, 1, 2, 1, 128})},
		"one byte less":        {pss, signed(make([]byte, 255))},
		"of a longer key":      {pss, signed(make([]byte, 384))},
		"of another algorithm": {pss, signed(right)},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := signerOf(t, &service{signertest.New(tt.Pair).Public(), tt.answer}, tt.Algorithm)
			require.NoError(t, err)
			sig, err := s.SignDigest(background, make([]byte, 32))
			requireCode(t, err, errors.Internal)
			require.Nil(t, sig)
		})
	}
}

// Answers of the right form are errors with VerifyAfterSign.
func TestWrongSignatures(t *testing.T) {
	for name, tt := range map[string]struct {
		keyspec.Pair
		sig []byte
	}{
		"of another digest":    {p256, []byte{48, 6, 2, 1, 1, 2, 1, 1}},
		"of another algorithm": {pss, sign(t, pkcs1)},
		"and the other":        {pkcs1, sign(t, pss)},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := &service{signertest.New(tt.Pair).Public(), signed(tt.sig)}
			s, err := signerOf(t, wrong, tt.Algorithm)
			require.NoError(t, err)
			sig, err := s.SignDigest(background, make([]byte, 32))
			require.NoError(t, err)
			require.Equal(t, tt.sig, sig)
			s, err = signerOf(t, wrong, tt.Algorithm, signer.VerifyAfterSign())
			require.NoError(t, err)
			_, err = s.SignDigest(background, make([]byte, 32))
			requireCode(t, err, errors.Internal)
		})
	}
}

// A signer keeps the public key that it was made with. One that the service replaces is
// noticed at the next signature.
func TestPublicKeyChanges(t *testing.T) {
	wrong := &service{signertest.New(p256).Public(), signed(sign(t, p256))}
	s, err := signerOf(t, wrong, p256.Algorithm, signer.VerifyAfterSign())
	require.NoError(t, err)
	_, err = s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)

	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	other, err := signer.New(key, keyspec.ECDSASHA256)
	require.NoError(t, err)
	sig, err := other.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	wrong.public, wrong.answer = other.Public(), signed(sig)
	_, err = s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Internal)
	require.Equal(t, signertest.New(p256).Public(), s.Public())
	s, err = signerOf(t, wrong, p256.Algorithm, signer.VerifyAfterSign())
	require.NoError(t, err)
	require.Equal(t, other.Public(), s.Public())
	_, err = s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
}

// A public key of another key spec than the algorithm's, and one of no key spec.
func TestWrongPublicKey(t *testing.T) {
	for _, tt := range []struct {
		public crypto.PublicKey
		param  string
	}{{signertest.New(pss).Public(), "Algorithm"}, {p384(t), "KeyId"}} {
		_, err := signerOf(t, &service{public: tt.public}, keyspec.ECDSASHA256)
		requireCode(t, err, errors.InvalidParameter)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tt.param, e.Param)
	}
}

func p384(t *testing.T) crypto.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	return &key.PublicKey
}

// pemOf is x509's, which has curves that package keyspec has not.
func pemOf(public crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
