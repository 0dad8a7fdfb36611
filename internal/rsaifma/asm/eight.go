package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// montgomeryEight writes eight products at once with one modulus, one a lane: no
// digit crosses a lane, and no instruction waits for the quotient while there are
// other digits to add. All digits of the sums stay in registers, which leaves two
// for 30 digits.
func montgomeryEight(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, x, y, n, k0 *uint64)")
	Doc(
		fmt.Sprintf("%s sets z = x y / 2^%d mod n for eight numbers of %d digits of %d bits, digit", name, radix*digits, digits, radix),
		fmt.Sprintf("by digit with the eight numbers in a row. The modulus n, %d words, and k0 =", digits),
		fmt.Sprintf("-1 / n mod 2^%d are the same for all.", radix),
	)
	Pragma("noescape")

	var free zmm
	acc := free.takeAll(digits)
	yi, m := free.take(), free.take()
	x := Mem{Base: Load(Param("x"), GP64())}
	y := Mem{Base: Load(Param("y"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	for _, a := range acc {
		VPXORQ(a, a, a)
	}
	rounds := GP64()
	MOVQ(U32(digits), rounds)
	Label("round")
	VMOVDQU64(y, yi)
	for d := range acc {
		VPMADD52LUQ(x.Offset(64*d), yi, acc[d])
	}
	VPXORQ(m, m, m)
	VPMADD52LUQ_BCST(k0, acc[0], m)
	for d := range acc {
		VPMADD52LUQ_BCST(n.Offset(8*d), m, acc[d])
	}
	// Digit 0 is a multiple of 2^52 now: its carry goes up, all digits go down.
	VPSRLQ(Imm(radix), acc[0], acc[0])
	VPADDQ(acc[1], acc[0], acc[0])
	for d := 1; d+1 < digits; d++ {
		VMOVDQA64(acc[d+1], acc[d])
	}
	VPXORQ(acc[digits-1], acc[digits-1], acc[digits-1])
	for d := range acc {
		VPMADD52HUQ(x.Offset(64*d), yi, acc[d])
	}
	for d := range acc {
		VPMADD52HUQ_BCST(n.Offset(8*d), m, acc[d])
	}
	ADDQ(Imm(64), y.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))

	carry, mask := yi, m
	r := GP64()
	MOVQ(U64(1<<radix-1), r)
	VPBROADCASTQ(r, mask)
	z := Mem{Base: Load(Param("z"), GP64())}
	for d, a := range acc {
		if d > 0 {
			VPADDQ(carry, a, a)
		}
		VPSRLQ(Imm(radix), a, carry)
		VPANDQ(mask, a, a)
		VMOVDQU64(a, z.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}

// selectEight writes the read of one entry out of a table of 16.
func selectEight(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, table *uint64, i uint64)")
	Doc(
		fmt.Sprintf("%s sets z to entry i of a table of 16 entries of eight numbers of %d", name, digits),
		"digits. It reads all of it.",
	)
	Pragma("noescape")

	var free zmm
	acc := free.takeAll(digits)
	table := Mem{Base: Load(Param("table"), GP64())}
	index := Load(Param("i"), GP64())
	for _, a := range acc {
		VPXORQ(a, a, a)
	}
	rounds, mask := GP64(), GP64()
	MOVQ(U32(16), rounds)
	Label("entry")
	// The mask is all ones where index is 0: it counts down past each entry.
	MOVQ(index, mask)
	NEGQ(mask) // carry: index is not 0
	SBBQ(mask, mask)
	NOTQ(mask)
	KMOVB(mask.As32(), K1)
	for d, a := range acc {
		VMOVDQU64(table.Offset(64*d), K1, a)
	}
	DECQ(index)
	ADDQ(U32(64*digits), table.Base)
	DECQ(rounds)
	JNZ(LabelRef("entry"))
	z := Mem{Base: Load(Param("z"), GP64())}
	for d, a := range acc {
		VMOVDQU64(a, z.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}
