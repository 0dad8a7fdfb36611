// SPDX-License-Identifier: Apache-2.0

package p256

import "math/bits"

// Products of scalars.

// mul sets z to x * y.
func (z *scalar) mul(x, y *scalar) {
	z.mulMontgomery(x, y)
	z.mulMontgomery(z, &scalarRSquared)
}

// mulMontgomery sets z to x * y / 2^256.
func (z *scalar) mulMontgomery(x, y *scalar) {
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	var t0, t1, t2, t3, t4 uint64 // below 2n after each limb, because y is below n
	for _, xi := range x {
		// The sum, plus xi y, plus as many n as make the lowest limb 0; and without it.
		h0, l0 := bits.Mul64(xi, y0)
		h1, l1 := bits.Mul64(xi, y1)
		h2, l2 := bits.Mul64(xi, y2)
		h3, l3 := bits.Mul64(xi, y3)
		l1, c := bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c // no carry: a product leaves room for two limbs
		t0, c = bits.Add64(t0, l0, 0)
		t1, c = bits.Add64(t1, l1, c)
		t2, c = bits.Add64(t2, l2, c)
		t3, c = bits.Add64(t3, l3, c)
		t4 += h3 + c // no carry: (2^64 + 1) n is below 2^320

		m := t0 * nMinusInverse
		h0, l0 = bits.Mul64(m, n0)
		h1, l1 = bits.Mul64(m, n1)
		h2, l2 = bits.Mul64(m, n2)
		h3, l3 = bits.Mul64(m, n3)
		l1, c = bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		_, c = bits.Add64(t0, l0, 0)
		t0, c = bits.Add64(t1, l1, c)
		t1, c = bits.Add64(t2, l2, c)
		t2, c = bits.Add64(t3, l3, c)
		t3, c = bits.Add64(t4, h3, c)
		t4 = c
	}
	z.setReduced(t0, t1, t2, t3, t4)
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
