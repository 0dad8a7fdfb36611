// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const entries = 32

// selectEntry writes the function that reads one entry of a table with a mask for each.
func selectEntry(name string, words int) {
	TEXT(name, NOSPLIT, "func(z, table *uint64, i uint64)")
	Doc(
		fmt.Sprintf("%s sets z to entry i of %d, of %d words each, that begin %d words apart. It reads", name, entries, words, 2*words),
		"all of them.",
	)
	Pragma("noescape")
	sums := []VecPhysical{Y0, Y1, Y2, Y3, Y4, Y5}[:words/4]
	index, number, one, mask, masked := Y8, Y9, Y10, Y11, Y12
	VPBROADCASTQ(parameterOf("i"), index)
	MOVL(U32(1), EAX)
	VMOVQ(RAX, X10)
	VPBROADCASTQ(X10, one)
	VPXOR(number, number, number)
	for _, sum := range sums {
		VPXOR(sum, sum, sum)
	}
	table, rounds := Mem{Base: Load(Param("table"), RDI)}, RCX
	MOVQ(U32(entries), rounds)
	Label("entry")
	VPCMPEQQ(number, index, mask)
	for k, sum := range sums {
		VPAND(table.Offset(32*k), mask, masked)
		VPOR(masked, sum, sum)
	}
	VPADDQ(one, number, number)
	ADDQ(U32(2*8*words), table.Base)
	SUBQ(Imm(1), rounds)
	JNZ(LabelRef("entry"))
	z := Mem{Base: Load(Param("z"), RDI)}
	for k, sum := range sums {
		VMOVDQU(sum, z.Offset(32*k))
	}
	VZEROUPPER()
	RET()
}

// clearRegisters writes the function that empties the registers in which selectEntry leaves words
// of powers. The others empty theirs.
func clearRegisters(name string) {
	TEXT(name, NOSPLIT, "func()")
	Doc(name + " sets Y0 to Y15 to zero.")
	VZEROALL()
	RET()
}
