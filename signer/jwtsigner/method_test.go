// SPDX-License-Identifier: Apache-2.0

package jwtsigner_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"strings"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/stretchr/testify/require"
)

var (
	background = context.Background()
	sm2Pair    = keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
	claims     = jwt.MapClaims{"sub": "alice"}
)

// The pairs and their methods, written out.
var methods = map[keyspec.Pair]jwtsigner.Method{
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}:   jwtsigner.PS256,
	{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPSSSHA256}:   jwtsigner.PS256,
	{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}: jwtsigner.RS256,
	{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256}: jwtsigner.RS256,
	{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}:     jwtsigner.ES256,
	{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}:    jwtsigner.ES256K,
}

func TestMain(m *testing.M) {
	if jwt.GetSigningMethod("ES256K") != nil {
		panic("the import of jwtsigner registers something")
	}
	jwtsigner.RegisterES256K()
	m.Run()
}

func verifier(t *testing.T, s signer.Signer, opts ...signer.Option) signer.Verifier {
	t.Helper()
	v, err := signer.NewVerifier(s.Public(), s.Algorithm(), opts...)
	require.NoError(t, err)
	return v
}

func forMethods(t *testing.T, test func(t *testing.T, s signer.Signer, m jwtsigner.Method)) {
	for p, m := range methods {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			s, err := signer.New(signertest.Key(p.KeySpec), p.Algorithm)
			require.NoError(t, err)
			test(t, s, m)
		})
	}
}

func signed(t *testing.T, s any, m jwtsigner.Method) string {
	t.Helper()
	text, err := jwt.NewWithClaims(m, claims).SignedString(s)
	require.NoError(t, err)
	return text
}

// TestTokens signs with each pair, verifies here, and has others verify: golang-jwt with
// the standard library's keys, jwx, and decred for ES256K, which those two do not have.
func TestTokens(t *testing.T) {
	t.Parallel()
	forMethods(t, func(t *testing.T, s signer.Signer, m jwtsigner.Method) {
		of, err := jwtsigner.MethodOf(s)
		require.NoError(t, err)
		require.Equal(t, m, of)
		text := signed(t, s, m)

		token, err := jwt.Parse(text, jwtsigner.Keyfunc(verifier(t, s)), jwt.WithValidMethods([]string{m.Alg()}))
		require.NoError(t, err)
		require.True(t, token.Valid)
		require.Equal(t, claims, token.Claims)
		require.Equal(t, m.Alg(), token.Header["alg"])

		pub := s.Public()
		if m == jwtsigner.ES256K {
			input, sig := split(t, text)
			require.True(t, decredVerify(t, pub.(*secp256k1.PublicKey), input, sig))
			require.False(t, decredVerify(t, pub.(*secp256k1.PublicKey), input+"A", sig))
			return
		}
		_, err = jwt.Parse(text, func(*jwt.Token) (any, error) { return pub, nil }, jwt.WithValidMethods([]string{m.Alg()}))
		require.NoError(t, err)

		alg, ok := jwa.LookupSignatureAlgorithm(m.Alg())
		require.True(t, ok)
		payload, err := jws.Verify([]byte(text), jws.WithKey(alg, pub))
		require.NoError(t, err)
		require.JSONEq(t, `{"sub":"alice"}`, string(payload))
	})
}

func split(t *testing.T, token string) (input string, sig []byte) {
	t.Helper()
	dot := strings.LastIndex(token, ".")
	return token[:dot], decode(t, token[dot+1:])
}

func decredVerify(t *testing.T, pub *secp256k1.PublicKey, input string, raw []byte) bool {
	t.Helper()
	require.Len(t, raw, 64)
	var r, s secp256k1.ModNScalar
	require.False(t, r.SetByteSlice(raw[:32]))
	require.False(t, s.SetByteSlice(raw[32:]))
	require.False(t, s.IsOverHalfOrder(), "low s")
	digest := sha256.Sum256([]byte(input))
	return decred.NewSignature(&r, &s).Verify(digest[:], pub)
}

// TestTokensOfOthers verifies what golang-jwt itself signs.
func TestTokensOfOthers(t *testing.T) {
	t.Parallel()
	forMethods(t, func(t *testing.T, s signer.Signer, m jwtsigner.Method) {
		theirs := jwt.GetSigningMethod(m.Alg())
		if m == jwtsigner.ES256K {
			return // not in golang-jwt
		}
		text, err := jwt.NewWithClaims(theirs, claims).SignedString(signertest.Key(s.KeySpec()))
		require.NoError(t, err)
		_, err = jwt.Parse(text, jwtsigner.Keyfunc(verifier(t, s)))
		require.NoError(t, err)
	})
}

// A wrong signature of any kind is InvalidSignature.
func TestWrongSignatures(t *testing.T) {
	t.Parallel()
	forMethods(t, func(t *testing.T, s signer.Signer, m jwtsigner.Method) {
		v := verifier(t, s)
		input, sig := split(t, signed(t, s, m))
		require.NoError(t, m.Verify(input, sig, v))
		der, err := signer.SignMessage(background, s, strings.NewReader(input))
		require.NoError(t, err)
		wrong := map[string][]byte{
			"nil":   nil,
			"empty": {},
			"short": sig[:len(sig)-1],
			"long":  append(append([]byte{}, sig...), 0),
			"zero":  make([]byte, len(sig)),
			"bit":   append(append([]byte{}, sig[:len(sig)-1]...), sig[len(sig)-1]^1),
		}
		if s.Algorithm() == keyspec.ECDSASHA256 {
			wrong["DER"] = der
		}
		for name, sig := range wrong {
			require.ErrorIs(t, m.Verify(input, sig, v), errors.InvalidSignature, name)
		}
		require.ErrorIs(t, m.Verify(input+"A", sig, v), errors.InvalidSignature)
	})
}

// TestLowS verifies ES256K under Bitcoin's rule also where a foreign key returns a high s.
func TestLowS(t *testing.T) {
	t.Parallel()
	pair := keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	s := signertest.New(pair)
	v := verifier(t, s, signer.RequireLowS())
	input, raw := split(t, signed(t, highS{s}, jwtsigner.ES256K))
	require.NoError(t, jwtsigner.ES256K.Verify(input, raw, v))

	der, err := highS{s}.SignDigest(background, sum(input))
	require.NoError(t, err)
	high, err := signer.ToRaw(der)
	require.NoError(t, err)
	require.NotEqual(t, raw, high)
	require.ErrorIs(t, jwtsigner.ES256K.Verify(input, high, v), errors.InvalidSignature)
	require.NoError(t, jwtsigner.ES256K.Verify(input, high, verifier(t, s)), "RFC 8812 takes both")
}

// highS is a Signer of another library that returns n-s.
type highS struct{ signer.Signer }

func (h highS) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	der, err := h.Signer.SignDigest(ctx, digest)
	if err != nil {
		return nil, err
	}
	sig, err := decred.ParseDERSignature(der)
	if err != nil {
		return nil, err
	}
	r, s := sig.R(), sig.S()
	s.Negate()
	raw := make([]byte, 64)
	r.PutBytesUnchecked(raw[:32])
	s.PutBytesUnchecked(raw[32:])
	return signer.ToDER(raw)
}

func sum(text string) []byte {
	digest := sha256.Sum256([]byte(text))
	return digest[:]
}

func requireKeyError(t *testing.T, err error, parts ...string) {
	t.Helper()
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorIs(t, err, jwt.ErrInvalidKeyType)
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "Key", e.Param)
	for _, part := range parts {
		require.ErrorContains(t, err, part)
	}
}

// Every method with every key that is not its own.
func TestWrongKeys(t *testing.T) {
	t.Parallel()
	for _, m := range methods {
		for _, p := range keyspec.Pairs() {
			s := signertest.New(p)
			if methods[p] == m {
				continue
			}
			_, err := m.Sign("text", s)
			requireKeyError(t, err, p.String(), m.Alg())
			requireKeyError(t, m.Verify("text", make([]byte, 64), verifier(t, s)), p.String(), m.Alg())
		}
		private := signertest.Key(keyspec.ECP256).(*ecdsa.PrivateKey)
		for _, key := range []any{nil, (signer.Signer)(nil), (*typedNil)(nil), private, "secret", []byte("secret"),
			jwtsigner.WithContext(background, nil), jwtsigner.WithContext(background, (*typedNil)(nil))} {
			_, err := m.Sign("text", key)
			requireKeyError(t, err, m.Alg(), "signer.New")
			require.NotContains(t, err.Error(), "secret")
		}
		for _, key := range []any{nil, (*typedNilVerifier)(nil), private.Public(), []byte("secret"),
			signertest.New(sm2Pair)} {
			requireKeyError(t, m.Verify("text", nil, key), m.Alg(), "signer.NewVerifier")
		}
	}
}

type typedNil struct{ signer.Signer }
type typedNilVerifier struct{ signer.Verifier }

func TestWrongMethods(t *testing.T) {
	t.Parallel()
	s := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
	var e *errors.Error
	for _, m := range []jwtsigner.Method{"", "none", "es256", "HS256"} {
		_, err := m.Sign("text", s)
		require.ErrorAs(t, err, &e)
		require.Equal(t, "Method", e.Param)
		require.ErrorAs(t, m.Verify("text", make([]byte, 64), verifier(t, s)), &e)
		require.Equal(t, "Method", e.Param)
		_, err = jwtsigner.NewJWK(s.Public(), m)
		require.ErrorAs(t, err, &e)
		require.Equal(t, "Method", e.Param)
	}
	_, err := jwtsigner.MethodOf(signertest.New(sm2Pair))
	require.ErrorAs(t, err, &e)
	require.Equal(t, "Algorithm", e.Param)
	for _, key := range []signer.Signer{nil, (*typedNil)(nil)} {
		_, err = jwtsigner.MethodOf(key)
		require.ErrorAs(t, err, &e)
		require.Equal(t, "Key", e.Param)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(background, key{}, "request 7"))
	seen := ""
	private := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})
	s, err := signer.FromFunc(private.Public(), keyspec.ECDSASHA256,
		func(ctx context.Context, digest []byte) ([]byte, error) {
			seen, _ = ctx.Value(key{}).(string)
			return private.SignDigest(ctx, digest)
		})
	require.NoError(t, err)
	signed(t, jwtsigner.WithContext(ctx, s), jwtsigner.ES256)
	require.Equal(t, "request 7", seen)

	cancel()
	_, err = jwt.NewWithClaims(jwtsigner.ES256, claims).SignedString(jwtsigner.WithContext(ctx, s))
	require.ErrorIs(t, err, context.Canceled)

	var none context.Context
	_, err = jwtsigner.ES256.Sign("text", jwtsigner.WithContext(none, s))
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "Context", e.Param)
	_, err = jwtsigner.ES256.Sign("text", jwtsigner.ContextSigner{})
	require.ErrorAs(t, err, &e)
	require.Equal(t, "Context", e.Param)
}

// The errors of a Signer keep their codes, and a signature in another form is Internal.
func TestErrorsOfTheSigner(t *testing.T) {
	t.Parallel()
	for p, m := range methods {
		failing := signertest.Failing(signertest.New(p), &errors.Error{Code: errors.Throttled, Reason: "slower"})
		_, err := jwt.NewWithClaims(m, claims).SignedString(failing)
		require.ErrorIs(t, err, errors.Throttled)
		if p.Algorithm == keyspec.ECDSASHA256 {
			_, err = jwt.NewWithClaims(m, claims).SignedString(rawSigner{signertest.New(p)})
			require.ErrorIs(t, err, errors.Internal)
		}
	}
}

// rawSigner returns r‖s, as no Signer may.
type rawSigner struct{ signer.Signer }

func (r rawSigner) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	der, err := r.Signer.SignDigest(ctx, digest)
	if err != nil {
		return nil, err
	}
	return signer.ToRaw(der)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	forMethods(t, func(t *testing.T, s signer.Signer, m jwtsigner.Method) {
		keyfunc := jwtsigner.Keyfunc(verifier(t, s))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				text, err := jwt.NewWithClaims(m, claims).SignedString(s)
				if err == nil {
					_, err = jwt.Parse(text, keyfunc)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
