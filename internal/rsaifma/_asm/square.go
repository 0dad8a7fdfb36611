// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// squareEight writes eight squares at once with one modulus. Products of two different
// digits of x stand twice in a square: they are computed once and doubled, which saves
// a quarter of the multiply-adds of montgomeryEight. The square stands in memory, t, in
// twice as many digits, before the reduction begins: registers hold half of it.
//
// The reduction adds multiples of f = n k0, which is -1 modulo 2^52, so that a digit of the sum
// is its own quotient digit, and only f' = (f + 1) / 2^52 is left to multiply. f is 52 bits
// longer than n. The last round takes n itself and brings the result below 3 n.
func squareEight(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, x, n, friendly, k0, t *uint64, times int)")
	bits := radix * digits
	Doc(
		fmt.Sprintf("%s sets z = x x / 2^%d mod n, below 3 n if x x is below 2^%d n, for", name, bits, bits),
		fmt.Sprintf("eight numbers of %d digits of %d bits, as multiply%dx8 has them, and then squares z", digits, radix, digits),
		fmt.Sprintf("until it has done so the given times. friendly is (n k0 + 1) / 2^%d. t is", radix),
		fmt.Sprintf("memory for %d digits of eight numbers. The digits of x and z may be above %d", 2*digits, radix),
		"bits: they hold carries.",
	)
	Pragma("noescape")

	var free zmm
	all := free.takeAll(32)
	window := all[:digits+2]
	// The rounds of the reduction but two are a loop, after which the registers are where they
	// were. With these two, digit i of the result is in register i + 2.
	acc := rotate(rotate(window))[:digits]
	others := without(all, acc)
	carry := others[0]

	x := Mem{Base: Load(Param("x"), GP64())}
	z := Mem{Base: Load(Param("z"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	friendly := Mem{Base: Load(Param("friendly"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	times := Load(Param("times"), GP64())
	for d, a := range acc {
		VMOVDQU64(x.Offset(64*d), a)
	}
	Comment("after i rounds: acc is x to the power 2^i, in Montgomery form if x is, without carries")
	Label("square")
	t := Mem{Base: Load(Param("t"), GP64())}
	squareDigits(z, t, acc, others[1:], func(d int) {
		Comment("z's digit, with bits above 52 that have gone up and that multiply-adds do not read")
		if d > 0 {
			VPADDQ(carry, acc[d], acc[d])
		}
		VPSRLQ(Imm(radix), acc[d], carry)
		VMOVDQU64(acc[d], z.Offset(64*d))
	})
	reduceFriendly(window, all[digits+2:], t, n, friendly, k0)
	DECQ(times)
	JNZ(LabelRef("square"))

	for d, a := range acc {
		VMOVDQU64(a, z.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}

// without returns the registers that are not among taken.
func without(all, taken []VecPhysical) (others []VecPhysical) {
	is := make(map[VecPhysical]bool)
	for _, r := range taken {
		is[r] = true
	}
	for _, r := range all {
		if !is[r] {
			others = append(others, r)
		}
	}
	return others
}

// squareDigits writes t = x x, without carries. Step j brings digit j into its register, by
// ready, and multiplies with it the digits below, in memory: no product waits for a later digit.
// The products reach digits j to 2 j of t, and complete digit j. The low halves come first, then
// the high ones, because a multiply-add waits for the one before that has the same sum.
func squareDigits(x, t Mem, digit, free []VecPhysical, ready func(j int)) {
	columns := make(map[int]VecPhysical) // the digits of t at work
	column := func(c int) VecPhysical {
		if _, ok := columns[c]; !ok {
			columns[c], free = free[0], free[1:]
			VPXORQ(columns[c], columns[c], columns[c])
		}
		return columns[c]
	}
	// finish doubles digit c of t, adds its half of the square of digit c/2 of x, and stores it.
	finish := func(c int, spare VecPhysical) {
		r, products := columns[c]
		if products {
			VPADDQ(r, r, r)
		} else {
			r = column(c)
		}
		VMOVDQU64(x.Offset(64*(c/2)), spare)
		if c%2 == 0 {
			VPMADD52LUQ(spare, spare, r)
		} else {
			VPMADD52HUQ(spare, spare, r)
		}
		VMOVDQU64(r, t.Offset(64*c))
		delete(columns, c)
		free = append(free, r)
	}
	for j, xj := range digit {
		Commentf("t += 2 x[%d] x[i] for all i < %d", j, j)
		ready(j)
		for i := range j {
			VPMADD52LUQ(x.Offset(64*i), xj, column(i+j))
		}
		for i := range j {
			VPMADD52HUQ(x.Offset(64*i), xj, column(i+j+1))
		}
		finish(j, xj)
		free = append(free, xj)
	}
	Comment("the upper half of t")
	for c := len(digit); c < 2*len(digit); c++ {
		spare := free[0]
		free = free[1:]
		finish(c, spare)
		free = append(free, spare)
	}
}

// reduceFriendly writes the reduction of squareEight. window are the registers of two digits
// more than a number has, spare others. Digit i of the result is in the register of digit i + 2.
func reduceFriendly(window, spare []VecPhysical, t, n, friendly, k0 Mem) {
	digits := len(window) - 2
	acc := window
	start := func(u int) func(VecPhysical) {
		return func(top VecPhysical) { VMOVDQU64(t.Offset(64*(digits+1+u)), top) }
	}
	Comment("acc holds the lower half of t and a digit; the others come digit by digit")
	for d, a := range acc[:digits+1] {
		VMOVDQU64(t.Offset(64*d), a)
	}
	rounds := GP64()
	MOVQ(U32((digits-unrolled)/unrolled), rounds)
	Commentf("after i rounds: acc 2^(%d i) = t mod 2^(%d (i + %d)) + f (m mod 2^(%d i))", radix, radix, digits+1, radix)
	Label("round")
	for u := range unrolled {
		addFriendly(acc, friendly, start(u))
		acc = rotate(acc)
	}
	restore(window[:digits+1], acc[:digits+1], acc[digits+1])
	acc = window
	ADDQ(U32(64*unrolled), t.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))
	if len(spare) > 0 {
		addFriendly(acc, friendly, func(top VecPhysical) {
			start(0)(top)
			Comment("the last quotient digit, early")
			quotient(spare[0], acc[1], k0)
		})
		addLast(acc[1:], spare[0], n)
		return
	}
	addFriendly(acc, friendly, start(0))
	quotient(acc[0], acc[1], k0)
	addLast(acc[1:], acc[0], n)
}

// addFriendly adds f m to acc for the quotient digit m = acc[0], and leaves digits 1 and above.
// start gives digit top, which has none yet, its value.
func addFriendly(acc []VecPhysical, friendly Mem, start func(top VecPhysical)) {
	digits := len(acc) - 2
	m, top := acc[0], acc[digits+1]
	low := func(d int) { VPMADD52LUQ_BCST(friendly.Offset(8*d), m, acc[d+1]) }
	Comment("f' m, one digit up; the carry of digit 0 goes up by the register of the digit that comes next")
	low(0)
	VPSRLQ(Imm(radix), m, top)
	VPADDQ(top, acc[1], acc[1])
	start(top)
	for d := 1; d < digits; d++ {
		low(d)
	}
	for d := range digits {
		VPMADD52HUQ_BCST(friendly.Offset(8*d), m, acc[d+2])
	}
}

// addLast adds n m to acc for the last quotient digit m, and leaves digits 1 and above. They come
// from the lowest on: carries go up from there.
func addLast(acc []VecPhysical, m VecPhysical, n Mem) {
	digits := len(acc) - 1
	low := func(d int) { VPMADD52LUQ_BCST(n.Offset(8*d), m, acc[d]) }
	high := func(d int) { VPMADD52HUQ_BCST(n.Offset(8*d), m, acc[d+1]) }
	Comment("the last round: n m")
	low(0)
	VPSRLQ(Imm(radix), acc[0], acc[0])
	low(1)
	high(0)
	VPADDQ(acc[0], acc[1], acc[1])
	const group = 3
	for start := 2; start < digits; start += group {
		end := min(start+group, digits)
		for d := start; d < end; d++ {
			low(d)
		}
		for d := start; d < end; d++ {
			high(d - 1)
		}
	}
	high(digits - 1)
}
