// Code generated from p256/lanesform.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import "math/bits"

// In the lanes an element x is x 2^260 modulo p; here it is x 2^256.
//
// Coordinates come to the lanes, and back, as they are, which divides the elements by 16, or
// multiplies them by it. With Y and ZZZ divided by 64, or multiplied by that, the point is the same,
// with the denominators of z / 4, or 4 z: a factor of 4 is missing, the root of 16.

// 1 and -1 in the lanes, 16 and -16 here.
var (
	lanesOne      = fieldOne.toLanes()
	lanesMinusOne = func() (z fieldElement) { z.negate(&lanesOne); return z }()
)

// toLanes returns the representation of x in the lanes: x 2^260, not x 2^256.
func (x *fieldElement) toLanes() fieldElement {
	z := *x
	for range 4 {
		z.add(&z, &z)
	}
	return z
}

// divideByRoot divides z by 4.
func (z *fieldElement) divideByRoot() {
	z.half(z)
	z.half(z)
}

// multiplyByRoot multiplies z by 4.
func (z *fieldElement) multiplyByRoot() {
	z.add(z, z)
	z.add(z, z)
}

// setWide sets z to low + 2^256 high, which is below 4 p.
func (z *fieldElement) setWide(low *[4]uint64, high uint64) {
	*z = *low
	for range 3 {
		r0, b := bits.Sub64(z[0], p0, 0)
		r1, b := bits.Sub64(z[1], p1, b)
		r2, b := bits.Sub64(z[2], p2, b)
		r3, b := bits.Sub64(z[3], p3, b)
		rest, b := bits.Sub64(high, 0, b)
		keep := -b
		z[0] = z[0]&keep | r0&^keep
		z[1] = z[1]&keep | r1&^keep
		z[2] = z[2]&keep | r2&^keep
		z[3] = z[3]&keep | r3&^keep
		high = high&keep | rest&^keep
	}
}
