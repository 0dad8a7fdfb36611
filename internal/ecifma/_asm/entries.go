// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Entries are x and y of eight points, five digits each, their multipliers, and a word that is all
// ones in the lanes whose entry is to be negated, or 0.
const (
	multipliers = 2 * digits
	signs       = multipliers + 1
)

// selectEntries writes the selection of eight entries of secret digits, each lane from a table
// of its own.
func selectEntries(count int) {
	name := "select" + big.NewInt(int64(count)).String()
	TEXT(name, NOSPLIT, "func(entries, rows, digits *uint64, shift uint64)")
	Doc(
		fmt.Sprintf("%s sets eight entries to d times the base of their lane, for d = 2e + 1 - %d and the", name, 2*count),
		fmt.Sprintf("digit e = digits >> shift mod %d. rows are the odd multiples of the bases, one after the", 2*count),
		"other: x and y, digit by digit, and the multiplier, with the eight lanes in a row. All of",
		"them are read.",
	)
	Pragma("noescape")
	entries := Mem{Base: Load(Param("entries"), GP64())}
	rows := Mem{Base: Load(Param("rows"), GP64())}
	k := &kernel{free: allRegisters()}
	index := k.digitsOf()
	k.indexOf(index, count)
	sign := k.take(1)[0]
	VPMOVM2Q(K1, sign)
	VMOVDQU64(sign, entries.Offset(64*signs))
	VPANDQ_BCST(constant(uint64(count-1)), index, index)
	found := k.take(signs) // the multiplier after x and y, by the same masks
	for j := range count {
		if j == 0 {
			VPTESTNMQ(index, index, K2)
		} else {
			VPCMPEQQ_BCST(constant(uint64(j)), index, K2)
		}
		for i, r := range found {
			at := rows.Offset(64 * (signs*j + i))
			if j == 0 {
				VMOVDQU64_Z(at, K2, r)
			} else {
				VMOVDQU64(at, K2, r)
			}
		}
	}
	for i, r := range found {
		VMOVDQU64(r, entries.Offset(64*i))
	}
	VZEROUPPER()
	RET()
}

// swap writes what exchanges the points of each lane and the one at a distance of 1, 2 or 4. The
// order of the lanes is in the instructions, not in memory that may change.
func swap(distance int) {
	name := fmt.Sprintf("swap%d", distance)
	TEXT(name, NOSPLIT, "func(others, points *uint64)")
	Doc(fmt.Sprintf("%s sets the others, in each lane l, to the points of the lane l ^ %d, with their multipliers.", name,
		distance))
	Pragma("noescape")
	others := Mem{Base: Load(Param("others"), GP64())}
	points := Mem{Base: Load(Param("points"), GP64())}
	for i := range multiplierRow + 1 {
		r := allRegisters()[i]
		switch at := points.Offset(64 * i); distance {
		case 1:
			VPERMQ(Imm(0xb1), at, r) // 1, 0, 3, 2 of each four
		case 2:
			VPERMQ(Imm(0x4e), at, r) // 2, 3, 0, 1 of each four
		case 4:
			VMOVDQU64(at, r)
			VSHUFI64X2(Imm(0x4e), r, r, r) // the halves
		}
		VMOVDQU64(r, others.Offset(64*i))
	}
	VZEROUPPER()
	RET()
}

// digitsOf returns the argument digits, shifted right by the argument shift.
func (k *kernel) digitsOf() VecPhysical {
	index := k.take(1)[0]
	VMOVDQU64(Mem{Base: Load(Param("digits"), GP64())}, index)
	count := GP64()
	Load(Param("shift"), count)
	VMOVQ(count, k.free[0].AsX())
	VPSRLQ(k.free[0].AsX(), index, index)
	return index
}

// indexOf makes the index of an entry, of so many, of the digit e: e - count, or count - 1 - e and
// a lane of K1 if e is below count. The bits above the index are any.
func (k *kernel) indexOf(e VecPhysical, count int) {
	VPTESTNMQ_BCST(constant(uint64(count)), e, K1)
	VPXORQ_BCST(constant(uint64(count-1)), e, K1, e)
}

// negativeEntries sets K1 to the lanes whose entry is to be negated.
func (k *kernel) negativeEntries(entries Mem) {
	r := k.free[0]
	VMOVDQU64(entries.Offset(64*signs), r)
	VPMOVQ2M(r, K1)
}

// flipLanes adds to K1 the lanes of the argument flip, modulo 2.
func flipLanes() {
	flip := GP64()
	Load(Param("flip"), flip)
	KMOVB(flip.As32(), K2)
	KXORB(K1, K2, K1)
}
