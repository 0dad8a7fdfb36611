// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A prime is what the generator knows of one. Either there is a reduceLimb, and elements are in
// Montgomery's form and below p; or p is 2^256 - fold, and an element is any number of 256 bits.
type prime struct {
	name string
	p    [4]uint64
	// reduceLimb writes a step of Montgomery's reduction: the addition of r[0] p to r, which makes
	// r[0] zero, since p is -1 modulo 2^64. Limb 4 of the multiple is left in top, to be added with
	// the carry flag. Of the other registers it uses AX and DX.
	reduceLimb func(r element, top GPPhysical)
	fold       uint64
	a          int // the curve is y^2 = x^3 + a x + b
}

const ones = 1<<64 - 1

var primes = []*prime{
	{
		name:       "P256",
		p:          [4]uint64{ones, 0x00000000ffffffff, 0, 0xffffffff00000001},
		reduceLimb: reduceLimbP256,
		a:          -3,
	},
	{
		name:       "SM2",
		p:          [4]uint64{ones, 0xffffffff00000000, ones, 0xfffffffeffffffff},
		reduceLimb: reduceLimbSM2,
		a:          -3,
	},
	{
		name: "Secp256k1",
		p:    [4]uint64{1<<64 - secp256k1Fold, ones, ones, ones},
		fold: secp256k1Fold,
	},
}

const secp256k1Fold = 1<<32 + 977

// reduceLimbP256: r0 p = r0 p3 2^192 + r0 2^32 2^64 - r0, where p3 is the highest limb of p.
func reduceLimbP256(r element, top GPPhysical) {
	MOVQ(r[0], RDX)
	MULXQ(constant(0xffffffff00000001), RAX, top)
	MULXQ(constant(1<<32), RDX, r[0])
	ADDQ(RDX, r[1])
	ADCQ(r[0], r[2])
	ADCQ(RAX, r[3])
}

// reduceLimbSM2: r0 p = r0 (2^64 - 2^32) 2^192 - r0 (2^32 - 1) 2^64 - r0. What the subtraction
// borrows from limb 3 comes off the multiple for it: that is 0 only if nothing is subtracted.
func reduceLimbSM2(r element, top GPPhysical) {
	MOVQ(r[0], RDX)
	MULXQ(constant(1<<64-1<<32), RAX, top)
	MULXQ(constant(1<<32-1), RDX, r[0])
	SUBQ(RDX, r[1])
	SBBQ(r[0], r[2])
	SBBQ(Imm(0), RAX)
	SBBQ(Imm(0), top)
	ADDQ(RAX, r[3])
}

// constant returns the memory of a number.
func constant(x uint64) Mem {
	if m, ok := constants[x]; ok {
		return m
	}
	m := ConstData(fmt.Sprintf("constant%016x", x), U64(x))
	constants[x] = m
	return m
}

var constants = map[uint64]Mem{}
