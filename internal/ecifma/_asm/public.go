// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	lanes = 8
	words = 4 // of 64 bits, of a number below 2^256
)

// addPublic writes the step of a comb for public numbers: eight points, each plus or minus
// an affine point that its lane has the address of. A point is eight words of 64 bits, a line of
// the cache: what the registers need of it, digit by digit, is loaded as eight rows and
// transposed. That is faster than instructions that gather, and much faster where processors have
// to slow those down.
func addPublic(p *prime) {
	name := "addPublic" + p.name
	TEXT(name, NOSPLIT, "func(points *uint64, entries **uint64, negative uint64)")
	Doc(
		name+" replaces eight points P of "+p.name+" by -(P + Q), where the Q of a lane is the",
		"affine point at its address in entries. In lanes of negative it is minus that point. If P",
		"is Q, -Q or infinity, ZZ becomes 0 modulo p, and the result is none.",
		"",
		"points is as for addBlock"+p.name+". A point of entries is x and y, of four words each, below p.",
	)
	Pragma("noescape")

	points := Mem{Base: Load(Param("points"), GP64())}
	entries := Mem{Base: Load(Param("entries"), GP64())}
	negative := GP64()
	Load(Param("negative"), negative)
	KMOVB(negative.As32(), K1)
	k := newKernel(p)
	columns := k.transpose(entries)
	k.addEntry(points, func(which int) value { return k.fromWords(columns[words*which : words*(which+1)]) }, nil)
	VZEROUPPER()
	RET()
}

// transpose returns the words of the eight rows of eight words at the addresses in memory: a
// register has one word of each row.
func (k *kernel) transpose(addresses Mem) (columns []VecPhysical) {
	Comment("words 0 and 1, 2 and 3, and so on of two rows, in turn")
	row := func(i int) Mem {
		address := GP64()
		MOVQ(addresses.Offset(8*i), address)
		return Mem{Base: address}
	}
	pairs := [2][]VecPhysical{k.take(lanes / 2), k.take(lanes / 2)} // even words, odd words
	for i := range lanes / 2 {
		first := k.take(1)[0]
		VMOVDQU64(row(2*i), first)
		second := row(2*i + 1)
		VPUNPCKLQDQ(second, first, pairs[0][i])
		VPUNPCKHQDQ(second, first, pairs[1][i])
		k.give(digit{at: first})
	}
	Comment("words 0 and 4, 2 and 6, 1 and 5, 3 and 7 of four rows")
	const even, odd = 0x88, 0xdd // quarters 0 and 2, or 1 and 3, of each of two registers
	columns = make([]VecPhysical, lanes)
	for parity, p := range pairs {
		for i, quarters := range []uint64{even, odd} {
			halves := k.take(2)
			VSHUFI64X2(Imm(quarters), p[1], p[0], halves[0])
			VSHUFI64X2(Imm(quarters), p[3], p[2], halves[1])
			word := parity + 2*i
			columns[word], columns[word+words] = k.take(1)[0], k.take(1)[0]
			VSHUFI64X2(Imm(even), halves[1], halves[0], columns[word])
			VSHUFI64X2(Imm(odd), halves[1], halves[0], columns[word+words])
			k.give(digit{at: halves[0]}, digit{at: halves[1]})
		}
		for _, r := range p {
			k.give(digit{at: r})
		}
	}
	return columns
}

// fromWords returns the number below p that is in four words, whose registers it frees.
func (k *kernel) fromWords(w []VecPhysical) value {
	Comment("digits")
	v := canonical(new(big.Int).Sub(k.p, big.NewInt(1)))
	for i, r := range k.take(digits) {
		v.digits[i].at = r
		word, from := radix*i/64, radix*i%64
		low := w[word]
		if from > 0 {
			VPSRLQ(Imm(uint64(from)), low, r)
			low = r
		}
		switch {
		case from+radix <= 64:
			VPANDQ(k.mask, low, r)
		case word+1 < words:
			high := k.take(1)[0]
			VPSLLQ(Imm(uint64(64-from)), w[word+1], high)
			const orThenAnd = 0xa8 // (r | high) & mask, where r is bit 2 of the index, and mask bit 0
			VPTERNLOGQ(Imm(orThenAnd), k.mask, high, r)
			k.give(digit{at: high})
		}
	}
	for _, r := range w {
		k.give(digit{at: r})
	}
	return v
}
