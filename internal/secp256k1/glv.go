// SPDX-License-Identifier: Apache-2.0

package secp256k1

import "math/bits"

// The endomorphism of the curve, after R. Gallant, R. Lambert and S. Vanstone,
// "Faster Point Multiplication on Elliptic Curves with Efficient Endomorphisms",
// CRYPTO 2001.
//
// 1 has the cube root beta modulo p, and lambda modulo n. If (x, y) is on the curve,
// so is (beta x, y), because beta^3 = 1; and for the right pair of roots this is
// lambda (x, y). So k P = k1 P + k2 (lambda P) for any k1 + k2 lambda = k modulo n,
// where k1 and k2 can have half of k's length.
//
// The (k1, k2) for k = 0 form a lattice. The extended Euclidean algorithm on n and
// lambda finds the short basis (a1, b1), (a2, b2) of it,
//
//	a1 = b2 =  0x3086d221a7d46bcde86c90e49284eb15
//	b1      = -0xe4437ed6010e88286f547fa90abfe4c3
//	a2      =  0x114ca50f7a8e2f3f657c1108d9d44cfd8
//
// of the determinant a1 b2 - a2 b1 = n. (k, 0) is k b2 / n times the first and
// -k b1 / n times the second vector. With these two rounded to c1 and c2,
//
//	k2 = -c1 b1 - c2 b2,  k1 = k - k2 lambda
//
// is what is left, and up to the rounding at most half of each vector:
// |k1| <= (a1 + a2) / 2 < 2^128 and |k2| <= (-b1 + b2) / 2 < 2^128.
//
// c1 and c2 are had without a division: with g = round(2^384 b2 / n), the high part
// of k g is off k b2 / n by at most k / 2^385 < 2^-129, and so c1 by at most 1 in the
// rarest of cases, for which the bounds have room.

var (
	glvBeta        = fieldElement{0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9, 0x7ae96a2b657c0710}
	glvMinusLambda = scalar{0xe0cfc810b51283cf, 0xa880b9fc8ec739c2, 0x5ad9e3fd77ed9ba4, 0xac9c52b33fa3cf1f}
	glvMinusB1     = scalar{0x6f547fa90abfe4c3, 0xe4437ed6010e8828}
	glvMinusB2     = scalar{0xd765cda83db1562c, 0x8a280ac50774346d, 0xfffffffffffffffe, 0xffffffffffffffff}

	// round(2^384 b2 / n) and round(2^384 (-b1) / n)
	glvG1 = [4]uint64{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd}
	glvG2 = [4]uint64{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828}
)

// A halfScalar is a signed number of up to 128 bits.
type halfScalar struct {
	lo, hi   uint64
	negative bool
}

// split returns k1 and k2 with k1 + k2 lambda = k.
func (k *scalar) split() (k1, k2 halfScalar) {
	c1, c2 := k.mulShift384(&glvG1), k.mulShift384(&glvG2)
	var s1, s2 scalar
	c1.mul(&c1, &glvMinusB1)
	c2.mul(&c2, &glvMinusB2)
	s2.add(&c1, &c2)
	s1.mul(&s2, &glvMinusLambda)
	s1.add(&s1, k)
	return s1.half(), s2.half()
}

// half returns x as a signed number, where x or n - x is below 2^128.
func (x *scalar) half() halfScalar {
	high := x.isHigh()
	var abs scalar
	abs.negateIf(high, x)
	return halfScalar{lo: abs[0], hi: abs[1], negative: high != 0}
}

// mulShift384 returns k g / 2^384, rounded to the nearest.
func (k *scalar) mulShift384(g *[4]uint64) scalar {
	var w [8]uint64
	mulWide(&w, (*[4]uint64)(k), g)
	lo, c := bits.Add64(w[6], w[5]>>63, 0)
	return scalar{lo, w[7] + c}
}
