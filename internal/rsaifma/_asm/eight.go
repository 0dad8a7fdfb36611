// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// unrolled is how many rounds of a loop with eight lanes are written out: two quotient
// digits, the one in use and the next, change places. Within these rounds the digits keep
// their registers and only their names go down.
const unrolled = 2

// rotate returns the registers as they are called after a round: the one of digit 0 is
// that of the highest digit now.
func rotate(acc []VecPhysical) []VecPhysical { return append(acc[1:len(acc):len(acc)], acc[0]) }

// restore moves the digits of acc back to the registers of to. It uses spare.
func restore(to, acc []VecPhysical, spare VecPhysical) {
	Comment("digits move to the registers in which the loop expects them")
	at := slices.Clone(acc)
	for {
		d := slices.Index(to, spare)
		if d < 0 { // no digit waits for the register: one that another digit waits for goes there
			d = 0
			for d < len(to) && at[d] == to[d] {
				d++
			}
			if d == len(to) {
				return
			}
		}
		VMOVDQA64(at[d], spare)
		at[d], spare = spare, at[d]
	}
}

// quotient sets m to the digit that makes digit 0 of acc + n m a multiple of 2^52.
func quotient(m, digit0 VecPhysical, k0 Mem) {
	VPXORQ(m, m, m)
	VPMADD52LUQ_BCST(k0, digit0, m)
}

// addModulus adds n m to acc but for the high half of its last digit, and sends the
// upper bits of digit 0 up. next, which needs digit 1, comes as soon as that is there.
func addModulus(acc []VecPhysical, m VecPhysical, n Mem, next func()) {
	low := func(d int) { VPMADD52LUQ_BCST(n.Offset(8*d), m, acc[d]) }
	high := func(d int) { VPMADD52HUQ_BCST(n.Offset(8*d), m, acc[d+1]) }
	Comment("n m: digit 0 becomes a multiple of 2^52, its carry goes up")
	low(0)
	low(1)
	high(0)
	VPSRLQ(Imm(radix), acc[0], acc[0])
	VPADDQ(acc[0], acc[1], acc[1])
	next()
	Comment("n m: the other digits, low halves first")
	for d := 2; d < len(acc); d++ {
		low(d)
	}
	for d := 2; d < len(acc); d++ {
		high(d - 1)
	}
}

// montgomeryEight writes eight products at once with one modulus, one a lane: no
// digit crosses a lane, and no instruction waits for the quotient while there are
// other digits to add. All digits of the sums stay in registers, which leaves two
// for 30 digits.
func montgomeryEight(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, x, y, n, k0 *uint64)")
	Doc(
		fmt.Sprintf("%s sets z = x y / 2^%d mod n for eight numbers of %d digits of %d bits, digit",
			name, radix*digits, digits, radix),
		fmt.Sprintf("by digit with the eight numbers in a row. The modulus n, %d words, and k0 =", digits),
		fmt.Sprintf("-1 / n mod 2^%d are the same for all.", radix),
	)
	Pragma("noescape")

	var free zmm
	registers := free.takeAll(digits)
	yi, m := free.take(), free.take()
	x := Mem{Base: Load(Param("x"), GP64())}
	y := Mem{Base: Load(Param("y"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	for _, a := range registers {
		VPXORQ(a, a, a)
	}
	rounds := GP64()
	MOVQ(U32(digits/unrolled), rounds)
	Commentf("after i rounds: acc 2^(%d i) = x (y mod 2^(%d i)) + n (m mod 2^(%d i))", radix, radix, radix)
	Label("round")
	acc := registers
	top := digits - 1
	for u := range unrolled {
		Comment("x y[i], and the quotient digit among it: m = acc[0] k0 mod 2^52")
		VMOVDQU64(y.Offset(64*u), yi)
		for d := range acc {
			VPMADD52LUQ(x.Offset(64*d), yi, acc[d])
		}
		quotient(m, acc[0], k0)
		for d := range top {
			VPMADD52HUQ(x.Offset(64*d), yi, acc[d+1])
		}
		addModulus(acc, m, n, func() {})
		Comment("all digits go down; the high halves that are a new digit")
		acc = rotate(acc)
		VPXORQ(acc[top], acc[top], acc[top])
		VPMADD52HUQ(x.Offset(64*top), yi, acc[top])
		VPMADD52HUQ_BCST(n.Offset(8*top), m, acc[top])
	}
	restore(registers, acc, m)
	ADDQ(U32(64*unrolled), y.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))
	storeEight(registers, yi, m, Mem{Base: Load(Param("z"), GP64())})
	VZEROUPPER()
	RET()
}

// storeEight brings the digits of acc below 2^52 and stores them in z.
func storeEight(acc []VecPhysical, carry, mask VecPhysical, z Mem) {
	Comment("carries go up one digit after the other; z = acc")
	broadcastMask(mask)
	for d, a := range acc {
		if d > 0 {
			VPADDQ(carry, a, a)
		}
		VPSRLQ(Imm(radix), a, carry)
		VPANDQ(mask, a, a)
		VMOVDQU64(a, z.Offset(64*d))
	}
}

// broadcastMask sets every lane of z to the bits of a digit.
func broadcastMask(z VecPhysical) VecPhysical {
	r := GP64()
	MOVQ(U64(1<<radix-1), r)
	VPBROADCASTQ(r, z)
	return z
}

// reduceDigits writes the rounds that make the lowest digits of t zero: t goes up by as many
// digits, and its lowest digits are in the registers that it returns. keep is given the
// quotient digit of every round written out, and step follows them all. The other registers
// are free.
func reduceDigits(digits int, t, n, k0 Mem, keep func(u int, m VecPhysical), step func()) (acc, others []VecPhysical) {
	var free zmm
	registers := free.takeAll(digits)
	m := free.takeAll(2)
	Comment("reduction: acc holds the lower half of t, the upper half comes digit by digit")
	for d, a := range registers {
		VMOVDQU64(t.Offset(64*d), a)
	}
	rounds := GP64()
	MOVQ(U32(digits/unrolled), rounds)
	quotient(m[0], registers[0], k0)
	Commentf("after i rounds: acc 2^(%d i) = t mod 2^(%d (i + %d)) + n (m mod 2^(%d i))", radix, radix, digits, radix)
	Label("round")
	acc = registers
	top := digits - 1
	for u := range unrolled {
		keep(u, m[u%2])
		addModulus(acc, m[u%2], n, func() {
			Comment("the next quotient digit: m = acc[1] k0 mod 2^52")
			quotient(m[(u+1)%2], acc[1], k0)
		})
		Comment("all digits go down; a digit of t, and the high half for it")
		acc = rotate(acc)
		VMOVDQU64(t.Offset(64*(digits+u)), acc[top])
		VPMADD52HUQ_BCST(n.Offset(8*top), m[u%2], acc[top])
	}
	restore(registers, acc, m[1])
	step()
	ADDQ(U32(64*unrolled), t.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))
	return registers, m
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
	Comment("after j rounds: acc = entry i if i < j, else 0; index = i - j")
	Label("entry")
	Comment("the mask is all ones where index is 0: NEG leaves a carry elsewhere")
	MOVQ(index, mask)
	NEGQ(mask)
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
