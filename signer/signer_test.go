// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

var background = context.Background()

// testKey is the published key of a spec.
func testKey(t testing.TB, k keyspec.KeySpec) crypto.PrivateKey {
	t.Helper()
	key, err := testkeys.Key(k)
	require.NoError(t, err)
	return key
}

// rsaSigners are the signers of RSA keys that newSigner made, and fromCrypto those of
// forOrigins: the prime test of a key takes as long as a test that uses it.
var rsaSigners, fromCrypto sync.Map

func newSigner(t testing.TB, p keyspec.Pair, opts ...signer.Option) signer.Signer {
	t.Helper()
	make := func() (signer.Signer, error) { return signer.New(testKey(t, p.KeySpec), p.Algorithm, opts...) }
	if p.KeySpec != keyspec.RSA2048 && p.KeySpec != keyspec.RSA3072 {
		s, err := make()
		require.NoError(t, err)
		return s
	}
	return shared(t, &rsaSigners, [2]any{p, signer.ModesOf(opts)}, make)
}

// shared returns the signer under a name, and makes it once.
func shared(t testing.TB, all *sync.Map, name any, make func() (signer.Signer, error)) signer.Signer {
	t.Helper()
	once, _ := all.LoadOrStore(name, sync.OnceValues(make))
	s, err := once.(func() (signer.Signer, error))()
	require.NoError(t, err)
	return s
}

func newVerifier(t testing.TB, s signer.Signer, opts ...signer.Option) signer.Verifier {
	t.Helper()
	v, err := signer.NewVerifier(s.Public(), s.Algorithm(), opts...)
	require.NoError(t, err)
	return v
}

// forPairs runs a subtest per pair, in parallel: in a plain run without PKCS #1 of RSA_3072,
// which is slow and has nothing that RSA_2048 has not.
func forPairs(t *testing.T, test func(t *testing.T, p keyspec.Pair)) {
	forAllPairs(t, func(t *testing.T, p keyspec.Pair) {
		if p.KeySpec != keyspec.RSA3072 || p.Algorithm != keyspec.RSAPKCS1SHA256 || testrun.Long() {
			test(t, p)
		}
	})
}

// forAllPairs runs a subtest per pair, in parallel.
func forAllPairs(t *testing.T, test func(t *testing.T, p keyspec.Pair)) {
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

// requireCode checks an error's code, parameter and that it gives a reason.
func requireCode(t testing.TB, err error, code errors.Code, param string, what ...any) {
	t.Helper()
	require.ErrorIs(t, err, code, what...)
	var e *errors.Error
	require.ErrorAs(t, err, &e, what...)
	require.Equal(t, param, e.Param, what...)
	require.NotEmpty(t, e.Reason, what...)
}

// primitiveVerifies asks the code below us, not our Verifier.
func primitiveVerifies(t testing.TB, pub crypto.PublicKey, alg keyspec.Algorithm, digest, sig []byte) bool {
	t.Helper()
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		if alg == keyspec.RSAPSSSHA256 {
			return rsa.VerifyPSS(pub, crypto.SHA256, digest, sig, &rsa.PSSOptions{SaltLength: 32}) == nil
		}
		return rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest, sig) == nil
	case *secp256k1.PublicKey:
		parsed, err := decred.ParseDERSignature(sig)
		return err == nil && parsed.Verify(digest, pub)
	case *ecdsa.PublicKey:
		if alg == keyspec.SM2DSA {
			return sm2.VerifyASN1(pub, digest, sig)
		}
		return ecdsa.VerifyASN1(pub, digest, sig)
	}
	t.Fatalf("no primitive for %T", pub)
	return false
}

// A generated key of each spec. RSA's are made once for two pairs: they take long.
var generatedKeys = func() map[keyspec.KeySpec]func() (crypto.PrivateKey, error) {
	made := make(map[keyspec.KeySpec]func() (crypto.PrivateKey, error))
	for _, k := range keyspec.All() {
		made[k] = sync.OnceValues(func() (crypto.PrivateKey, error) { return keyspec.GenerateKey(k) })
	}
	return made
}()

func TestEveryPairSignsWhatThePrimitiveVerifies(t *testing.T) {
	modes := [][]signer.Option{
		nil,
		{signer.Deterministic()},
		{signer.VerifyAfterSign()},
		{signer.Portable()},
		{signer.Portable(), signer.Deterministic(), signer.VerifyAfterSign()},
	}
	forAllPairs(t, func(t *testing.T, p keyspec.Pair) {
		generated, err := generatedKeys[p.KeySpec]()
		require.NoError(t, err)
		pem, err := keyspec.MarshalPrivateKey(generated)
		require.NoError(t, err)
		parsed, err := keyspec.ParsePrivateKey(pem, nil)
		require.NoError(t, err)

		for _, opts := range modes {
			requireSigns(t, newSigner(t, p, opts...), p, "published")
		}
		for name, key := range map[string]crypto.PrivateKey{"generated": generated, "parsed": parsed} {
			for i, opts := range modes {
				if i > 0 && !testrun.Long() && p.KeySpec == keyspec.RSA3072 {
					break // the published key has had them all
				}
				s, err := signer.New(key, p.Algorithm, opts...)
				require.NoError(t, err)
				requireSigns(t, s, p, name)
			}
		}
	})
}

// requireSigns checks a signature of a random digest from every side.
func requireSigns(t *testing.T, s signer.Signer, p keyspec.Pair, what string) {
	t.Helper()
	require.Equal(t, p.KeySpec, s.KeySpec(), what)
	require.Equal(t, p.Algorithm, s.Algorithm(), what)

	digest := make([]byte, 32)
	rand.Read(digest)
	before := bytes.Clone(digest)
	sig, err := s.SignDigest(background, digest)
	require.NoError(t, err, what)
	require.Equal(t, before, digest, "the digest is not written to")
	require.LessOrEqual(t, len(sig), p.MaxSignatureSize(), what)
	require.True(t, primitiveVerifies(t, s.Public(), p.Algorithm, digest, sig), what)

	v := newVerifier(t, s)
	require.Equal(t, p.KeySpec, v.KeySpec())
	require.Equal(t, p.Algorithm, v.Algorithm())
	require.NoError(t, v.VerifyDigest(digest, sig), what)

	other := bytes.Clone(digest)
	other[31] ^= 1
	requireCode(t, v.VerifyDigest(other, sig), errors.InvalidSignature, "Signature", what)
	for _, at := range []int{0, len(sig) / 2, len(sig) - 1} {
		broken := bytes.Clone(sig)
		broken[at] ^= 1
		requireCode(t, v.VerifyDigest(digest, broken), errors.InvalidSignature, "Signature", "%s, byte %d", what, at)
	}
	for _, broken := range [][]byte{nil, {}, sig[:len(sig)-1], append(bytes.Clone(sig), 0), make([]byte, len(sig))} {
		requireCode(t, v.VerifyDigest(digest, broken), errors.InvalidSignature, "Signature", "%s, %d bytes", what,
			len(broken))
	}
}

// The promise of low s, over enough signatures that luck is no explanation, and
// the rule of verifiers with and without RequireLowS.
func TestLowS(t *testing.T) {
	for _, k := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K} {
		s := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: keyspec.ECDSASHA256})
		lax, strict := newVerifier(t, s), newVerifier(t, s, signer.RequireLowS())
		high := 0
		for i := range 64 {
			digest := sha256.Sum256(fmt.Append(nil, i))
			sig, err := s.SignDigest(background, digest[:])
			require.NoError(t, err)
			low, err := signer.NormalizeS(k, sig)
			require.NoError(t, err)
			require.NoError(t, lax.VerifyDigest(digest[:], sig))
			require.NoError(t, lax.VerifyDigest(digest[:], low))
			require.NoError(t, strict.VerifyDigest(digest[:], low))
			if !bytes.Equal(low, sig) {
				high++
				requireCode(t, strict.VerifyDigest(digest[:], sig), errors.InvalidSignature, "Signature")
			}
		}
		if k == keyspec.ECP256K {
			require.Zero(t, high, "every s of EC_P256K is low")
		} else {
			require.NotZero(t, high, "about half of the s of EC_P256 are high")
		}
	}
}

func TestMessageAndDigestAgree(t *testing.T) {
	message := bytes.Repeat([]byte("all work and no play\n"), 10_000) // more than one chunk
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p, signer.Deterministic())
		v := newVerifier(t, s)
		for _, msg := range [][]byte{{}, message[:1], message[:4<<10-1], message[:4<<10], message[:4<<10+1], message} {
			h := s.NewDigest()
			require.Equal(t, p.DigestSize(), h.Size())
			h.Write(msg)
			want, err := s.SignDigest(background, h.Sum(nil))
			require.NoError(t, err)

			got, err := signer.SignMessage(background, s, bytes.NewReader(msg))
			require.NoError(t, err)
			require.Equal(t, want, got, "SignMessage")
			got, err = s.(crypto.MessageSigner).SignMessage(nil, msg, nil)
			require.NoError(t, err)
			require.Equal(t, want, got, "crypto.MessageSigner")
			got, err = s.Sign(nil, h.Sum(nil), nil)
			require.NoError(t, err)
			require.Equal(t, want, got, "crypto.Signer")

			vh := v.NewDigest()
			vh.Write(msg)
			require.Equal(t, h.Sum(nil), vh.Sum(nil), "verifier's digest")
			require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(msg), want))
			require.ErrorIs(t, signer.VerifyMessage(v, bytes.NewReader(append([]byte("x"), msg...)), want),
				errors.InvalidSignature)
		}
	})
}

// A short message is read into a short buffer, a long one with few reads, and none
// into one that grows with it.
func TestMessageBuffers(t *testing.T) {
	const total = 1 << 20
	buffers := make(map[int]int) // how many reads by size
	rest := total
	long := readerFunc(func(p []byte) (int, error) {
		buffers[len(p)]++
		n := min(len(p), rest)
		rest -= n
		if rest == 0 {
			return n, io.EOF
		}
		return n, nil
	})
	_, err := signer.SignMessage(background, newSigner(t, p256Pair), long)
	require.NoError(t, err)
	require.Equal(t, map[int]int{4 << 10: 1, 64 << 10: total / (64 << 10)}, buffers)
}

// The digest of SM2 is SM3(Z(A) || M) under the id that was asked for.
func TestSM2DigestFollowsTheID(t *testing.T) {
	pair := keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
	custom, err := sm2z.NewID([]byte("alice@example.com"))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, tt := range []struct {
		opts []signer.Option
		id   sm2z.ID
	}{
		{nil, sm2z.DefaultID()},
		{[]signer.Option{signer.WithID(sm2z.DefaultID())}, sm2z.DefaultID()},
		{[]signer.Option{signer.WithID(sm2z.EmptyID())}, sm2z.EmptyID()},
		{[]signer.Option{signer.WithID(custom), signer.WithID(custom)}, custom},
	} {
		s := newSigner(t, pair, tt.opts...)
		want, err := sm2z.Digest(s.Public().(*ecdsa.PublicKey), tt.id, []byte("message"))
		require.NoError(t, err)
		h := s.NewDigest()
		h.Write([]byte("message"))
		require.Equal(t, want[:], h.Sum(nil), tt.id)
		h.Reset()
		h.Write([]byte("message"))
		require.Equal(t, want[:], h.Sum(nil), "after Reset")
		seen[string(want[:])] = true

		sig, err := signer.SignMessage(background, s, bytes.NewReader([]byte("message")))
		require.NoError(t, err)
		require.NoError(t, signer.VerifyMessage(newVerifier(t, s, tt.opts...), bytes.NewReader([]byte("message")), sig))
	}
	require.Len(t, seen, 3, "three ids, three digests")
}

// The caller's key is not kept: changing it afterwards changes nothing.
func TestKeyIsCopied(t *testing.T) {
	digest := make([]byte, 32)
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		key := testKey(t, p.KeySpec)
		s, err := signer.New(key, p.Algorithm, signer.Deterministic())
		require.NoError(t, err)
		want, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		switch k := key.(type) {
		case *rsa.PrivateKey:
			k.D.SetInt64(1)
			k.Primes[0].SetInt64(3)
			k.N.SetInt64(15)
			s.Public().(*rsa.PublicKey).E = 3
		case *ecdsa.PrivateKey:
			k.D.SetInt64(1)
			s.Public().(*ecdsa.PublicKey).X.SetInt64(1)
		case *sm2.PrivateKey:
			k.D.SetInt64(1)
			s.Public().(*ecdsa.PublicKey).X.SetInt64(1)
		case *secp256k1.PrivateKey:
			k.Zero()
		}
		got, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
