// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// compressSM3 writes the compression function of SM3 (GB/T 32905-2016, section 5.3).
func compressSM3(name string) {
	k := table("sm3Constants", sm3Constants())
	stateAt := begin(name, "SM3")
	s := state
	for j := range 64 {
		a, b, c, d, e, f, g, h := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
		w := words[j%16]
		ss1, ss2, t, u := free[0], free[1], free[2], free[3]
		Commentf("round %d", j)
		VPROLD(Imm(12), a, ss2)
		VPADDD_BCST(k.Offset(4*j), e, ss1)
		VPADDD(ss2, ss1, ss1)
		VPROLD(Imm(7), ss1, ss1)
		VPXORD(ss1, ss2, ss2)
		ff, gg := uint8(parity), uint8(parity)
		if j >= 16 {
			ff, gg = majority, choose
		}
		Comment("d becomes TT1")
		VMOVDQA64(a, t)
		logic(ff, c, b, t)
		VPXORD(words[(j+4)%16], w, u)
		VPADDD(u, d, d)
		VPADDD(t, d, d)
		VPADDD(ss2, d, d)
		Comment("h becomes P0(TT2)")
		VMOVDQA64(e, t)
		logic(gg, g, f, t)
		VPADDD(w, h, h)
		VPADDD(t, h, h)
		VPADDD(ss1, h, h)
		permute(h, 9, 17)
		VPROLD(Imm(9), b, b)
		VPROLD(Imm(19), f, f)
		s = []VecPhysical{d, a, b, c, h, e, f, g}
		if j < 52 {
			Comment("the message, 16 words on")
			VPROLD(Imm(15), words[(j+13)%16], t)
			logic(parity, t, words[(j+7)%16], w)
			permute(w, 15, 23)
			VPROLD(Imm(7), words[(j+3)%16], t)
			logic(parity, t, words[(j+10)%16], w)
		}
	}
	end(s, stateAt, VPXORD)
}

// permute writes x ^= x rotated left by a ^ by b.
func permute(x VecPhysical, a, b uint64) {
	t, u := free[2], free[3]
	VPROLD(Imm(a), x, t)
	VPROLD(Imm(b), x, u)
	logic(parity, u, t, x)
}

// sm3Constants returns T of every round, rotated as the round takes it.
func sm3Constants() (k []uint32) {
	for j := range 64 {
		t := uint32(0x79cc4519)
		if j >= 16 {
			t = 0x7a879d8a
		}
		k = append(k, bits.RotateLeft32(t, j))
	}
	return k
}
