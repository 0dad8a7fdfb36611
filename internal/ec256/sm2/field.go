// Code generated from p256/field.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/modinv"
)

// A fieldElement is an element x of GF(p) as x 2^256 mod p, in four 64-bit limbs, the
// least significant first: Montgomery's form. It is always below p, so that an element
// has one representation.
type fieldElement [4]uint64

// add sets z to x + y.
func (z *fieldElement) add(x, y *fieldElement) {
	r0, c := bits.Add64(x[0], y[0], 0)
	r1, c := bits.Add64(x[1], y[1], c)
	r2, c := bits.Add64(x[2], y[2], c)
	r3, c := bits.Add64(x[3], y[3], c)

	// The sum is below 2p. p is taken off, and added back if that borrows.
	r0, b := bits.Sub64(r0, p0, 0)
	r1, b = bits.Sub64(r1, p1, b)
	r2, b = bits.Sub64(r2, p2, b)
	r3, b = bits.Sub64(r3, p3, b)
	_, b = bits.Sub64(c, 0, b)
	borrowed := -b
	z[0], c = bits.Add64(r0, borrowed&p0, 0)
	z[1], c = bits.Add64(r1, borrowed&p1, c)
	z[2], c = bits.Add64(r2, borrowed&p2, c)
	z[3], _ = bits.Add64(r3, borrowed&p3, c)
}

// sub sets z to x - y.
func (z *fieldElement) sub(x, y *fieldElement) {
	r0, b := bits.Sub64(x[0], y[0], 0)
	r1, b := bits.Sub64(x[1], y[1], b)
	r2, b := bits.Sub64(x[2], y[2], b)
	r3, b := bits.Sub64(x[3], y[3], b)
	borrowed := -b
	var c uint64
	z[0], c = bits.Add64(r0, borrowed&p0, 0)
	z[1], c = bits.Add64(r1, borrowed&p1, c)
	z[2], c = bits.Add64(r2, borrowed&p2, c)
	z[3], _ = bits.Add64(r3, borrowed&p3, c)
}

// negate sets z to -x.
func (z *fieldElement) negate(x *fieldElement) {
	z.sub(&fieldElement{}, x)
}

// mul sets z to x * y: of the representations, to their product divided by 2^256. x may be
// any four limbs.
func (z *fieldElement) mul(x, y *fieldElement) {
	if assembly {
		mulAssembly(z, x, y)
		return
	}
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]

	// Row by row: each x[i] times y is five limbs, added to the sum so far.
	x0 := x[0]
	h0, r0 := bits.Mul64(x0, y0)
	h1, l1 := bits.Mul64(x0, y1)
	h2, l2 := bits.Mul64(x0, y2)
	h3, l3 := bits.Mul64(x0, y3)
	r1, c := bits.Add64(h0, l1, 0)
	r2, c := bits.Add64(h1, l2, c)
	r3, c := bits.Add64(h2, l3, c)
	r4, _ := bits.Add64(h3, 0, c)

	x1 := x[1]
	h0, l0 := bits.Mul64(x1, y0)
	h1, l1 = bits.Mul64(x1, y1)
	h2, l2 = bits.Mul64(x1, y2)
	h3, l3 = bits.Mul64(x1, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3, _ = bits.Add64(h3, 0, c)
	r1, c = bits.Add64(r1, l0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, l2, c)
	r4, c = bits.Add64(r4, l3, c)
	r5, _ := bits.Add64(h3, 0, c)

	x2 := x[2]
	h0, l0 = bits.Mul64(x2, y0)
	h1, l1 = bits.Mul64(x2, y1)
	h2, l2 = bits.Mul64(x2, y2)
	h3, l3 = bits.Mul64(x2, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3, _ = bits.Add64(h3, 0, c)
	r2, c = bits.Add64(r2, l0, 0)
	r3, c = bits.Add64(r3, l1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, l3, c)
	r6, _ := bits.Add64(h3, 0, c)

	x3 := x[3]
	h0, l0 = bits.Mul64(x3, y0)
	h1, l1 = bits.Mul64(x3, y1)
	h2, l2 = bits.Mul64(x3, y2)
	h3, l3 = bits.Mul64(x3, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3, _ = bits.Add64(h3, 0, c)
	r3, c = bits.Add64(r3, l0, 0)
	r4, c = bits.Add64(r4, l1, c)
	r5, c = bits.Add64(r5, l2, c)
	r6, c = bits.Add64(r6, l3, c)
	r7, _ := bits.Add64(h3, 0, c)

	// The lower half is divided by 2^256, limb by limb, after a multiple of p that makes
	// the division exact is added (P. Montgomery, "Modular Multiplication without Trial
	// Division", 1985). The result is at most p, and the upper half below p, because y
	// is. So p comes off once at most.
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, c = bits.Add64(r0, r4, 0)
	r1, c = bits.Add64(r1, r5, c)
	r2, c = bits.Add64(r2, r6, c)
	r3, c = bits.Add64(r3, r7, c)
	r0, b := bits.Sub64(r0, p0, 0)
	r1, b = bits.Sub64(r1, p1, b)
	r2, b = bits.Sub64(r2, p2, b)
	r3, b = bits.Sub64(r3, p3, b)
	_, b = bits.Sub64(c, 0, b)
	borrowed := -b
	z[0], c = bits.Add64(r0, borrowed&p0, 0)
	z[1], c = bits.Add64(r1, borrowed&p1, c)
	z[2], c = bits.Add64(r2, borrowed&p2, c)
	z[3], _ = bits.Add64(r3, borrowed&p3, c)
}

// sqr sets z to x * x.
func (z *fieldElement) sqr(x *fieldElement) {
	if assembly {
		sqrAssembly(z, x)
		return
	}
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	// The products of two different limbs, r1..r6, each of which counts twice.
	r2, r1 := bits.Mul64(x0, x1)
	h2, l2 := bits.Mul64(x0, x2)
	h3, l3 := bits.Mul64(x0, x3)
	h4, l4 := bits.Mul64(x1, x3)
	h5, l5 := bits.Mul64(x2, x3)
	ha, la := bits.Mul64(x1, x2)
	r2, c := bits.Add64(r2, l2, 0)
	r3, c := bits.Add64(h2, l3, c)
	r4, c := bits.Add64(h3, l4, c)
	r5, c := bits.Add64(h4, l5, c)
	r6, _ := bits.Add64(h5, 0, c)
	r3, c = bits.Add64(r3, la, 0)
	r4, c = bits.Add64(r4, ha, c)
	r5, c = bits.Add64(r5, 0, c)
	r6, _ = bits.Add64(r6, 0, c)
	r7 := r6 >> 63
	r6 = r6<<1 | r5>>63
	r5 = r5<<1 | r4>>63
	r4 = r4<<1 | r3>>63
	r3 = r3<<1 | r2>>63
	r2 = r2<<1 | r1>>63
	r1 = r1 << 1
	h0, r0 := bits.Mul64(x0, x0)
	h1, l1 := bits.Mul64(x1, x1)
	h2, l2 = bits.Mul64(x2, x2)
	h3, l3 = bits.Mul64(x3, x3)
	r1, c = bits.Add64(r1, h0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, h1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, h2, c)
	r6, c = bits.Add64(r6, l3, c)
	r7, _ = bits.Add64(r7, h3, c)

	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, r1, r2, r3 = reduceLimb(r0, r1, r2, r3)
	r0, c = bits.Add64(r0, r4, 0)
	r1, c = bits.Add64(r1, r5, c)
	r2, c = bits.Add64(r2, r6, c)
	r3, c = bits.Add64(r3, r7, c)
	r0, b := bits.Sub64(r0, p0, 0)
	r1, b = bits.Sub64(r1, p1, b)
	r2, b = bits.Sub64(r2, p2, b)
	r3, b = bits.Sub64(r3, p3, b)
	_, b = bits.Sub64(c, 0, b)
	borrowed := -b
	z[0], c = bits.Add64(r0, borrowed&p0, 0)
	z[1], c = bits.Add64(r1, borrowed&p1, c)
	z[2], c = bits.Add64(r2, borrowed&p2, c)
	z[3], _ = bits.Add64(r3, borrowed&p3, c)
}

// half sets z to x / 2.
func (z *fieldElement) half(x *fieldElement) {
	// If x is odd, x + p is even: half of a 257-bit value whose carry is c.
	odd := -(x[0] & 1)
	z0, c := bits.Add64(x[0], odd&p0, 0)
	z1, c := bits.Add64(x[1], odd&p1, c)
	z2, c := bits.Add64(x[2], odd&p2, c)
	z3, c := bits.Add64(x[3], odd&p3, c)
	z[0] = z0>>1 | z1<<63
	z[1] = z1>>1 | z2<<63
	z[2] = z2>>1 | z3<<63
	z[3] = z3>>1 | c<<63
}

// inverse sets z to 1 / x, or to 0 if x is 0.
func (z *fieldElement) inverse(x *fieldElement) {
	// Of the representation x 2^256 it is 1 / x 2^-256: two factors of 2^256 short.
	var inverse fieldElement
	fieldModulus.Invert((*[4]uint64)(&inverse), (*[4]uint64)(x))
	z.mul(&inverse, &fieldRCubed)
	inverse = fieldElement{}
}

// inverseWith sets z to 1 / x, and y to 1 / y modulo n, for less than two inversions.
func (z *fieldElement) inverseWith(x *fieldElement, y *scalar) {
	var inverse fieldElement
	modinv.InvertBoth(&fieldModulus, (*[4]uint64)(&inverse), (*[4]uint64)(x), &scalarModulus, (*[4]uint64)(y), (*[4]uint64)(y))
	z.mul(&inverse, &fieldRCubed)
	inverse = fieldElement{}
}

// isZero returns all ones if x is 0, and 0 if not.
func (x *fieldElement) isZero() uint64 {
	return maskZero(x[0] | x[1] | x[2] | x[3])
}

// equal returns all ones if x and y are the same element, and 0 if not.
func (x *fieldElement) equal(y *fieldElement) uint64 {
	return maskZero((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]))
}

// setLimbs sets z to the number x.
func (z *fieldElement) setLimbs(x *[4]uint64) {
	z.mul((*fieldElement)(x), &fieldRSquared)
}

// limbs returns x as a number below p.
func (x *fieldElement) limbs() [4]uint64 {
	var z fieldElement
	z.mul(x, &fieldElement{1})
	return z
}

// canonical returns the representation of x below p: x, which has no other.
func (x *fieldElement) canonical() fieldElement { return *x }
