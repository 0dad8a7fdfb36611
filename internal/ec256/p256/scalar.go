// SPDX-License-Identifier: Apache-2.0

package p256

import "math/bits"

// A scalar is an integer modulo n, the order of the group, as four 64-bit limbs,
// the least significant first. It is always below n.
type scalar [4]uint64

// setReduced sets z to x modulo n, where x < 2n is given by its limbs and the carry out
// of them. It reports, as all ones or 0, whether x was n or more.
func (z *scalar) setReduced(x0, x1, x2, x3, carry uint64) (reduced uint64) {
	t0, b := bits.Sub64(x0, n0, 0)
	t1, b := bits.Sub64(x1, n1, b)
	t2, b := bits.Sub64(x2, n2, b)
	t3, b := bits.Sub64(x3, n3, b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b
	z[0] = x0&keep | t0&^keep
	z[1] = x1&keep | t1&^keep
	z[2] = x2&keep | t2&^keep
	z[3] = x3&keep | t3&^keep
	return ^keep
}

// setLimbs sets z to x modulo n. It reports, as all ones or 0, whether x was n or more.
func (z *scalar) setLimbs(x *[4]uint64) (reduced uint64) {
	return z.setReduced(x[0], x[1], x[2], x[3], 0) // 2^256 < 2n
}

// setBytes sets z to the big-endian b modulo n. It reports, as all ones or 0,
// whether b was n or more.
func (z *scalar) setBytes(b *[32]byte) (reduced uint64) {
	x := limbsOf(b)
	return z.setLimbs(&x)
}

// bytes returns x in big-endian order.
func (x *scalar) bytes() [32]byte {
	return bytesOf((*[4]uint64)(x))
}

// add sets z to x + y.
func (z *scalar) add(x, y *scalar) {
	t0, c := bits.Add64(x[0], y[0], 0)
	t1, c := bits.Add64(x[1], y[1], c)
	t2, c := bits.Add64(x[2], y[2], c)
	t3, c := bits.Add64(x[3], y[3], c)
	z.setReduced(t0, t1, t2, t3, c)
}

// sub sets z to x - y.
func (z *scalar) sub(x, y *scalar) {
	t0, b := bits.Sub64(x[0], y[0], 0)
	t1, b := bits.Sub64(x[1], y[1], b)
	t2, b := bits.Sub64(x[2], y[2], b)
	t3, b := bits.Sub64(x[3], y[3], b)
	borrowed := -b
	var c uint64
	z[0], c = bits.Add64(t0, borrowed&n0, 0)
	z[1], c = bits.Add64(t1, borrowed&n1, c)
	z[2], c = bits.Add64(t2, borrowed&n2, c)
	z[3], _ = bits.Add64(t3, borrowed&n3, c)
}

// negateIf sets z to -x if mask is all ones, and to x if it is 0.
func (z *scalar) negateIf(mask uint64, x *scalar) {
	var minus scalar
	minus.sub(&minus, x)
	for i := range z {
		z[i] = minus[i]&mask | x[i]&^mask
	}
	minus = scalar{}
}

// inverse sets z to 1 / x, or to 0 if x is 0.
func (z *scalar) inverse(x *scalar) {
	scalarModulus.Invert((*[4]uint64)(z), (*[4]uint64)(x))
}

// inversePublic is inverse in variable time.
func (z *scalar) inversePublic(x *scalar) {
	scalarModulus.InvertPublic((*[4]uint64)(z), (*[4]uint64)(x))
}

// isZero returns all ones if x is 0, and 0 if not.
func (x *scalar) isZero() uint64 {
	return maskZero(x[0] | x[1] | x[2] | x[3])
}

// differs returns 0 if x and y are equal, and another number if not.
func (x *scalar) differs(y *scalar) uint64 {
	return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])
}
