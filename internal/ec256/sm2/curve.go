// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/modinv"
)

// The curve is y^2 = x^3 - 3x + b over GF(p), a group of the prime order n (GB/T
// 32918.5-2017, section 2). It has no point with y = 0, which would have order 2.

// The limbs of p = 2^256 - 2^224 - 2^96 + 2^64 - 1, the least significant first.
const (
	p0 = 0xffffffffffffffff
	p1 = 0xffffffff00000000
	p2 = 0xffffffffffffffff
	p3 = 0xfffffffeffffffff
)

// The limbs of n.
const (
	n0 = 0x53bbf40939d54123
	n1 = 0x7203df6b21c6052b
	n2 = 0xffffffffffffffff
	n3 = 0xfffffffeffffffff
)

// nMinusInverse is -1 / n modulo 2^64.
const nMinusInverse = 0x327f9e8872350975

var (
	// 1, 2^256, and 2^512 in Montgomery's form: 2^256, 2^512 and 2^768 modulo p.
	fieldOne      = fieldElement{0x0000000000000001, 0x00000000ffffffff, 0x0000000000000000, 0x0000000100000000}
	fieldRSquared = fieldElement{0x0000000200000003, 0x00000002ffffffff, 0x0000000100000001, 0x0000000400000002}
	fieldRCubed   = fieldElement{0x0000001200000016, 0x0000000efffffff8, 0x0000000a0000000c, 0x0000001b00000009}
	// 2^512 modulo n.
	scalarRSquared = scalar{0x901192af7c114f20, 0x3464504ade6fa2fa, 0x620fc84c3affe0d4, 0x1eb5e412a22b3d3b}

	curveB = fieldElement{0x90d230632bc0dd42, 0x71cf379ae9b537ab, 0x527981505ea51c3c, 0x240fe188ba20e2c8}
	// generator is the base point G.
	generator = affinePoint{
		x: fieldElement{0x61328990f418029e, 0x3e7981eddca6c050, 0xd6a1ed99ac24c3c3, 0x91167a5ee1c13b05},
		y: fieldElement{0xc1354e593c2d0ddd, 0xc1f5e5788d3295fa, 0x8d4cfb066e2a48f8, 0x63cd65d481d735bd},
	}

	fieldModulus  = modinv.New(&[4]uint64{p0, p1, p2, p3})
	scalarModulus = modinv.New(&[4]uint64{n0, n1, n2, n3})
)

// lanes computes eight points at once, or is nil on a machine that cannot.
var lanes = ecifma.SM2()

// reduceLimb returns (r + r0 p) / 2^64, which is exact because p is -1 modulo 2^64. The
// result is below p + 2^192, which is below 2^256.
func reduceLimb(r0, r1, r2, r3 uint64) (_, _, _, _ uint64) {
	// r0 p = r0 2^256 - r0 2^224 - r0 2^96 + r0 2^64 - r0, and the last term cancels the
	// lowest limb. The two multiples of 2^32 are the same limbs, at two places.
	r1, b := bits.Sub64(r1, r0<<32, 0)
	r2, b = bits.Sub64(r2, r0>>32, b)
	r3, b = bits.Sub64(r3, r0<<32, b)
	r4 := r0 - r0>>32 - b
	r1, c := bits.Add64(r1, r0, 0)
	r2, c = bits.Add64(r2, 0, c)
	r3, c = bits.Add64(r3, 0, c)
	return r1, r2, r3, r4 + c
}
