// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const entries = 16

// selectEntry writes the selection of a point of the comb and its multiplier, which reads all of them.
// All of an entry is selected by one mask, so that a mask that is wrong is wrong for the multiplier, too.
func selectEntry() {
	TEXT("Select", NOSPLIT, "func(q, block *uint64, index uint64) (multiplier uint64)")
	Doc("Select sets q to x and y of an entry of the block, and returns its multiplier. The block is x of 16",
		"entries, y of them, and their multipliers. All of it is read. No vector register keeps anything.")
	Pragma("noescape")
	q, block := Mem{Base: Load(Param("q"), RDI)}, Mem{Base: Load(Param("block"), RSI)}
	wanted, i, one, mask, x, y, multiplier, t := Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7
	VPBROADCASTQ(NewParamAddr("index", 16), wanted)
	VPBROADCASTQ(constant(1), one)
	for _, r := range []VecPhysical{i, x, y, multiplier} {
		VPXOR(r, r, r)
	}
	for j := range entries {
		Commentf("entry %d", j)
		VPCMPEQQ(i, wanted, mask)
		VPADDQ(one, i, i)
		for which, sum := range []VecPhysical{x, y} {
			VPAND(block.Offset(32*(entries*which+j)), mask, t)
			VPOR(t, sum, sum)
		}
		VPBROADCASTQ(block.Offset(64*entries+8*j), t)
		VPAND(mask, t, t)
		VPOR(t, multiplier, multiplier)
	}
	VMOVDQU(x, q)
	VMOVDQU(y, q.Offset(32))
	VMOVQ(X6, RAX)
	Store(RAX, ReturnIndex(0))
	for _, r := range []VecPhysical{wanted, i, one, mask, x, y, multiplier, t} {
		VPXOR(r, r, r)
	}
	VZEROUPPER()
	RET()
}
