// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/modinv"
)

// A fieldElement is an element of GF(p), p = 2^256 - 2^32 - 977, as four 64-bit
// limbs, the least significant first.
//
// Every 256-bit value is allowed: an element has one or two representations, v
// and, if v < 2^256 - p, v + p. All operations accept and return both; only
// [fieldElement.canonical], and what calls it, picks the one below p. This is
// cheaper than a full reduction after each operation, and leaves no bound for
// the callers to track.
type fieldElement [4]uint64

// fieldFold is 2^256 mod p. A carry out of the top limb is worth this much.
const fieldFold = 1<<32 + 977

// fieldP0 is the lowest limb of p. The other three are all ones.
const fieldP0 = 1<<64 - fieldFold

// add sets z to x + y.
func (z *fieldElement) add(x, y *fieldElement) {
	var c uint64
	z0, c := bits.Add64(x[0], y[0], 0)
	z1, c := bits.Add64(x[1], y[1], c)
	z2, c := bits.Add64(x[2], y[2], c)
	z3, c := bits.Add64(x[3], y[3], c)

	z0, c = bits.Add64(z0, -c&fieldFold, 0)
	z1, c = bits.Add64(z1, 0, c)
	z2, c = bits.Add64(z2, 0, c)
	z3, c = bits.Add64(z3, 0, c)

	// A second carry leaves a value below fieldFold, so this one ends in limb 0.
	z[0], z[1], z[2], z[3] = z0+-c&fieldFold, z1, z2, z3
}

// sub sets z to x - y.
func (z *fieldElement) sub(x, y *fieldElement) {
	var b uint64
	z0, b := bits.Sub64(x[0], y[0], 0)
	z1, b := bits.Sub64(x[1], y[1], b)
	z2, b := bits.Sub64(x[2], y[2], b)
	z3, b := bits.Sub64(x[3], y[3], b)

	z0, b = bits.Sub64(z0, -b&fieldFold, 0)
	z1, b = bits.Sub64(z1, 0, b)
	z2, b = bits.Sub64(z2, 0, b)
	z3, b = bits.Sub64(z3, 0, b)

	// A second borrow leaves a value of at least 2^256 - fieldFold, whose limb 0
	// is at least 2^64 - fieldFold: the subtraction ends there.
	z[0], z[1], z[2], z[3] = z0-(-b&fieldFold), z1, z2, z3
}

// negate sets z to -x.
func (z *fieldElement) negate(x *fieldElement) {
	z.sub(&fieldElement{}, x)
}

// mul sets z to x * y.
func (z *fieldElement) mul(x, y *fieldElement) {
	if assembly {
		mulAssembly(z, x, y)
		return
	}
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	var c uint64

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

	// The upper half r4..r7 is worth fieldFold times itself.
	h4, m4 := bits.Mul64(r4, fieldFold)
	h5, m5 := bits.Mul64(r5, fieldFold)
	h6, m6 := bits.Mul64(r6, fieldFold)
	h7, m7 := bits.Mul64(r7, fieldFold)
	m5, c = bits.Add64(m5, h4, 0)
	m6, c = bits.Add64(m6, h5, c)
	m7, c = bits.Add64(m7, h6, c)
	h7, _ = bits.Add64(h7, 0, c)
	r0, c = bits.Add64(r0, m4, 0)
	r1, c = bits.Add64(r1, m5, c)
	r2, c = bits.Add64(r2, m6, c)
	r3, c = bits.Add64(r3, m7, c)
	h7, _ = bits.Add64(h7, 0, c)

	// So is the limb h7 that this left over, of at most 34 bits.
	hi, lo := bits.Mul64(h7, fieldFold)
	r0, c = bits.Add64(r0, lo, 0)
	r1, c = bits.Add64(r1, hi, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	// h7 is at most fieldFold. So a carry leaves less than fieldFold^2 < 2^67, and this
	// one ends in limb 1.
	z[0], c = bits.Add64(r0, -c&fieldFold, 0)
	z[1], z[2], z[3] = r1+c, r2, r3
}

// sqr sets z to x * x.
func (z *fieldElement) sqr(x *fieldElement) {
	if assembly {
		sqrAssembly(z, x)
		return
	}
	x0, x1, x2, x3 := x[0], x[1], x[2], x[3]
	var c uint64
	// The products of two different limbs, r1..r6, each of which counts twice.
	r2, r1 := bits.Mul64(x0, x1)
	h2, l2 := bits.Mul64(x0, x2)
	h3, l3 := bits.Mul64(x0, x3)
	h4, l4 := bits.Mul64(x1, x3)
	h5, l5 := bits.Mul64(x2, x3)
	ha, la := bits.Mul64(x1, x2)
	r2, c = bits.Add64(r2, l2, 0)
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

	h4, m4 := bits.Mul64(r4, fieldFold)
	h5, m5 := bits.Mul64(r5, fieldFold)
	h6, m6 := bits.Mul64(r6, fieldFold)
	h7, m7 := bits.Mul64(r7, fieldFold)
	m5, c = bits.Add64(m5, h4, 0)
	m6, c = bits.Add64(m6, h5, c)
	m7, c = bits.Add64(m7, h6, c)
	h7, _ = bits.Add64(h7, 0, c)
	r0, c = bits.Add64(r0, m4, 0)
	r1, c = bits.Add64(r1, m5, c)
	r2, c = bits.Add64(r2, m6, c)
	r3, c = bits.Add64(r3, m7, c)
	h7, _ = bits.Add64(h7, 0, c)

	// So is the limb h7 that this left over, of at most 34 bits.
	hi, lo := bits.Mul64(h7, fieldFold)
	r0, c = bits.Add64(r0, lo, 0)
	r1, c = bits.Add64(r1, hi, c)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	z[0], c = bits.Add64(r0, -c&fieldFold, 0)
	z[1], z[2], z[3] = r1+c, r2, r3
}

// half sets z to x / 2.
func (z *fieldElement) half(x *fieldElement) {
	// If x is odd, x + p is even: half of a 257-bit value whose carry is c.
	odd := -(x[0] & 1)
	z0, c := bits.Add64(x[0], odd&fieldP0, 0)
	z1, c := bits.Add64(x[1], odd, c)
	z2, c := bits.Add64(x[2], odd, c)
	z3, c := bits.Add64(x[3], odd, c)
	z[0] = z0>>1 | z1<<63
	z[1] = z1>>1 | z2<<63
	z[2] = z2>>1 | z3<<63
	z[3] = z3>>1 | c<<63
}

// inverse sets z to 1 / x, or to 0 if x is 0.
func (z *fieldElement) inverse(x *fieldElement) {
	c := x.canonical()
	fieldModulus.Invert((*[4]uint64)(z), (*[4]uint64)(&c))
	c = fieldElement{}
}

// inverseWith sets z to 1 / x, and y to 1 / y modulo n, for less than two inversions.
func (z *fieldElement) inverseWith(x *fieldElement, y *scalar) {
	c := x.canonical()
	modinv.InvertBoth(&fieldModulus, (*[4]uint64)(z), (*[4]uint64)(&c), &scalarModulus, (*[4]uint64)(y), (*[4]uint64)(y))
	c = fieldElement{}
}

// canonical returns the representation of x below p.
func (x *fieldElement) canonical() fieldElement {
	// x >= p exactly if x + fieldFold carries, and then that sum is x - p.
	z0, c := bits.Add64(x[0], fieldFold, 0)
	z1, c := bits.Add64(x[1], 0, c)
	z2, c := bits.Add64(x[2], 0, c)
	z3, c := bits.Add64(x[3], 0, c)
	z := fieldElement{z0, z1, z2, z3}
	z.selectFrom(-c, &z, x)
	return z
}

// isZero returns all ones if x is 0, and 0 if not.
func (x *fieldElement) isZero() uint64 {
	zero := x[0] | x[1] | x[2] | x[3]
	p := x[0] ^ fieldP0 | ^(x[1] & x[2] & x[3])
	return maskZero(zero) | maskZero(p)
}

// equal returns all ones if x and y are the same element, and 0 if not.
func (x *fieldElement) equal(y *fieldElement) uint64 {
	var d fieldElement
	d.sub(x, y)
	return d.isZero()
}

// setLimbs sets z to the number x.
func (z *fieldElement) setLimbs(x *[4]uint64) { *z = *x }

// limbs returns x as a number below p.
func (x *fieldElement) limbs() [4]uint64 { return x.canonical() }
