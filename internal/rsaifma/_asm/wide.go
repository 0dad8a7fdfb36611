// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The functions of this file are the parts of a Montgomery product of eight numbers of
// twice as many digits as the registers hold: of the modulus. They work on sums in memory,
// one lane a number, whose digits are not brought below 2^52 until the end; wide_amd64.go
// puts them together.

// squareHalf writes the square of the digits of one half.
func squareHalf(name string, digits int) {
	TEXT(name, NOSPLIT, "func(t, x *uint64)")
	Doc(
		fmt.Sprintf("%s sets t to x x, %d digits to %d, for eight numbers, digit by digit with the", name, digits, 2*digits),
		"eight numbers in a row. It leaves carries in the digits of t.",
	)
	Pragma("noescape")
	x := Mem{Base: Load(Param("x"), GP64())}
	t := Mem{Base: Load(Param("t"), GP64())}
	var free zmm
	all := free.takeAll(32)
	squareDigits(x, t, all[:digits], all[digits:], func(j int) { VMOVDQU64(x.Offset(64*j), all[j]) })
	VZEROUPPER()
	RET()
}

// factor is what a product of halves multiplies with.
type factor int

const (
	once   factor = iota // eight numbers
	twice                // the product counts twice: the middle of a square
	shared               // one number for all lanes: the modulus
)

// addProduct writes the addition of the product of two halves.
func addProduct(name string, digits int, y factor) {
	TEXT(name, NOSPLIT, "func(t, x, y *uint64)")
	what := map[factor]string{
		once: "adds x y", twice: "adds 2 x y", shared: "adds x y, for one y in words,",
	}[y]
	Doc(
		fmt.Sprintf("%s %s to t, %d digits by %d, for eight numbers, digit by", name, what, digits, digits),
		fmt.Sprintf("digit with the eight numbers in a row. It leaves carries in the %d digits of t.", 2*digits),
	)
	Pragma("noescape")

	t := Mem{Base: Load(Param("t"), GP64())}
	x := Mem{Base: Load(Param("x"), GP64())}
	ys := Mem{Base: Load(Param("y"), GP64())}
	var free zmm
	registers := free.takeAll(digits)
	xj, yi := free.take(), free.take()
	start := func(d int, r VecPhysical) { // digit d of t
		if y == twice {
			VPXORQ(r, r, r)
		} else {
			VMOVDQU64(t.Offset(64*d), r)
		}
	}
	finish := func(d int, r VecPhysical) {
		if y == twice {
			VPADDQ(r, r, r)
			VPADDQ(t.Offset(64*d), r, r)
		}
		VMOVDQU64(r, t.Offset(64*d))
	}
	for d, r := range registers {
		start(d, r)
	}
	rounds := GP64()
	MOVQ(U32(digits/unrolled), rounds)
	Commentf("after i rounds: t and, from digit i on, acc are t + x (y mod 2^(%d i))", radix)
	Label("round")
	acc := registers
	top := digits - 1
	step := 64
	if y == shared {
		step = 8
	}
	for u := range unrolled {
		Comment("x y[i]; digit i of t is complete")
		if y == shared {
			VPBROADCASTQ(ys.Offset(step*u), yi)
		} else {
			VMOVDQU64(ys.Offset(step*u), yi)
		}
		for j := range digits {
			VMOVDQU64(x.Offset(64*j), xj)
			VPMADD52LUQ(xj, yi, acc[j])
			if j == 0 {
				finish(u, acc[0])
			}
			if j < top {
				VPMADD52HUQ(xj, yi, acc[j+1])
			}
		}
		acc = rotate(acc)
		start(digits+u, acc[top])
		VPMADD52HUQ(xj, yi, acc[top])
	}
	restore(registers, acc, xj)
	ADDQ(U32(64*unrolled), t.Base)
	ADDQ(U32(step*unrolled), ys.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))
	Comment("the upper half of t, where t is now")
	for d, r := range registers {
		finish(d, r)
	}
	VZEROUPPER()
	RET()
}

// reduceHalf writes the rounds of the reduction that make the lowest digits of t zero, with
// the lower half of the modulus. The upper half times the quotient is another product.
func reduceHalf(name string, digits int) {
	TEXT(name, NOSPLIT, "func(t, n, k0, m *uint64)")
	Doc(
		fmt.Sprintf("%s adds n m to t and sets m, %d digits each, so that the lowest %d digits of t", name, digits, digits),
		"are zero, for eight numbers. It sends what they carry up and does not write them. The",
		fmt.Sprintf("modulus n is one number for all, and k0 = -1 / n mod 2^%d.", radix),
	)
	Pragma("noescape")

	t := Mem{Base: Load(Param("t"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	quotients := Mem{Base: Load(Param("m"), GP64())}
	keep := func(u int, m VecPhysical) { VMOVDQU64(m, quotients.Offset(64*u)) }
	acc, _ := reduceDigits(digits, t, n, k0, keep, func() { ADDQ(U32(64*unrolled), quotients.Base) })
	Comment("the upper half of t, where t is now, = acc")
	for d, a := range acc {
		VMOVDQU64(a, t.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}

// carryDigits writes what ends a product.
func carryDigits(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, t *uint64)")
	Doc(fmt.Sprintf("%s sets z to t, with %d digits below 2^%d, for eight numbers.", name, digits, radix))
	Pragma("noescape")
	t := Mem{Base: Load(Param("t"), GP64())}
	z := Mem{Base: Load(Param("z"), GP64())}
	var free zmm
	mask, carry, digit, low := broadcastMask(free.take()), free.take(), free.take(), free.take()
	VPXORQ(carry, carry, carry)
	for d := range digits {
		VPADDQ(t.Offset(64*d), carry, digit)
		VPSRLQ(Imm(radix), digit, carry)
		VPANDQ(mask, digit, low)
		VMOVDQU64(low, z.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}
