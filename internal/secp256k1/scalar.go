package secp256k1

import "math/bits"

// A scalar is an integer modulo n, the order of the group, as four 64-bit limbs,
// the least significant first. It is always below n.
type scalar [4]uint64

// The limbs of n.
const (
	scalarN0 = 0xbfd25e8cd0364141
	scalarN1 = 0xbaaedce6af48a03b
	scalarN2 = 0xfffffffffffffffe
	scalarN3 = 0xffffffffffffffff
)

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

// setReduced sets z to x mod n, where x < 2^256 + n is given by its limbs and the
// carry out of them. It reports, as all ones or 0, whether x was n or more.
func (z *scalar) setReduced(x0, x1, x2, x3, carry uint64) (reduced uint64) {
	// Since 2^256 < 2n, at most one n is to be taken off: exactly if x - n, the
	// carry counted, does not borrow.
	t0, b := bits.Sub64(x0, scalarN0, 0)
	t1, b := bits.Sub64(x1, scalarN1, b)
	t2, b := bits.Sub64(x2, scalarN2, b)
	t3, b := bits.Sub64(x3, scalarN3, b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b
	z[0] = x0&keep | t0&^keep
	z[1] = x1&keep | t1&^keep
	z[2] = x2&keep | t2&^keep
	z[3] = x3&keep | t3&^keep
	return ^keep
}

// setBytes sets z to the big-endian b modulo n. It reports, as all ones or 0,
// whether b was n or more.
func (z *scalar) setBytes(b *[32]byte) (reduced uint64) {
	x := limbsOf(b)
	return z.setReduced(x[0], x[1], x[2], x[3], 0)
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

// negateIf sets z to -x if mask is all ones, and to x if it is 0.
func (z *scalar) negateIf(mask uint64, x *scalar) {
	t0, b := bits.Sub64(scalarN0, x[0], 0)
	t1, b := bits.Sub64(scalarN1, x[1], b)
	t2, b := bits.Sub64(scalarN2, x[2], b)
	t3, _ := bits.Sub64(scalarN3, x[3], b)
	// n - 0 is n, not a scalar: zero stays as it is.
	mask &^= x.isZero()
	z[0] = t0&mask | x[0]&^mask
	z[1] = t1&mask | x[1]&^mask
	z[2] = t2&mask | x[2]&^mask
	z[3] = t3&mask | x[3]&^mask
}

// mul sets z to x * y. The factors may be any four limbs.
func (z *scalar) mul(x, y *scalar) {
	var w [8]uint64
	mulWide(&w, (*[4]uint64)(x), (*[4]uint64)(y))

	// With f = 2^256 - n, w = low + 2^256 high is low + f high modulo n. Three
	// rounds of it bring w down: below 2^256 + 2^385 < 2^386, so high < 2^130;
	// below 2^256 + 2^259 < 2^260, so high < 2^4; below 2^256 + 2^133.
	foldScalar(&w)
	foldScalar(&w)
	foldScalar(&w)
	z.setReduced(w[0], w[1], w[2], w[3], w[4])
	w = [8]uint64{}
}

// foldScalar sets w = low + 2^256 high to low + (2^256 - n) high.
func foldScalar(w *[8]uint64) {
	high := [4]uint64{w[4], w[5], w[6], w[7]}
	w[4], w[5], w[6], w[7] = 0, 0, 0, 0
	for i, x := range high {
		h0, l0 := bits.Mul64(x, scalarFold0)
		h1, l1 := bits.Mul64(x, scalarFold1)
		l1, c := bits.Add64(l1, h0, 0)
		l2, c := bits.Add64(x, h1, c) // the third limb of 2^256 - n is 1
		l3 := c
		w[i], c = bits.Add64(w[i], l0, 0)
		w[i+1], c = bits.Add64(w[i+1], l1, c)
		w[i+2], c = bits.Add64(w[i+2], l2, c)
		w[i+3], c = bits.Add64(w[i+3], l3, c)
		w[i+4] += c
	}
}

// inverse sets z to 1 / x, or to 0 if x is 0.
func (z *scalar) inverse(x *scalar) {
	scalarModulus.invert((*[4]uint64)(z), (*[4]uint64)(x))
}

// isZero returns all ones if x is 0, and 0 if not.
func (x *scalar) isZero() uint64 {
	return maskZero(x[0] | x[1] | x[2] | x[3])
}

// isHigh returns all ones if x is above (n - 1) / 2, and 0 if not.
func (x *scalar) isHigh() uint64 {
	_, b := bits.Sub64(scalarHalf0, x[0], 0)
	_, b = bits.Sub64(scalarHalf1, x[1], b)
	_, b = bits.Sub64(scalarHalf2, x[2], b)
	_, b = bits.Sub64(scalarHalf3, x[3], b)
	return -b
}

// mulWide sets z to the product of x and y.
func mulWide(z *[8]uint64, x, y *[4]uint64) {
	*z = [8]uint64{}
	for i, xi := range x {
		var carry uint64
		for j, yj := range y {
			h, l := bits.Mul64(xi, yj)
			l, c := bits.Add64(l, carry, 0)
			h += c // no carry: a product leaves room for two limbs
			z[i+j], c = bits.Add64(z[i+j], l, 0)
			carry = h + c
		}
		z[i+4] = carry
	}
}
