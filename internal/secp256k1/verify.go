// Code generated from p256/verify.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// A PublicKey verifies signatures. It is made by [NewPublicKey] or [PrivateKey.PublicKey],
// and safe for concurrent use. The second verification makes tables of 4 KiB, with which those that
// follow are faster. Where there are lanes, the twelfth makes one of 52 KiB, with which they are
// faster again.
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

// fits reports whether the claim is true. Infinity has no x coordinate.
func (p *publicPoint) fits(c *claim) bool { return p.fitsWith(p.forLanes(1), c) }

// fitsWith is fits with the key's table for the lanes, or nil.
func (p *publicPoint) fitsWith(t *ecifma.PublicTable, c *claim) bool {
	if t != nil {
		x, zz := sumInLanes(lanes, &c.u, &c.v, t)
		return p.fitsInLanes(c, &x, &zz)
	}
	return p.fitsWithoutLanes(c)
}

func (p *publicPoint) fitsWithoutLanes(c *claim) bool {
	var sum jacobianPoint
	sum.setDoubleMultiple(&c.u, &c.v, p)
	return sum.hasX(&c.x)
}

// hasX reports whether the x coordinate of r modulo n is c. Infinity has none.
func (r *jacobianPoint) hasX(c *scalar) bool {
	if r.z.isZero() != 0 {
		return false
	}
	var zz fieldElement
	zz.sqr(&r.z)
	return c.isX(&r.x, &zz)
}

// isX reports whether c is X / ZZ modulo n, where ZZ is not 0.
func (c *scalar) isX(xx, zz *fieldElement) bool {
	// x is c or, if that is below p, c + n. Compared as X = x ZZ, it needs no division.
	var x fieldElement
	candidate := [4]uint64(*c)
	x.setLimbs(&candidate)
	x.mul(&x, zz)
	if x.equal(xx) != 0 {
		return true
	}
	t0, carry := bits.Add64(c[0], n0, 0)
	t1, carry := bits.Add64(c[1], n1, carry)
	t2, carry := bits.Add64(c[2], n2, carry)
	t3, carry := bits.Add64(c[3], n3, carry)
	candidate = [4]uint64{t0, t1, t2, t3}
	x.setLimbs(&candidate)
	if carry != 0 || x.limbs() != candidate {
		return false
	}
	x.mul(&x, zz)
	return x.equal(xx) != 0
}
