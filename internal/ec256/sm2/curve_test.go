// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"crypto/ecdsa"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	hashmodel "github.com/kmsigner/kmsigner/internal/hash16/model"
	"github.com/stretchr/testify/require"
)

// What the tests that the curves share know of this one: the curve of the reference, and the
// scheme written out.

var (
	referenceCurve = sm2.P256()
	plainHash      = sm3.New // of deterministic nonces
	lanesModel     = model.SM2
	plainModel     = hashmodel.SM3() // of nonces in lanes
	hedgedModel    = hashmodel.SHA256()
	largestKey     = new(big.Int).Sub(bigN, big.NewInt(2))
)

// hedgedWithOneHMAC says which construction of hedged nonces the scheme has.
const hedgedWithOneHMAC = true

// referenceSign is SM2 as it is written in GB/T 32918.2-2016, section 6.1, for a nonce k. It
// reports false if r, r + k or s is 0.
func referenceSign(d, k, digest *big.Int) (r, s *big.Int, ok bool) {
	p, _ := referenceMultiple(k)
	r = new(big.Int).Add(digest, bigFromField(p.x))
	r.Mod(r, bigN)
	s = new(big.Int).Mul(r, d)
	s.Sub(k, s)
	s.Mul(s, new(big.Int).ModInverse(new(big.Int).Add(d, one), bigN))
	s.Mod(s, bigN)
	sum := new(big.Int).Add(r, k)
	return r, s, r.Sign() != 0 && s.Sign() != 0 && sum.Cmp(bigN) != 0
}

// digestOfR returns the digest for which the nonce k gives r.
func digestOfR(k, r *big.Int) *big.Int {
	p, _ := referenceMultiple(k)
	e := new(big.Int).Sub(r, bigFromField(p.x))
	return e.Mod(e, bigN)
}

// digestOfZeroS returns the digest for which the nonce k gives s = 0: r is k / d.
func digestOfZeroS(d, k *big.Int) *big.Int {
	r := new(big.Int).Mul(k, new(big.Int).ModInverse(d, bigN))
	return digestOfR(k, r.Mod(r, bigN))
}

// TestSign_zeroR and TestSign_opposite: a nonce with r = 0 or r + k = n is given up for the
// next one.
func TestSign_zeroR(t *testing.T) {
	d, k := big.NewInt(1234567), big.NewInt(7654321)
	checkRetry(t, d, k, digestOfR(k, new(big.Int)))
}

func TestSign_opposite(t *testing.T) {
	d, k := big.NewInt(1234567), big.NewInt(7654321)
	checkRetry(t, d, k, digestOfR(k, new(big.Int).Sub(bigN, k)))
}

// referenceVerify verifies with gmsm.
func referenceVerify(p *affinePoint, digest, r, s *big.Int) bool {
	if r.Sign() == 0 || s.Sign() == 0 {
		return false
	}
	x, y := p.x.bytes(), p.y.bytes()
	key := &ecdsa.PublicKey{Curve: referenceCurve, X: new(big.Int).SetBytes(x[:]), Y: new(big.Int).SetBytes(y[:])}
	return sm2.VerifyASN1(key, bytesFromBig(digest)[:], ecsig.MarshalDER(bytesFromBig(r)[:], bytesFromBig(s)[:]))
}

// forge returns a key and a signature of digest 13 whose point is the one at x, for the r
// that is given: for any R and any s, the key is Q = (R - s G) / (r + s).
func forge(t *testing.T, x, r *big.Int) (forged, bool) {
	p, ok := pointAt(x)
	if !ok {
		return forged{}, false
	}
	s := big.NewInt(0x123456789)
	inverse := new(big.Int).ModInverse(new(big.Int).Add(r, s), bigN)
	q, ok := referenceDoubleMultiple(new(big.Int).Mul(new(big.Int).Neg(s), inverse), inverse, &p)
	require.True(t, ok)
	return forged{point: q, r: r, s: s}, true
}

// rOf is the r of a signature of digest 13 whose point has this x coordinate, modulo n or
// not.
func rOf(x *big.Int) *big.Int { return new(big.Int).Add(x, big.NewInt(13)) }

// TestVerify_infinity verifies signatures whose sum s G + t Q is infinity.
func TestVerify_infinity(t *testing.T) {
	d, s := big.NewInt(5), big.NewInt(10)
	p, _ := referenceMultiple(d)
	r := new(big.Int).Sub(bigN, big.NewInt(12)) // t = -2, and s + t d = 0
	for digest := range int64(20) {
		require.False(t, verifyTwice(t, p, big.NewInt(digest), r, s))
		require.False(t, referenceVerify(&p, big.NewInt(digest), r, s))
	}
}

// TestVerify_opposite verifies signatures with r + s = n.
func TestVerify_opposite(t *testing.T) {
	p, _ := referenceMultiple(big.NewInt(5))
	s := big.NewInt(10)
	q, _ := referenceMultiple(s) // what s G + 0 Q would be
	r := new(big.Int).Sub(bigN, s)
	digest := new(big.Int).Sub(r, bigFromField(q.x))
	digest.Mod(digest, bigN) // with which r = e + x
	require.False(t, verifyTwice(t, p, digest, r, s))
	require.False(t, referenceVerify(&p, digest, r, s))
}

// derivedLimbs are the numbers that a key holds beside its secret.
func derivedLimbs(k *PrivateKey) []*[4]uint64 { return []*[4]uint64{(*[4]uint64)(&k.inverse)} }

// xOfOne is the x coordinate of a point whose y is 1.
const xOfOne = "9c17043effe1a805a74a9a5e70b9d659705d3242094a566dc016f49311178d1f"

// A point of order 1723 on y^2 = x^3 - 3x + 6.
const (
	smallOrder = 1723
	smallX     = "55531a8f81b433da0c6dc608b013dc0d185b57b5e6431051c0eeed6ed696368d"
	smallY     = "1f27acc5f51cc96922af43b086d6190b9c038e122bd6683ac2d7ef10df0ae3c2"
)
