// SPDX-License-Identifier: Apache-2.0

package jwtsigner_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// TestAlgorithmConfusion offers each Verifier every other alg: those of the other pairs,
// none, and HS256 whose secret is the public key. golang-jwt knows all of these.
func TestAlgorithmConfusion(t *testing.T) {
	t.Parallel()
	for p, m := range methods {
		v := verifier(t, signertest.New(p))
		reject := func(text string) {
			t.Helper()
			token, err := jwt.Parse(text, jwtsigner.Keyfunc(v))
			require.ErrorIs(t, err, jwt.ErrTokenUnverifiable)
			requireKeyError(t, err, m.Alg())
			require.False(t, token.Valid)
		}
		for other, of := range methods {
			if of != m {
				reject(signed(t, signertest.New(other), of))
			}
		}
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
		require.NoError(t, err)
		reject(none)
		secret, err := keyspec.MarshalPublicKey(signertest.New(p).Public())
		require.NoError(t, err)
		hmac, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
		require.NoError(t, err)
		reject(hmac)
	}
}

// A header that names the Verifier's alg over a signature of the same key's other
// algorithm is a wrong signature.
func TestRelabelledTokens(t *testing.T) {
	t.Parallel()
	pss := signertest.New(keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256})
	pkcs1 := signertest.New(keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256})
	token := jwt.NewWithClaims(jwtsigner.RS256, claims)
	token.Header["alg"] = "PS256"
	text, err := token.SignedString(pkcs1)
	require.NoError(t, err)
	_, err = jwt.Parse(text, jwtsigner.Keyfunc(verifier(t, pss)))
	require.ErrorIs(t, err, jwt.ErrTokenSignatureInvalid)
	require.ErrorIs(t, err, errors.InvalidSignature)
}

func TestKeyfuncWithSeveralKeys(t *testing.T) {
	t.Parallel()
	pair := keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	current := signertest.New(pair)
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	previous, err := signer.New(key, keyspec.ECDSASHA256)
	require.NoError(t, err)
	other := signertest.New(keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256})
	keyfunc := jwtsigner.Keyfunc(verifier(t, other), verifier(t, current), verifier(t, previous))
	for s, m := range map[signer.Signer]jwtsigner.Method{
		current: jwtsigner.ES256, previous: jwtsigner.ES256, other: jwtsigner.PS256,
	} {
		_, err = jwt.Parse(signed(t, s, m), keyfunc)
		require.NoError(t, err)
	}
	_, err = jwt.Parse(signed(t, previous, jwtsigner.ES256), jwtsigner.Keyfunc(verifier(t, current)))
	require.ErrorIs(t, err, errors.InvalidSignature)
}

func TestKeyfuncErrors(t *testing.T) {
	t.Parallel()
	good := verifier(t, signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}))
	token := &jwt.Token{Header: map[string]any{"alg": "ES256"}}
	for name, verifiers := range map[string][]signer.Verifier{
		"none":      nil,
		"nil":       {good, nil},
		"typed nil": {good, (*typedNilVerifier)(nil)},
		"SM2":       {good, verifier(t, signertest.New(sm2Pair))},
	} {
		_, err := jwtsigner.Keyfunc(verifiers...)(token)
		requireKeyError(t, err)
		require.NotNil(t, err, name)
	}
	for _, token := range []*jwt.Token{nil, {}, {Header: map[string]any{"alg": 256}}} {
		_, err := jwtsigner.Keyfunc(good)(token)
		requireKeyError(t, err)
	}
}

// golang-jwt's own method names the mistake where Keyfunc was forgotten.
func TestWithoutKeyfunc(t *testing.T) {
	t.Parallel()
	s := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
	v := verifier(t, s)
	_, err := jwt.Parse(signed(t, s, jwtsigner.ES256), func(*jwt.Token) (any, error) { return v, nil })
	require.ErrorIs(t, err, jwt.ErrInvalidKeyType)
}
