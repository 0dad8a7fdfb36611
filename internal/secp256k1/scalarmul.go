// SPDX-License-Identifier: Apache-2.0

package secp256k1

import "math/bits"

// Products of scalars, and which of them are high.

// The limbs of (n - 1) / 2.
const (
	scalarHalf0 = 0xdfe92f46681b20a0
	scalarHalf1 = 0x5d576e7357a4501d
	scalarHalf2 = 0xffffffffffffffff
	scalarHalf3 = 0x7fffffffffffffff
)

// The limbs of 2^256 - n, a number of 129 bits, and what 2^256 is worth modulo n.
const (
	scalarFold0 = 0x402da1732fc9bebf
	scalarFold1 = 0x4551231950b75fc4
	// The third is 1.
)

// isHigh returns all ones if x is above (n - 1) / 2, and 0 if not.
func (x *scalar) isHigh() uint64 {
	_, b := bits.Sub64(scalarHalf0, x[0], 0)
	_, b = bits.Sub64(scalarHalf1, x[1], b)
	_, b = bits.Sub64(scalarHalf2, x[2], b)
	_, b = bits.Sub64(scalarHalf3, x[3], b)
	return -b
}

// mul sets z to x * y. The factors may be any four limbs.
func (z *scalar) mul(x, y *scalar) {
	var w [8]uint64
	mulWide(&w, (*[4]uint64)(x), (*[4]uint64)(y))

	// With f = 2^256 - n, low + 2^256 high is low + f high modulo n. Three rounds of it
	// bring the product down: below 2^256 + 2^385 < 2^386, so high < 2^130; below
	// 2^256 + 2^259 < 2^260, so high < 2^4; below 2^256 + 2^133. Each adds high times the
	// three limbs of f, one after the other.
	var c uint64
	x0, x1, x2, x3 := w[4], w[5], w[6], w[7]
	h0, l0 := bits.Mul64(x0, scalarFold0)
	h1, l1 := bits.Mul64(x1, scalarFold0)
	h2, l2 := bits.Mul64(x2, scalarFold0)
	h3, l3 := bits.Mul64(x3, scalarFold0)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	h3 += c
	r0, c := bits.Add64(w[0], l0, 0)
	r1, c := bits.Add64(w[1], l1, c)
	r2, c := bits.Add64(w[2], l2, c)
	r3, c := bits.Add64(w[3], l3, c)
	r4, c := bits.Add64(h3, 0, c)
	r5 := c

	h0, l0 = bits.Mul64(x0, scalarFold1)
	h1, l1 = bits.Mul64(x1, scalarFold1)
	h2, l2 = bits.Mul64(x2, scalarFold1)
	h3, l3 = bits.Mul64(x3, scalarFold1)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	l3, c = bits.Add64(l3, h2, c)
	h3 += c
	r1, c = bits.Add64(r1, l0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, l2, c)
	r4, c = bits.Add64(r4, l3, c)
	r5 += h3 + c // no carry: h3 is below scalarFold1, which is below 2^63

	r2, c = bits.Add64(r2, x0, 0)
	r3, c = bits.Add64(r3, x1, c)
	r4, c = bits.Add64(r4, x2, c)
	r5, c = bits.Add64(r5, x3, c)
	r6 := c

	h0, l0 = bits.Mul64(r4, scalarFold0)
	h1, l1 = bits.Mul64(r5, scalarFold0)
	h2, l2 = bits.Mul64(r6, scalarFold0)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	h2 += c
	r0, c = bits.Add64(r0, l0, 0)
	r1, c = bits.Add64(r1, l1, c)
	r2, c = bits.Add64(r2, l2, c)
	r3, c = bits.Add64(r3, h2, c)
	top := c

	h0, l0 = bits.Mul64(r4, scalarFold1)
	h1, l1 = bits.Mul64(r5, scalarFold1)
	h2, l2 = bits.Mul64(r6, scalarFold1)
	l1, c = bits.Add64(l1, h0, 0)
	l2, c = bits.Add64(l2, h1, c)
	h2 += c
	r1, c = bits.Add64(r1, l0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, l2, c)
	top += h2 + c

	r2, c = bits.Add64(r2, r4, 0)
	r3, c = bits.Add64(r3, r5, c)
	top += r6 + c

	h0, l0 = bits.Mul64(top, scalarFold0)
	h1, l1 = bits.Mul64(top, scalarFold1)
	l1, c = bits.Add64(l1, h0, 0)
	l2 = top + h1 + c // no carry: top is below 2^4
	r0, c = bits.Add64(r0, l0, 0)
	r1, c = bits.Add64(r1, l1, c)
	r2, c = bits.Add64(r2, l2, c)
	r3, c = bits.Add64(r3, 0, c)
	z.setReduced(r0, r1, r2, r3, c)
	w = [8]uint64{}
}

// mulWide sets z to the product of x and y, row by row: each x[i] times y is five limbs,
// added to the sum so far.
func mulWide(z *[8]uint64, x, y *[4]uint64) {
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	var c uint64

	x0 := x[0]
	h0, r0 := bits.Mul64(x0, y0)
	h1, l1 := bits.Mul64(x0, y1)
	h2, l2 := bits.Mul64(x0, y2)
	h3, l3 := bits.Mul64(x0, y3)
	r1, c := bits.Add64(h0, l1, 0)
	r2, c := bits.Add64(h1, l2, c)
	r3, c := bits.Add64(h2, l3, c)
	r4 := h3 + c
	z[0] = r0

	x1 := x[1]
	h0, l0 := bits.Mul64(x1, y0)
	h1, l1 = bits.Mul64(x1, y1)
	h2, l2 = bits.Mul64(x1, y2)
	h3, l3 = bits.Mul64(x1, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r1, c = bits.Add64(r1, l0, 0)
	r2, c = bits.Add64(r2, l1, c)
	r3, c = bits.Add64(r3, l2, c)
	r4, c = bits.Add64(r4, l3, c)
	r5 := h3 + c
	z[1] = r1

	x2 := x[2]
	h0, l0 = bits.Mul64(x2, y0)
	h1, l1 = bits.Mul64(x2, y1)
	h2, l2 = bits.Mul64(x2, y2)
	h3, l3 = bits.Mul64(x2, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r2, c = bits.Add64(r2, l0, 0)
	r3, c = bits.Add64(r3, l1, c)
	r4, c = bits.Add64(r4, l2, c)
	r5, c = bits.Add64(r5, l3, c)
	r6 := h3 + c
	z[2] = r2

	x3 := x[3]
	h0, l0 = bits.Mul64(x3, y0)
	h1, l1 = bits.Mul64(x3, y1)
	h2, l2 = bits.Mul64(x3, y2)
	h3, l3 = bits.Mul64(x3, y3)
	l1, c = bits.Add64(h0, l1, 0)
	l2, c = bits.Add64(h1, l2, c)
	l3, c = bits.Add64(h2, l3, c)
	h3 += c
	r3, c = bits.Add64(r3, l0, 0)
	r4, c = bits.Add64(r4, l1, c)
	r5, c = bits.Add64(r5, l2, c)
	r6, c = bits.Add64(r6, l3, c)
	z[3], z[4], z[5], z[6], z[7] = r3, r4, r5, r6, h3+c
}

// mulScaled sets z to x y times a constant, if that is cheaper. It is not.
func (z *scalar) mulScaled(x, y *scalar) { z.mul(x, y) }

// divide divides u and v, with the inverse of the divisor.
func (c *claim) divide(inverse *scalar) {
	c.u.mul(&c.u, inverse)
	c.v.mul(&c.v, inverse)
}
