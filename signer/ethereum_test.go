// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"crypto/rand"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// recoverKey finds the public key of a signature as an Ethereum client does: v is
// not part of DER, so both recovery codes are tried until the key is the known
// one. It returns the code, and false if neither gives the key.
func recoverKey(t *testing.T, pub *secp256k1.PublicKey, digest, der []byte) (v byte, ok bool) {
	t.Helper()
	raw, err := signer.ToRaw(der)
	require.NoError(t, err)
	for v := range byte(2) {
		// Bitcoin's compact form: 27 + v, then r and s. Ethereum's is r, s, v.
		compact := append([]byte{27 + v}, raw...)
		got, compressed, err := decred.RecoverCompact(compact, digest)
		if err == nil && got.IsEqual(pub) {
			require.False(t, compressed)
			return v, true
		}
	}
	return 0, false
}

// TestEthereumRecovery signs 32 bytes (Ethereum's are a Keccak-256, which is the
// caller's to compute) and recovers the signer from the signature.
func TestEthereumRecovery(t *testing.T) {
	t.Parallel()
	pair := keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	elsewhere, err := signer.FromCrypto(testKey(t, keyspec.ECP256K).(*secp256k1.PrivateKey).ToECDSA(), keyspec.ECDSASHA256)
	require.NoError(t, err)
	for name, s := range map[string]signer.Signer{
		"New":           newSigner(t, pair),
		"Deterministic": newSigner(t, pair, signer.Deterministic()),
		"FromCrypto":    elsewhere,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pub := s.Public().(*secp256k1.PublicKey)
			low := newVerifier(t, s, signer.RequireLowS())
			var seen [2]int
			for range 32 { // both codes turn up, but for a chance of 2^-31
				digest := make([]byte, 32)
				rand.Read(digest)
				sig, err := s.SignDigest(background, digest)
				require.NoError(t, err)
				v, ok := recoverKey(t, pub, digest, sig)
				require.True(t, ok)
				seen[v]++
				require.NoError(t, low.VerifyDigest(digest, sig), "EIP-2")

				digest[0] ^= 1
				_, ok = recoverKey(t, pub, digest, sig)
				require.False(t, ok, "another digest gives another key")
			}
			require.NotZero(t, seen[0])
			require.NotZero(t, seen[1])
		})
	}
}

// TestEthereumRecoverySides compares with the compact signature that decred makes
// itself: the same r and s, and the code that recovery finds.
func TestEthereumRecoverySides(t *testing.T) {
	t.Parallel()
	key := testKey(t, keyspec.ECP256K).(*secp256k1.PrivateKey)
	s, err := signer.New(key, keyspec.ECDSASHA256, signer.Deterministic())
	require.NoError(t, err)
	for i := range byte(16) {
		digest := make([]byte, 32)
		digest[31] = i
		theirs := decred.SignCompact(key, digest, false)
		sig, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		raw, err := signer.ToRaw(sig)
		require.NoError(t, err)
		v, ok := recoverKey(t, key.PubKey(), digest, sig)
		require.True(t, ok)
		require.Equal(t, theirs, append([]byte{27 + v}, raw...))
	}
}
