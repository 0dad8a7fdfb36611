// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	hashmodel "github.com/kmsigner/kmsigner/internal/hash16/model"
	"github.com/stretchr/testify/require"
)

// What the tests that the curves share know of this one.

var (
	plainHash   = sha256.New // of deterministic nonces
	lanesModel  = model.Secp256k1
	plainModel  = hashmodel.SHA256() // of nonces in lanes
	hedgedModel = hashmodel.SHA256()
	largestKey  = new(big.Int).Sub(bigN, one)
)

// digestOfZeroS returns the digest for which the nonce k gives s = 0: -r d.
func digestOfZeroS(d, k *big.Int) *big.Int {
	r, _, _ := referenceSign(d, k, new(big.Int))
	r.Mul(r, d)
	return r.Neg(r).Mod(r, bigN)
}

// derivedLimbs are the numbers that a key holds beside its secret: none.
func derivedLimbs(*PrivateKey) []*[4]uint64 { return nil }

// xOfOne is the x coordinate of a point whose y is 1.
const xOfOne = "1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507"

// pointAt returns a point with this x coordinate, if there is one.
func pointAt(x *big.Int) (affinePoint, bool) {
	y := new(big.Int).Exp(x, big.NewInt(3), bigP)
	if y = y.ModSqrt(y.Add(y, big.NewInt(7)), bigP); y == nil {
		return affinePoint{}, false
	}
	return affinePoint{x: fieldFromBig(x), y: fieldFromBig(y)}, true
}

// forge returns a key and a signature of digest 13 whose point k G is the one at x: for
// any such R and any s, it is Q = (s R - digest G) / r. The r is given.
func forge(t *testing.T, x, r *big.Int) (forged, bool) {
	p, ok := pointAt(x)
	if !ok {
		return forged{}, false
	}
	s := big.NewInt(0x123456789)
	rInv := new(big.Int).ModInverse(r, bigN)
	u := new(big.Int).Mul(big.NewInt(-13), rInv)
	v := new(big.Int).Mul(s, rInv)
	q, ok := referenceDoubleMultiple(u, v, &p)
	require.True(t, ok)
	return forged{point: q, r: r, s: s}, true
}

// rOf is the r of a signature of digest 13 whose point has this x coordinate, modulo n or
// not.
func rOf(x *big.Int) *big.Int { return new(big.Int).Set(x) }

// TestVerify_infinity verifies signatures whose sum u G + v Q is infinity.
func TestVerify_infinity(t *testing.T) {
	d, digest := big.NewInt(5), big.NewInt(10)
	p, _ := referenceMultiple(d)
	r := new(big.Int).Sub(bigN, big.NewInt(2)) // digest + r d = 0
	require.False(t, verifyTwice(t, p, digest, r, one))
}

// TestVerify_highS: n - s is as good as s.
func TestVerify_highS(t *testing.T) {
	random := newRand(t)
	for range max(1, pointCases()/8) {
		d, k, digest := randomMultiplier(random), randomMultiplier(random), random256(random)
		if d.Sign() == 0 || k.Sign() == 0 {
			continue
		}
		p, _ := referenceMultiple(d)
		r, s, ok := referenceSign(d, k, digest)
		if !ok {
			continue
		}
		high := new(big.Int).Sub(bigN, s)
		require.True(t, verifyTwice(t, p, digest, r, high), "key %x, digest %x, r %x, s %x", d, digest, r, high)
	}
}
