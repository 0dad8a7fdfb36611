// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/modinv"
)

// The curve is y^2 = x^3 - 3x + b over GF(p), a group of the prime order n (SEC 2,
// version 2, section 2.4.2). It has no point with y = 0, which would have order 2.

// The limbs of p = 2^256 - 2^224 + 2^192 + 2^96 - 1, the least significant first.
const (
	p0 = 0xffffffffffffffff
	p1 = 0x00000000ffffffff
	p2 = 0x0000000000000000
	p3 = 0xffffffff00000001
)

// The limbs of n.
const (
	n0 = 0xf3b9cac2fc632551
	n1 = 0xbce6faada7179e84
	n2 = 0xffffffffffffffff
	n3 = 0xffffffff00000000
)

// nMinusInverse is -1 / n modulo 2^64.
const nMinusInverse = 0xccd1c8aaee00bc4f

var (
	// 1, 2^256, and 2^512 in Montgomery's form: 2^256, 2^512 and 2^768 modulo p.
	fieldOne      = fieldElement{0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}
	fieldRSquared = fieldElement{0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}
	fieldRCubed   = fieldElement{0xfffffffd0000000a, 0xffffffedfffffff7, 0x00000005fffffffc, 0x0000001800000001}
	// 2^512 modulo n.
	scalarRSquared = scalar{0x83244c95be79eea2, 0x4699799c49bd6fa6, 0x2845b2392b6bec59, 0x66e12d94f3d95620}

	curveB = fieldElement{0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834}
	// generator is the base point G.
	generator = affinePoint{
		x: fieldElement{0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6},
		y: fieldElement{0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85},
	}

	fieldModulus  = modinv.New(&[4]uint64{p0, p1, p2, p3})
	scalarModulus = modinv.New(&[4]uint64{n0, n1, n2, n3})
)

// lanes computes eight points at once, or is nil on a machine that cannot.
var lanes = ecifma.P256()

// reduceLimb returns (r + r0 p) / 2^64, which is exact because p is -1 modulo 2^64. The
// result is below p + 2^192, which is below 2^256.
func reduceLimb(r0, r1, r2, r3 uint64) (_, _, _, _ uint64) {
	// r0 p = r0 p3 2^192 + r0 2^96 - r0, and the last term cancels the lowest limb.
	hi, lo := bits.Mul64(r0, p3)
	r1, c := bits.Add64(r1, r0<<32, 0)
	r2, c = bits.Add64(r2, r0>>32, c)
	r3, c = bits.Add64(r3, lo, c)
	return r1, r2, r3, hi + c
}

// normalize leaves s as it is, whether it is over n / 2 or not.
func (*work) normalize() {}
