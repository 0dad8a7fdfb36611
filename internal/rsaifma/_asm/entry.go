// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A laid table has the 16 entries of a number side by side, digit by digit and number by number: a
// permutation takes the same one of two registers of them, and a mask the number that it is for.
// A digit of eight numbers takes 18 instructions, of which 9 are loads, and these stand between the
// multiply-adds of the digit before. To read one entry after the other takes 16 loads with a mask
// for each digit, a register for each, and nothing to do meanwhile.
const (
	entries    = 16
	laidNumber = 8 * entries
	laidDigit  = 8 * laidNumber
)

// multiplyEntry writes the product of eight numbers by an entry of a laid table. Carries go up in
// the first round, between its multiply-adds, and those of the result in the operation that
// follows, which does the same. The reduction is that of squareEight.
func multiplyEntry(name string, digits int) {
	TEXT(name, NOSPLIT, "func(z, x, table *uint64, i uint64, n, friendly, k0 *uint64)")
	bits := radix * digits
	Doc(
		fmt.Sprintf("%s sets z = x y / 2^%d mod n, below 3 n if x y is below 2^%d n,", name, bits, bits),
		fmt.Sprintf("as multiply%dx8 does, for entry i of a table by layTable%dx8 for y. friendly is", digits, digits),
		fmt.Sprintf("(n k0 + 1) / 2^%d. The digits of x and z may be above %d bits: they hold", radix, radix),
		"carries. It reads all of the table.",
	)
	Pragma("noescape")

	var free zmm
	acc := free.takeAll(digits + 2)
	yi, next, half, carry, xd := free.take(), free.take(), free.take(), free.take(), free.take()
	z := Mem{Base: Load(Param("z"), GP64())}
	x := Mem{Base: Load(Param("x"), GP64())}
	table := Mem{Base: Load(Param("table"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	friendly := Mem{Base: Load(Param("friendly"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	index, err := Param("i").Resolve()
	if err != nil {
		panic(err)
	}
	masks := []OpmaskPhysical{K1, K2, K3, K4, K5, K6, K7} // of numbers 1 to 7
	mask := GP64()
	for i, k := range masks {
		MOVQ(U32(2<<i), mask)
		KMOVB(mask.As32(), k)
	}
	number0 := GLOBL("number0", attr.RODATA|attr.NOPTR)
	for lane := range 8 {
		ones := U64(0)
		if lane == 0 {
			ones--
		}
		DATA(8*lane, ones)
	}

	// choose returns what sets next to digit u of the entry. Number 0 comes last: there is no
	// mask left for it, and no lane but its own has the index then.
	choose := func(u int) (steps steps) {
		at := func(number, i int) Mem { return table.Offset(u*laidDigit + number*laidNumber + i*64) }
		steps = append(steps, func() { VPBROADCASTQ(index.Addr, next) })
		for i, k := range masks {
			steps = append(steps, func() {
				VMOVDQU64(at(i+1, 0), half)
				VPERMI2Q(at(i+1, 1), half, k, next)
			})
		}
		return append(steps, func() {
			VMOVDQU64(at(0, 0), half)
			VPERMT2Q(at(0, 1), next, half)
			VPTERNLOGQ(Imm(0xd8), number0, half, next) // number0 ? half : next
		})
	}
	// addY writes the products with a digit of the entry, and between them the steps of others.
	addY := func(others steps) {
		for d := range digits {
			VPMADD52LUQ(z.Offset(64*d), yi, acc[d])
			others.after(d)
		}
		for d := range digits {
			VPMADD52HUQ(z.Offset(64*d), yi, acc[d+1])
			others.after(d)
		}
		others.all()
	}
	reduce := func() {
		addFriendly(acc, friendly, func(top VecPhysical) { VPXORQ(top, top, top) })
		acc = rotate(acc)
	}

	first := choose(0)
	first.all()
	for _, a := range acc {
		VPXORQ(a, a, a)
	}
	Comment("the first round: x goes to z with its carries up")
	VMOVDQA64(next, yi)
	others := choose(1)
	for d := range digits {
		VMOVDQU64(x.Offset(64*d), xd)
		if d > 0 {
			VPADDQ(carry, xd, xd)
		}
		VPSRLQ(Imm(radix), xd, carry)
		VMOVDQU64(xd, z.Offset(64*d))
		VPMADD52LUQ(xd, yi, acc[d])
		VPMADD52HUQ(xd, yi, acc[d+1])
		others.after(d)
	}
	others.all()
	reduce()

	inLoop := acc
	rounds := GP64()
	MOVQ(U32((digits-2)/unrolled), rounds)
	Commentf("after i rounds, with the first: acc 2^(%d i) = x (y mod 2^(%d i)) + f (m mod 2^(%d i))", radix, radix, radix)
	Label("round")
	for u := range unrolled {
		VMOVDQA64(next, yi)
		addY(choose(u + 2))
		reduce()
	}
	restore(inLoop[:digits+1], acc[:digits+1], acc[digits+1])
	acc = inLoop
	ADDQ(U32(laidDigit*unrolled), table.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))

	VMOVDQA64(next, yi)
	m := acc[digits+1]
	addY(steps{func() { quotient(m, acc[0], k0) }})
	addLast(acc[:digits+1], m, n)
	for d, a := range acc[1 : digits+1] {
		VMOVDQU64(a, z.Offset(64*d))
	}
	VZEROUPPER()
	RET()
}

// steps are instructions that are to stand between others.
type steps []func()

// after writes a step after every second digit.
func (s *steps) after(d int) {
	if d%2 == 1 && len(*s) > 0 {
		(*s)[0]()
		*s = (*s)[1:]
	}
}

// all writes those that are left.
func (s *steps) all() {
	for _, step := range *s {
		step()
	}
	*s = nil
}

// layTable writes the function that makes a laid table: for each digit, twice the transposition
// of eight entries of eight numbers.
func layTable(name string, digits int) {
	TEXT(name, NOSPLIT, "func(laid, table *uint64)")
	Doc(fmt.Sprintf("%s sets laid to a table of 16 entries of eight numbers of %d digits.", name, digits))
	Pragma("noescape")

	laid := Mem{Base: Load(Param("laid"), GP64())}
	table := Mem{Base: Load(Param("table"), GP64())}
	rounds := GP64()
	MOVQ(U32(digits), rounds)
	Label("digit")
	for half := range 2 {
		var free zmm
		rows, pairs := free.takeAll(8), free.takeAll(8)
		for i, r := range rows {
			VMOVDQU64(table.Offset((8*half+i)*64*digits), r)
		}
		Comment("pairs of entries: of the even numbers, and of the odd ones")
		for i := range 4 {
			VPUNPCKLQDQ(rows[2*i+1], rows[2*i], pairs[i])
			VPUNPCKHQDQ(rows[2*i+1], rows[2*i], pairs[4+i])
		}
		for odd := range 2 {
			p := pairs[4*odd:][:4]
			Commentf("four entries: of numbers %d and %d, and of %d and %d", odd, 4+odd, 2+odd, 6+odd)
			const even, other = 0x88, 0xdd
			VSHUFI64X2(Imm(even), p[1], p[0], rows[0])
			VSHUFI64X2(Imm(other), p[1], p[0], rows[1])
			VSHUFI64X2(Imm(even), p[3], p[2], rows[2])
			VSHUFI64X2(Imm(other), p[3], p[2], rows[3])
			for i, number := range []int{odd, 2 + odd, 4 + odd, 6 + odd} {
				take := uint64(even)
				if i >= 2 {
					take = other
				}
				VSHUFI64X2(Imm(take), rows[2+i%2], rows[i%2], rows[4])
				VMOVDQU64(rows[4], laid.Offset(number*laidNumber+64*half))
			}
		}
	}
	ADDQ(U32(64), table.Base)
	ADDQ(U32(laidDigit), laid.Base)
	DECQ(rounds)
	JNZ(LabelRef("digit"))
	VZEROUPPER()
	RET()
}
