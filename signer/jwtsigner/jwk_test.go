// SPDX-License-Identifier: Apache-2.0

package jwtsigner_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/stretchr/testify/require"
)

// TestJWKSet has jwx read the set and verify with it, and compute the same thumbprints.
func TestJWKSet(t *testing.T) {
	t.Parallel()
	var set jwtsigner.JWKSet
	var texts []string
	for _, p := range []keyspec.Pair{ // ES256K is not in jwx, unless it is built with a tag
		{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256},
		{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256},
		{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256},
	} {
		s := signertest.New(p)
		key, err := jwtsigner.NewJWK(s.Public(), methods[p])
		require.NoError(t, err)
		set.Keys = append(set.Keys, key)
		token := jwt.NewWithClaims(methods[p], claims)
		token.Header["kid"] = key.Kid
		text, err := token.SignedString(s)
		require.NoError(t, err)
		texts = append(texts, text)
	}
	document, err := json.Marshal(set)
	require.NoError(t, err)
	theirs, err := jwk.Parse(document)
	require.NoError(t, err)
	require.Equal(t, len(set.Keys), theirs.Len())
	for i, key := range set.Keys {
		their, ok := theirs.Key(i)
		require.True(t, ok)
		sum, err := their.Thumbprint(crypto.SHA256)
		require.NoError(t, err)
		require.Equal(t, base64.RawURLEncoding.EncodeToString(sum), key.Kid)
		usage, _ := their.KeyUsage()
		require.Equal(t, "sig", usage)

		_, err = jws.Verify([]byte(texts[i]), jws.WithKeySet(theirs))
		require.NoError(t, err, key.Alg)
		_, err = jws.Verify([]byte(texts[i]+"A"), jws.WithKeySet(theirs))
		require.Error(t, err, key.Alg)
	}
}

// The key of secp256k1 by RFC 8812, section 3.1, from its coordinates.
func TestJWKOfSecp256k1(t *testing.T) {
	t.Parallel()
	pub := signertest.Key(keyspec.ECP256K).(*secp256k1.PrivateKey).PubKey()
	member := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, 32))) }
	x, y := member(pub.X()), member(pub.Y())
	kid := sha256.Sum256([]byte(`{"crv":"secp256k1","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	for _, pub := range []crypto.PublicKey{pub, pub.ToECDSA()} {
		key, err := jwtsigner.NewJWK(pub, jwtsigner.ES256K)
		require.NoError(t, err)
		require.Equal(t, jwtsigner.JWK{Kty: "EC", Crv: "secp256k1", X: x, Y: y, Use: "sig", Alg: "ES256K",
			Kid: base64.RawURLEncoding.EncodeToString(kid[:])}, key)
		require.Equal(t, 32, len(decode(t, key.X)))
	}
}

// Coordinates keep their leading zeros.
func TestJWKOfShortCoordinates(t *testing.T) {
	t.Parallel()
	for d := byte(1); ; d++ {
		require.NotZero(t, d, "2 in 256 are short")
		scalar := make([]byte, 32)
		scalar[31] = d
		key, err := keyspec.PrivateKeyFromScalar(keyspec.ECP256, scalar)
		require.NoError(t, err)
		private := key.(*ecdsa.PrivateKey)
		j, err := jwtsigner.NewJWK(private.Public(), jwtsigner.ES256)
		require.NoError(t, err)
		require.Len(t, decode(t, j.X), 32)
		require.Len(t, decode(t, j.Y), 32)
		if decode(t, j.X)[0] == 0 || decode(t, j.Y)[0] == 0 {
			return
		}
	}
}

func TestJWKErrors(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		pub crypto.PublicKey
		m   jwtsigner.Method
	}{
		"nil":         {nil, jwtsigner.ES256},
		"private key": {signertest.Key(keyspec.ECP256), jwtsigner.ES256},
		"a Signer": {signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}),
			jwtsigner.ES256},
		"P-384":           {p384.Public(), jwtsigner.ES256},
		"SM2":             {signertest.New(sm2Pair).Public(), jwtsigner.ES256},
		"P-256 of ES256K": {signertest.Key(keyspec.ECP256).(*ecdsa.PrivateKey).Public(), jwtsigner.ES256K},
		"P-256 of RS256":  {signertest.Key(keyspec.ECP256).(*ecdsa.PrivateKey).Public(), jwtsigner.RS256},
		"RSA of ES256":    {signertest.Key(keyspec.RSA2048).(crypto.Signer).Public(), jwtsigner.ES256},
	} {
		_, err := jwtsigner.NewJWK(tt.pub, tt.m)
		var e *errors.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, errors.InvalidParameter, e.Code, name)
		require.Equal(t, "Key", e.Param, name)
	}
}
