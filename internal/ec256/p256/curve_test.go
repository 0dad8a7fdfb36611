// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	hashmodel "github.com/kmsigner/kmsigner/internal/hash16/model"
	"github.com/stretchr/testify/require"
)

// What the tests that the curves share know of this one: the curve of the reference, and the
// scheme written out.

var (
	referenceCurve = elliptic.P256()
	plainHash      = sha256.New // of deterministic nonces
	lanesModel     = model.P256
	plainModel     = hashmodel.SHA256() // of nonces in lanes
	hedgedModel    = hashmodel.SHA256()
	largestKey     = new(big.Int).Sub(bigN, one)
)

// hedgedWithOneHMAC says which construction of hedged nonces the scheme has.
const hedgedWithOneHMAC = false

// referenceSign is ECDSA as it is written in SEC 1, for a nonce k. It reports false if r or
// s is 0.
func referenceSign(d, k, digest *big.Int) (r, s *big.Int, ok bool) {
	p, _ := referenceMultiple(k)
	x := p.x.bytes()
	r = new(big.Int).SetBytes(x[:])
	r.Mod(r, bigN)
	s = new(big.Int).Mul(r, d)
	s.Add(s, digest)
	s.Mul(s, new(big.Int).ModInverse(k, bigN))
	s.Mod(s, bigN)
	return r, s, r.Sign() != 0 && s.Sign() != 0
}

// digestOfZeroS returns the digest for which the nonce k gives s = 0: -r d.
func digestOfZeroS(d, k *big.Int) *big.Int {
	r, _, _ := referenceSign(d, k, new(big.Int))
	r.Mul(r, d)
	return r.Neg(r).Mod(r, bigN)
}

// referenceVerify verifies with crypto/ecdsa.
func referenceVerify(p *affinePoint, digest, r, s *big.Int) bool {
	x, y := p.x.bytes(), p.y.bytes()
	key := &ecdsa.PublicKey{Curve: referenceCurve, X: new(big.Int).SetBytes(x[:]), Y: new(big.Int).SetBytes(y[:])}
	return ecdsa.Verify(key, bytesFromBig(digest)[:], r, s)
}

// forge returns a key and a signature of digest 13 whose point k G is the one at x, for the
// r that is given: for any R and any s, the key is Q = (s R - digest G) / r.
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
	key := publicKey(t, p)
	r := new(big.Int).Sub(bigN, big.NewInt(2)) // digest + r d = 0
	for range 3 {
		require.False(t, key.Verify(bytesFromBig(digest), bytesFromBig(r), bytesFromBig(one)))
	}
	require.False(t, referenceVerify(&p, digest, r, one))
}

// derivedLimbs are the numbers that a key holds beside its secret: none.
func derivedLimbs(*PrivateKey) []*[4]uint64 { return nil }

// xOfOne is the x coordinate of a point whose y is 1.
const xOfOne = "6916fac45e568b6b9e2e2ecd611b282e5fcc40a3067d601057f879ce5a8a73cc"

// A point of order 1229 on y^2 = x^3 - 3x + 1.
const (
	smallOrder = 1229
	smallX     = "50fc0b210bc249cd86968f39b9ee436cd12f59538daab17f04062733de4fc865"
	smallY     = "b344fd978665bebc4bce4745fb452bc013fc1f36f69497eeae5fcde68dac56c"
)
