// SPDX-License-Identifier: Apache-2.0

package secp256k1

// Coordinates come to the lanes, and back, as they are, which divides the elements by 2^260, or
// multiplies them by it. With Y and ZZZ divided by 2^390, or multiplied by that, the point
// is the same, with the denominators of z / 2^130, or z 2^130: a factor of 2^130 is missing.

// In the lanes an element x is x 2^260 modulo p.
var (
	lanesOne = fieldElement{fieldFold << 4}
	// 2^130 and 2^-130.
	lanesRoot        = fieldElement{0, 0, 4, 0}
	lanesRootInverse = fieldElement{0xffffffff90d37558, 0x3fffffffffffffff, 0x760e024774894d4c, 0x6f2c88ffb7092816}
)

// lanesMinusOne is -1 in the lanes.
var lanesMinusOne = func() fieldElement {
	var z fieldElement
	z.negate(&lanesOne)
	return z.canonical()
}()

// toLanes returns the representation of x in the lanes.
func (x *fieldElement) toLanes() fieldElement {
	var z fieldElement
	z.mul(x, &lanesOne)
	return z.canonical()
}

// divideByRoot divides z by 2^130.
func (z *fieldElement) divideByRoot() { z.mul(z, &lanesRootInverse) }

// multiplyByRoot multiplies z by 2^130.
func (z *fieldElement) multiplyByRoot() { z.mul(z, &lanesRoot) }

// setWide sets z to low + 2^256 high, where high is small.
func (z *fieldElement) setWide(low *[4]uint64, high uint64) {
	z.add((*fieldElement)(low), &fieldElement{high * fieldFold})
}
