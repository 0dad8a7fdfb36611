// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// A publishedSignature is a row of the published files. Some have the digest, e, and some
// what it is made of.
type publishedSignature struct {
	Name            string
	UID, Msg        vectors.Hex
	D, Qx, Qy, E, K string
	InverseOfDPlus1 string `json:"d_plus_1_inv"`
	R               string `json:"r"`
	S               string `json:"s"`
	Sig             vectors.Hex
	Result          string
}

func (c publishedSignature) point(t *testing.T) affinePoint {
	return affinePoint{fieldFromBig(fromHex(t, c.Qx)), fieldFromBig(fromHex(t, c.Qy))}
}

func (c publishedSignature) digest(t *testing.T) *big.Int {
	if c.E != "" {
		return fromHex(t, c.E)
	}
	x, y := fromHex(t, c.Qx), fromHex(t, c.Qy)
	pub, err := sm2.NewPublicKey(append(append([]byte{4}, bytesFromBig(x)[:]...), bytesFromBig(y)[:]...))
	require.NoError(t, err)
	id, err := sm2z.NewID(c.UID)
	require.NoError(t, err)
	e, err := sm2z.Digest(pub, id, c.Msg)
	require.NoError(t, err)
	return new(big.Int).SetBytes(e[:])
}

func readSignatures(t *testing.T, file string, rows int) []publishedSignature {
	var signatures struct{ Tests []publishedSignature }
	vectors.ReadJSON(t, file, &signatures)
	require.Len(t, signatures.Tests, rows)
	return signatures.Tests
}

// GB/T 32918.5-2017, appendix A, and a row of Botan's: signatures with their nonces.
func TestPublished_sign(t *testing.T) {
	for _, c := range readSignatures(t, "sm2/sign_fixed_k.json", 2) {
		k := privateKey(t, fromHex(t, c.D))
		require.Equal(t, c.point(t), k.public)
		requireScalar(t, "1 / (1 + d)", fromHex(t, c.InverseOfDPlus1), k.inverse)
		ws := withNonce(t, fromHex(t, c.K), c.digest(t))
		k.signWithNonces(ws, k.kernel())
		requireScalar(t, "r", fromHex(t, c.R), ws[0].r)
		requireScalar(t, "s", fromHex(t, c.S), ws[0].s)
		require.Zero(t, ws[0].check(k))
		require.True(t, verifyTwice(t, c.point(t), c.digest(t), fromHex(t, c.R), fromHex(t, c.S)))
	}
}

func TestPublished_verify(t *testing.T) {
	valid := 0
	for _, c := range append(
		readSignatures(t, "sm2/verify_digest_published.json", 6),
		readSignatures(t, "sm2/verify_published.json", 7)...,
	) {
		x, err := ecsig.Parse(c.Sig)
		got := err == nil && verifyTwice(t, c.point(t), c.digest(t), new(big.Int).SetBytes(x.R()), new(big.Int).SetBytes(x.S()))
		require.Equal(t, c.Result == "valid", got, c.Name)
		if got {
			valid++
		}
	}
	require.Equal(t, 6, valid)
}

// A signature that gmsm v0.41.1 to v0.44.0 refused on amd64, for a carry lost in a product
// (its issue 560). The digest is 32 zero bytes.
func TestGmsm560(t *testing.T) {
	p := affinePoint{
		fieldFromBig(fromHex(t, "ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba")),
		fieldFromBig(fromHex(t, "67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2")),
	}
	require.True(t, verifyTwice(t, p, new(big.Int),
		fromHex(t, "be0ea64e1ec06f0d247093f3ccbbadcfb6260224272f86ddb78326e7cd6c7560"),
		fromHex(t, "e9f6ab2fcc48a2cef94838e66b5c7e21fd8e4de25990dd98ca5243f4966f2853")))
}

// TestDeterministic: the signatures are gmsm's, bit for bit.
func TestDeterministic(t *testing.T) {
	random := newRand(t)
	for range pointCases() {
		d, digest := randomMultiplier(random), random256(random)
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 {
			continue
		}
		key, err := sm2.NewPrivateKey(bytesFromBig(d)[:])
		require.NoError(t, err)
		want, err := sm2.SignDeterministic(key, bytesFromBig(digest)[:], nil)
		require.NoError(t, err)
		r, s, ok := privateKey(t, d).Sign(bytesFromBig(digest), nil)
		require.True(t, ok)
		require.Equal(t, hex.EncodeToString(want), hex.EncodeToString(ecsig.MarshalDER(r[:], s[:])), "key %x, digest %x", d, digest)
	}
}
