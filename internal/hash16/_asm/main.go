// SPDX-License-Identifier: Apache-2.0

// Command asm writes the assembly of internal/hash16: go generate there runs it.
//
// A register holds one word of sixteen messages, one a lane. The eight words of the state
// and the last sixteen words of the expanded message stay in registers. All rounds are
// written out: no branch and no address depends on anything.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!purego,!boringcrypto")
	compressSHA256("compressSHA256")
	compressSM3("compressSM3")
	clearRegisters("clearRegisters")
	Generate()
}

// The truth tables of VPTERNLOGD.
const (
	choose   = 0xca // x ? y : z
	majority = 0xe8
	parity   = 0x96 // x ^ y ^ z
)

var (
	all = []VecPhysical{
		Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
		Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31,
	}
	words = all[:16]   // of the expanded message: word j is words[j % 16]
	state = all[16:24] // a to h
	free  = all[24:]
)

const lane = 64 // bytes of a word of all lanes

// begin writes the start of a function: the state and the message come into registers.
func begin(name, hash string) (stateAt Mem) {
	TEXT(name, NOSPLIT, "func(state *[8][16]uint32, block *[16][16]uint32)")
	Doc(name + " is the compression function of " + hash + " for sixteen states and blocks.")
	Pragma("noescape")
	stateAt = Mem{Base: Load(Param("state"), GP64())}
	block := Mem{Base: Load(Param("block"), GP64())}
	for i, w := range words {
		VMOVDQU32(block.Offset(lane*i), w)
	}
	for i, s := range state {
		VMOVDQU32(stateAt.Offset(lane*i), s)
	}
	return stateAt
}

// end writes the end of a function, where merge joins the state with the old one.
func end(s []VecPhysical, stateAt Mem, merge func(ops ...Op)) {
	Comment("the new state with the old one")
	for i, s := range s {
		merge(stateAt.Offset(lane*i), s, s)
		VMOVDQU32(s, stateAt.Offset(lane*i))
	}
	VZEROUPPER()
	RET()
}

// table writes the constants of the rounds.
func table(name string, constants []uint32) Mem {
	t := GLOBL(name, attr.RODATA|attr.NOPTR)
	for i, c := range constants {
		DATA(4*i, U32(c))
	}
	return t
}

// logic writes z = f(x, y, z).
func logic(f uint8, x, y, z VecPhysical) {
	VPTERNLOGD(Imm(uint64(f)), x, y, z)
}

// clearRegisters writes the function that empties the registers in which the others leave
// what depends on keys and nonces. VZEROUPPER does not reach Z16 to Z31, and not the lower
// quarter of the others.
func clearRegisters(name string) {
	TEXT(name, NOSPLIT, "func()")
	Doc(name + " sets Z0 to Z31 to zero.")
	for _, z := range all {
		VPXORD(z, z, z)
	}
	VZEROUPPER()
	RET()
}
