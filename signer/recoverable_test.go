// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// Of many signatures, decred recovers the key; so does the equation of SEC 1, section
// 4.1.6, on decred's generic curve.
func TestRecoverable(t *testing.T) {
	key := testKey(t, keyspec.ECP256K).(*secp256k1.PrivateKey)
	s := newSigner(t, p256kPair)
	var seen [2]int
	for range 40 {
		digest := make([]byte, 32)
		rand.Read(digest)
		der, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		rsv, err := signer.Recoverable(s.Public(), digest, der)
		require.NoError(t, err)
		require.Len(t, rsv, 65)
		raw, err := signer.ToRaw(der)
		require.NoError(t, err)
		require.Equal(t, raw, rsv[:64])
		seen[rsv[64]]++

		got, _, err := decred.RecoverCompact(append([]byte{27 + rsv[64]}, rsv[:64]...), digest)
		require.NoError(t, err)
		require.True(t, got.IsEqual(key.PubKey()))
		require.True(t, recoverBySEC1(t, digest, rsv).IsEqual(key.PubKey()))

		// A high s is made low, and the same v comes out; the type of crypto/ecdsa is as good.
		again, err := signer.Recoverable(key.PubKey().ToECDSA(), digest, negateS(t, der))
		require.NoError(t, err)
		require.Equal(t, rsv, again)
	}
	require.NotZero(t, seen[0])
	require.NotZero(t, seen[1])
}

// recoverBySEC1 computes Q = r⁻¹(sR - eG).
func recoverBySEC1(t *testing.T, digest, rsv []byte) *secp256k1.PublicKey {
	t.Helper()
	curve := new(secp256k1.PublicKey).ToECDSA().Curve
	point, err := secp256k1.ParsePubKey(append([]byte{2 + rsv[64]}, rsv[:32]...))
	require.NoError(t, err)
	n := curve.Params().N
	r, s, e := new(big.Int).SetBytes(rsv[:32]), new(big.Int).SetBytes(rsv[32:64]), new(big.Int).SetBytes(digest)
	inverse := new(big.Int).ModInverse(r, n)
	//lint:ignore SA1019 a second implementation is what a test wants
	x1, y1 := curve.ScalarMult(point.X(), point.Y(), s.Mul(s, inverse).Mod(s, n).Bytes())
	e.Neg(e).Mul(e, inverse).Mod(e, n)
	//lint:ignore SA1019 as above
	x2, y2 := curve.ScalarBaseMult(e.Bytes())
	//lint:ignore SA1019 as above
	x, y := curve.Add(x1, y1, x2, y2)
	pub, err := secp256k1.ParsePubKey(append(append([]byte{4}, x.FillBytes(make([]byte, 32))...),
		y.FillBytes(make([]byte, 32))...))
	require.NoError(t, err)
	return pub
}

// The example of EIP-155: v is 37 for chain 1, that is 35 + 2·1 + 0.
func TestRecoverable_EIP155(t *testing.T) {
	key, err := keyspec.PrivateKeyFromScalar(keyspec.ECP256K, bytes.Repeat([]byte{0x46}, 32))
	require.NoError(t, err)
	digest, err := hex.DecodeString("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")
	require.NoError(t, err)
	s, err := signer.New(key, keyspec.ECDSASHA256, signer.Deterministic())
	require.NoError(t, err)
	der, err := s.SignDigest(background, digest)
	require.NoError(t, err)
	rsv, err := signer.Recoverable(s.Public(), digest, der)
	require.NoError(t, err)
	require.Equal(t, "28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"+
		"67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"+"00", hex.EncodeToString(rsv))
}

func TestRecoverableRefuses(t *testing.T) {
	s := newSigner(t, p256kPair)
	digest := bytes.Repeat([]byte{5}, 32)
	der, err := s.SignDigest(background, digest)
	require.NoError(t, err)

	_, err = signer.Recoverable(nil, digest, der)
	requireCode(t, err, errors.InvalidParameter, "Key")
	for _, p := range []keyspec.Pair{p256Pair, sm2Pair, pssPair} {
		_, err = signer.Recoverable(newSigner(t, p).Public(), digest, der)
		requireCode(t, err, errors.InvalidParameter, "Key")
		require.ErrorContains(t, err, string(p.KeySpec))
	}
	for _, short := range [][]byte{nil, digest[:31], append(bytes.Clone(digest), 0)} {
		_, err = signer.Recoverable(s.Public(), short, der)
		requireCode(t, err, errors.InvalidParameter, "Digest")
	}
	raw, err := signer.ToRaw(der)
	require.NoError(t, err)
	n := orderOf(p256kPair)
	for name, sig := range map[string][]byte{
		"nothing": nil, "raw": raw, "cut": der[:len(der)-1], "longer": append(bytes.Clone(der), 0),
		"r is n": mustDER(t, append(bytes.Clone(n), raw[32:]...)), "s is n": mustDER(t, append(bytes.Clone(raw[:32]), n...)),
		"r and s exchanged": mustDER(t, append(bytes.Clone(raw[32:]), raw[:32]...)),
	} {
		got, err := signer.Recoverable(s.Public(), digest, sig)
		requireCode(t, err, errors.InvalidSignature, "Signature", name)
		require.Nil(t, got)
	}
	other := bytes.Clone(digest)
	other[0] ^= 1
	_, err = signer.Recoverable(s.Public(), other, der)
	requireCode(t, err, errors.InvalidSignature, "Signature", "another digest")
	stranger, err := secp256k1.GeneratePrivateKey()
	require.NoError(t, err)
	_, err = signer.Recoverable(stranger.PubKey(), digest, der)
	requireCode(t, err, errors.InvalidSignature, "Signature", "another key")
}
