// SPDX-License-Identifier: Apache-2.0

package p256

// A PublicKey verifies signatures. It is made by [NewPublicKey] or [PrivateKey.PublicKey],
// and safe for concurrent use. The second verification makes tables of 4 KiB, with which
// it and all that follow take less than half of the time. Where there are lanes, the twelfth
// makes one of 52 KiB, with which they take a tenth of that of the first.
type PublicKey struct {
	point publicPoint
}

// NewPublicKey returns the public key with the big-endian coordinates x and y. It
// reports false if a coordinate is p or more, or the point is not on the curve.
func NewPublicKey(x, y *[32]byte) (*PublicKey, bool) {
	var p affinePoint
	if !p.x.setBytes(x) || !p.y.setBytes(y) || !p.isOnCurve() {
		return nil, false
	}
	return newPublicKey(&p), true
}

func newPublicKey(p *affinePoint) *PublicKey {
	return &PublicKey{point: publicPoint{affinePoint: *p}}
}

// Coordinates returns the big-endian coordinates of the point.
func (p *PublicKey) Coordinates() (x, y [32]byte) {
	return p.point.x.bytes(), p.point.y.bytes()
}

// Verify reports whether (r, s) is a signature of the digest by this key: see claim.set.
func (p *PublicKey) Verify(digest *[32]byte, r, s *[32]byte) bool {
	var c claim
	if !c.set(digest, r, s) {
		return false
	}
	if dividesClaims {
		c.divisor.inversePublic(&c.divisor)
		c.divide(&c.divisor)
	}
	return p.point.fits(&c)
}

// A claim is what a signature says of a key Q: that the x coordinate of u G + v Q, modulo n, is
// x. Until it is divided, u and v are to be divided by the divisor.
type claim struct {
	u, v, x, divisor scalar
}

// mulScaled sets z to x y times a constant, which makes it cheaper: 2^-256.
func (z *scalar) mulScaled(x, y *scalar) { z.mulMontgomery(x, y) }

// divide divides u and v, with the inverse of the divisor.
func (c *claim) divide(inverse *scalar) {
	var montgomery scalar // so that each product takes one reduction
	montgomery.mulMontgomery(inverse, &scalarRSquared)
	c.u.mulMontgomery(&c.u, &montgomery)
	c.v.mulMontgomery(&c.v, &montgomery)
}
