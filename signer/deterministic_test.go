// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"hash"
	"math/big"
	"os"
	"os/exec"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

func TestHedgedSignaturesDiffer(t *testing.T) {
	digest := make([]byte, 32)
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p)
		one, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		two, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		require.Equal(t, p.Algorithm == keyspec.RSAPKCS1SHA256, bytes.Equal(one, two))
	})
}

func TestDeterministicSignaturesAreEqual(t *testing.T) {
	digest := make([]byte, 32)
	forAllPairs(t, func(t *testing.T, p keyspec.Pair) {
		one, err := newSigner(t, p, signer.Deterministic()).SignDigest(background, digest)
		require.NoError(t, err)
		other := newSigner(t, p, signer.Deterministic(), signer.Portable())
		two, err := other.Sign(constantReader{}, digest, nil)
		require.NoError(t, err)
		require.Equal(t, one, two, "another signer on the same key, called with a reader")

		digest := bytes.Repeat([]byte{1}, 32)
		three, err := other.SignDigest(background, digest)
		require.NoError(t, err)
		require.NotEqual(t, one, three, "another digest")
	})
}

type constantReader struct{}

func (constantReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// RFC 6979, appendix A.2.5, with SHA-256.
func TestDeterministicP256IsRFC6979(t *testing.T) {
	key := p256Key(t, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
	s, err := signer.New(key, keyspec.ECDSASHA256, signer.Deterministic())
	require.NoError(t, err)
	for msg, want := range map[string]string{
		"sample": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716" +
			"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
		"test": "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367" +
			"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
	} {
		sig, err := signer.SignMessage(background, s, bytes.NewReader([]byte(msg)))
		require.NoError(t, err)
		raw, err := signer.ToRaw(sig)
		require.NoError(t, err)
		require.Equal(t, want, hex.EncodeToString(raw))
	}
}

func p256Key(t *testing.T, scalar string) *ecdsa.PrivateKey {
	t.Helper()
	d, ok := new(big.Int).SetString(scalar, 16)
	require.True(t, ok)
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
	require.NoError(t, err)
	return key
}

// EC_P256K and EC_SM2 against the two algorithms written out with math/big, for
// digests on both sides of the order, where implementations disagree.
func TestDeterministicAgainstTheStandardWrittenOut(t *testing.T) {
	k1 := testKey(t, keyspec.ECP256K).(*secp256k1.PrivateKey)
	k1D := new(big.Int).SetBytes(k1.Serialize())
	gm := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)

	//lint:ignore SA1019 only the curve's parameters
	k1Curve := secp256k1.S256()
	for _, digest := range edgeDigests(k1Curve.Params().N) {
		sig := rawSignature(t, keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}, digest)
		n := k1Curve.Params().N
		k := rfc6979Nonce(sha256.New, k1D, n, digest)
		x := baseMultX(k1Curve, k)
		r := new(big.Int).Mod(x, n)
		s := new(big.Int).Mul(r, k1D)
		s.Add(s, new(big.Int).SetBytes(digest)).Mul(s, new(big.Int).ModInverse(k, n)).Mod(s, n)
		if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
			s.Sub(n, s)
		}
		require.Equal(t, join(r, s), sig, "EC_P256K, digest %x", digest)
	}
	for _, digest := range edgeDigests(gm.Params().N) {
		sig := rawSignature(t, keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}, digest)
		n := gm.Params().N
		k := rfc6979Nonce(sm3.New, gm.D, n, digest)
		x := baseMultX(gm.Curve, k)
		// GB/T 32918.2, section 6.1: r = (e + x) mod n, s = (k - r·d)/(1 + d) mod n.
		r := new(big.Int).Add(new(big.Int).SetBytes(digest), x)
		r.Mod(r, n)
		s := new(big.Int).Mul(r, gm.D)
		s.Sub(k, s).Mul(s, new(big.Int).ModInverse(new(big.Int).Add(gm.D, big.NewInt(1)), n)).Mod(s, n)
		require.Equal(t, join(r, s), sig, "EC_SM2, digest %x", digest)
	}
}

func edgeDigests(n *big.Int) [][]byte {
	var out [][]byte
	for _, v := range []*big.Int{new(big.Int), big.NewInt(1), new(big.Int).Sub(n, big.NewInt(1)), n,
		new(big.Int).Add(n, big.NewInt(1))} {
		out = append(out, v.FillBytes(make([]byte, 32)))
	}
	out = append(out, bytes.Repeat([]byte{0xff}, 32))
	for i := range 20 {
		d := sha256.Sum256([]byte{byte(i)})
		out = append(out, d[:])
	}
	return out
}

func rawSignature(t *testing.T, p keyspec.Pair, digest []byte) []byte {
	t.Helper()
	sig, err := newSigner(t, p, signer.Deterministic()).SignDigest(background, digest)
	require.NoError(t, err)
	raw, err := signer.ToRaw(sig)
	require.NoError(t, err)
	return raw
}

func baseMultX(curve elliptic.Curve, k *big.Int) *big.Int {
	//lint:ignore SA1019 the deprecated interface is what the two curves share
	x, _ := curve.ScalarBaseMult(k.Bytes())
	return x
}

func join(r, s *big.Int) []byte {
	raw := make([]byte, 64)
	r.FillBytes(raw[:32])
	s.FillBytes(raw[32:])
	return raw
}

// rfc6979Nonce is RFC 6979, section 3.2, for a hash and an order of 256 bits.
func rfc6979Nonce(newHash func() hash.Hash, x, n *big.Int, digest []byte) *big.Int {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(newHash, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	int2octets := x.FillBytes(make([]byte, 32))
	bits2octets := new(big.Int).Mod(new(big.Int).SetBytes(digest), n).FillBytes(make([]byte, 32))
	v, k := bytes.Repeat([]byte{1}, 32), make([]byte, 32)
	k = mac(k, v, []byte{0}, int2octets, bits2octets)
	v = mac(k, v)
	k = mac(k, v, []byte{1}, int2octets, bits2octets)
	v = mac(k, v)
	for {
		v = mac(k, v)
		if t := new(big.Int).SetBytes(v); t.Sign() > 0 && t.Cmp(n) < 0 {
			return t
		}
		k = mac(k, v, []byte{0})
		v = mac(k, v)
	}
}

// The salt rule of docs/signing.md, taken out of the signature with
// math/big: EM = s^e mod n, the salt is what ends DB.
func TestDeterministicPSSSalt(t *testing.T) {
	for _, k := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072} {
		s := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: keyspec.RSAPSSSHA256}, signer.Deterministic())
		pub := s.Public().(*rsa.PublicKey)
		spki, err := x509.MarshalPKIXPublicKey(pub)
		require.NoError(t, err)
		digest := sha256.Sum256([]byte("message"))
		sig, err := s.SignDigest(background, digest[:])
		require.NoError(t, err)

		fingerprint := sha256.Sum256(spki)
		want := sha256.Sum256(append(append([]byte("kmsigner RSA-PSS salt v1"), fingerprint[:]...), digest[:]...))

		em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(pub.E)),
			pub.N).FillBytes(make([]byte, pub.Size()))
		maskedDB, h := em[:len(em)-33], em[len(em)-33:len(em)-1]
		require.Equal(t, byte(0xbc), em[len(em)-1])
		db := bytes.Clone(maskedDB)
		var counter [4]byte
		for at := 0; at < len(db); at += 32 {
			mask := sha256.Sum256(append(bytes.Clone(h), counter[:]...))
			for i := range min(32, len(db)-at) {
				db[at+i] ^= mask[i]
			}
			counter[3]++
		}
		require.Equal(t, byte(1), db[len(db)-33])
		require.Equal(t, want[:], db[len(db)-32:])
	}
}

// The known answers of SelfTest under every switch that ever changed what a
// "deterministic" signature is. Each needs a process of its own.
func TestDeterministicUnderSwitches(t *testing.T) {
	if os.Getenv("KMSIGNER_TEST_SELFTEST") != "" {
		require.NoError(t, signer.SelfTest())
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	switches := []string{"", "cryptocustomrand=1", "cryptocustomrand=0", "randseednop=0", "rsa1024min=0,x509rsacrt=0"}
	if !signer.Purego { // Go refuses to start with both
		switches = append(switches, "fips140=on")
	}
	for _, godebug := range switches {
		t.Run("GODEBUG="+godebug, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(exe, "-test.run=^TestDeterministicUnderSwitches$", "-test.v")
			cmd.Env = append(os.Environ(), "KMSIGNER_TEST_SELFTEST=1", "GODEBUG="+godebug)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), "--- PASS: TestDeterministicUnderSwitches")
		})
	}
}

// Go's FIPS 140-only mode has no chosen PSS salt, no HMAC-SM3 and no secp256k1: an error,
// not a panic. Everything else signs, all verify, and keys are read and written.
func TestFIPS140Only(t *testing.T) {
	if signer.Purego {
		t.Skip("Go does not start in FIPS mode under purego")
	}
	if os.Getenv("KMSIGNER_TEST_FIPS") == "" {
		exe, err := os.Executable()
		require.NoError(t, err)
		cmd := exec.Command(exe, "-test.run=^TestFIPS140Only$", "-test.v")
		cmd.Env = append(os.Environ(), "KMSIGNER_TEST_FIPS=1", "GODEBUG=fips140=only")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestFIPS140Only")
		return
	}
	for _, p := range keyspec.Pairs() {
		for mode, opts := range map[string][]signer.Option{
			"hedged": nil, "deterministic": {signer.Deterministic()},
			"portable": {signer.Portable()}, "both": {signer.Deterministic(), signer.Portable()},
		} {
			s := newSigner(t, p, opts...)
			digest := make([]byte, 32)
			sig, err := s.SignDigest(background, digest)
			batch, batchErr := signer.SignDigests(background, s, [][]byte{digest, digest})
			deterministic := mode == "deterministic" || mode == "both"
			if p.KeySpec == keyspec.ECSM2 || p.KeySpec == keyspec.ECP256K || p.Algorithm == keyspec.RSAPSSSHA256 &&
				deterministic {
				requireCode(t, err, errors.Internal, "", "%s, %s", p, mode)
				require.Nil(t, sig)
				requireCode(t, batchErr, errors.Internal, "", "%s, %s", p, mode)
				require.Nil(t, batch)
				continue
			}
			require.NoError(t, err, "%s, %s", p, mode)
			require.NoError(t, batchErr, "%s, %s", p, mode)
			require.NoError(t, newVerifier(t, s).VerifyDigest(digest, sig))
		}
	}
	for _, v := range signertest.Golden() {
		pub, err := keyspec.ParsePublicKey(v.PublicKey)
		require.NoError(t, err, v.Name)
		verifier, err := signer.NewVerifier(pub, v.Pair.Algorithm)
		require.NoError(t, err, v.Name)
		require.NoError(t, verifier.VerifyDigest(v.Digest, v.Signature), v.Name)
	}
	// A key that the mode does not allow says nothing of the signature.
	for _, p := range keyspec.Pairs()[:4] { // RSA
		public := *newSigner(t, p).Public().(*rsa.PublicKey)
		public.E = 3
		for _, opts := range [][]signer.Option{nil, {signer.Portable()}} {
			verifier, err := signer.NewVerifier(&public, p.Algorithm, opts...)
			require.NoError(t, err)
			err = verifier.VerifyDigest(make([]byte, 32), make([]byte, public.Size()))
			requireCode(t, err, errors.Internal, "", "%s", p)
			require.ErrorContains(t, err, "FIPS 140-only mode")
		}
	}
	for _, spec := range keyspec.All() {
		if spec == keyspec.RSA3072 && !testrun.Long() {
			continue // its primes take long
		}
		key, err := keyspec.GenerateKey(spec)
		require.NoError(t, err, spec)
		plain, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err, spec)
		_, err = keyspec.ParsePrivateKey(plain, nil)
		require.NoError(t, err, spec)
		if spec != keyspec.ECP256 && !testrun.Long() {
			continue // the encryption does not see what it encrypts, and takes its time
		}
		encrypted, err := keyspec.MarshalEncryptedPrivateKey(key, []byte("a password of some length"))
		require.NoError(t, err, spec)
		_, err = keyspec.ParsePrivateKey(encrypted, []byte("a password of some length"))
		require.NoError(t, err, spec)
	}
	require.ErrorIs(t, signer.SelfTest(), errors.Internal)
}
