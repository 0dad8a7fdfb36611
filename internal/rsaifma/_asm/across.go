// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// number is one of the numbers that a kernel multiplies: its registers.
type number struct {
	acc, x, n []VecPhysical // digits: the sum, the factor x, the modulus
	y, m      VecPhysical   // the digit of y and the quotient, in every lane
	low       Register      // the sum's digit 0, which lane 0 of acc does not hold
	offset    int           // of its digits in memory, in bytes
	index     int           // of its k0
}

// zmm hands out the vector registers in order.
type zmm int

func (z *zmm) take() VecPhysical {
	r := [...]VecPhysical{
		Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
		Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31,
	}[*z]
	*z++
	return r
}

func (z *zmm) takeAll(count int) []VecPhysical {
	all := make([]VecPhysical, count)
	for i := range all {
		all[i] = z.take()
	}
	return all
}

// montgomery writes the product of one number or of two at once, with the digits of
// a number across the lanes. Two fill the pipeline: each waits for its own quotient
// digit most of the time.
//
// A round adds x y[i] and n m, where the quotient digit m makes digit 0 zero, and
// drops that digit. The digit and its carry are followed in a general register as
// well: from there the next m is a few cycles away.
func montgomery(name string, digits, count int) {
	size := vectors(digits)
	TEXT(name, NOSPLIT, "func(z, x, y, n, k0 *uint64)")
	Doc(montgomeryDoc(name, digits, count, size)...)
	Pragma("noescape")

	var free zmm
	numbers := make([]number, count)
	for i := range numbers {
		numbers[i] = number{
			acc: free.takeAll(size), x: free.takeAll(size), n: free.takeAll(size),
			y: free.take(), m: free.take(),
			low: GP64(), offset: i * size * 64, index: i,
		}
	}
	zero := free.take()

	x := Mem{Base: Load(Param("x"), GP64())}
	y := Mem{Base: Load(Param("y"), GP64())}
	n := Mem{Base: Load(Param("n"), GP64())}
	k0 := Mem{Base: Load(Param("k0"), GP64())}
	mask := GP64()
	MOVQ(U64(1<<radix-1), mask)

	VPXORQ(zero, zero, zero)
	for _, num := range numbers {
		for v := range size {
			VMOVDQU64(x.Offset(num.offset+64*v), num.x[v])
			VMOVDQU64(n.Offset(num.offset+64*v), num.n[v])
			VPXORQ(num.acc[v], num.acc[v], num.acc[v])
		}
		XORQ(num.low, num.low)
	}

	rounds := GP64()
	MOVQ(U32(digits), rounds)
	Commentf("after i rounds: acc 2^(%d i) = x (y mod 2^(%d i)) + n (m mod 2^(%d i))", radix, radix, radix)
	Label("round")
	for i, num := range numbers {
		lo, hi, m, carry := GP64(), GP64(), GP64(), GP64()
		Commentf("number %d, digit 0 in a general register: low += x[0] y[i], m = low k0 mod 2^%d", i, radix)
		VPBROADCASTQ(y.Offset(num.offset), num.y)
		MOVQ(y.Offset(num.offset), RDX)
		MULXQ(x.Offset(num.offset), lo, hi)
		ADDQ(lo, num.low)
		ADCQ(Imm(0), hi)
		MOVQ(k0.Offset(8*num.index), m)
		IMULQ(num.low, m)
		ANDQ(mask, m)
		VPBROADCASTQ(m, num.m)
		Commentf("low = (low + n[0] m) / 2^%d", radix)
		MOVQ(m, RDX)
		MULXQ(n.Offset(num.offset), lo, carry)
		ADDQ(lo, num.low)
		ADCQ(carry, hi)
		SHRQ(Imm(radix), num.low)
		SHLQ(Imm(64-radix), hi)
		ADDQ(hi, num.low)
	}
	Comment("x y[i], n m: low halves")
	for _, num := range numbers {
		for v := range size {
			VPMADD52LUQ(num.x[v], num.y, num.acc[v])
		}
		for v := range size {
			VPMADD52LUQ(num.n[v], num.m, num.acc[v])
		}
	}
	Comment("all digits go one lane down; the new digit 0 joins low")
	for _, num := range numbers {
		for v := range size {
			above := zero
			if v+1 < size {
				above = num.acc[v+1]
			}
			VALIGNQ(Imm(1), num.acc[v], above, num.acc[v])
		}
		next := GP64()
		VMOVQ(num.acc[0].AsX(), next)
		ADDQ(next, num.low)
	}
	Comment("x y[i], n m: high halves, one digit up, which is where the lanes are now")
	for _, num := range numbers {
		for v := range size {
			VPMADD52HUQ(num.x[v], num.y, num.acc[v])
		}
		for v := range size {
			VPMADD52HUQ(num.n[v], num.m, num.acc[v])
		}
	}
	ADDQ(Imm(8), y.Base)
	DECQ(rounds)
	JNZ(LabelRef("round"))

	z := Mem{Base: Load(Param("z"), GP64())}
	for i, num := range numbers {
		Commentf("number %d: digits of up to 60 bits become digits of %d", i, radix)
		num.normalize(zero)
		for v := range size {
			VMOVDQU64(num.acc[v], z.Offset(num.offset+64*v))
		}
	}
	VZEROUPPER()
	RET()
}

// normalize brings the digits of acc, of up to 60 bits, below 2^52: it sends the
// upper bits one lane up, and then lets a carry of 1 ripple through all lanes at
// once by an addition of lane masks. It uses the registers of x, y and m.
func (num number) normalize(zero VecPhysical) {
	size := len(num.acc)
	mask, one, carry := num.y, num.m, num.x
	r := GP64()
	Comment("low is lane 0")
	MOVQ(U32(1), r)
	KMOVB(r.As32(), K1)
	VPBROADCASTQ(num.low, carry[0])
	VMOVDQA64(carry[0], K1, num.acc[0])
	VPBROADCASTQ(r, one)
	MOVQ(U64(1<<radix-1), r)
	VPBROADCASTQ(r, mask)

	Commentf("the bits above %d go one lane up", radix)
	for v := range size {
		VPSRLQ(Imm(radix), num.acc[v], carry[v])
		VPANDQ(mask, num.acc[v], num.acc[v])
	}
	for v := size - 1; v >= 0; v-- {
		below := zero
		if v > 0 {
			below = carry[v-1]
		}
		VALIGNQ(Imm(7), below, carry[v], carry[v])
		VPADDQ(carry[v], num.acc[v], num.acc[v])
	}

	// A lane above 2^52-1 generates a carry, one equal to it passes a carry on.
	// In the sum of these masks the carries ripple as in any addition.
	Comment("masks: which lanes generate a carry of 1, which pass one on")
	generate, pass := GP64(), GP64()
	for v := size - 1; v >= 0; v-- {
		g, p := GP64(), GP64()
		VPCMPUQ(Imm(6), mask, num.acc[v], K1) // acc > mask
		VPCMPUQ(Imm(0), mask, num.acc[v], K2) // acc == mask
		KMOVB(K1, g.As32())
		KMOVB(K2, p.As32())
		if v == size-1 {
			MOVQ(g, generate)
			MOVQ(p, pass)
			continue
		}
		SHLQ(Imm(8), generate)
		SHLQ(Imm(8), pass)
		ORQ(g, generate)
		ORQ(p, pass)
	}
	Comment("carries ripple: ((2 generate + pass) ^ pass) are the lanes that take one")
	ADDQ(generate, generate)
	ADDQ(pass, generate)
	XORQ(pass, generate)
	for v := range size {
		KMOVB(generate.As32(), K1)
		VPADDQ(one, num.acc[v], K1, num.acc[v])
		VPANDQ(mask, num.acc[v], num.acc[v])
		if v+1 < size {
			SHRQ(Imm(8), generate)
		}
	}
}

func montgomeryDoc(name string, digits, count, size int) []string {
	which := "one number"
	if count == 2 {
		which = "two numbers, one behind the other,"
	}
	return []string{
		fmt.Sprintf("%s sets z = x y / 2^%d mod n for %s of %d digits", name, radix*digits, which, digits),
		fmt.Sprintf("of %d bits in %d words, with zeros at the top. k0 is -1 / n mod 2^%d, one a number.", radix, 8*size, radix),
	}
}

// selectPair writes the read of one entry a number out of a table of 32 entries.
// All of the table is read, whatever the indices.
func selectPair(name string, digits int) {
	size := vectors(digits)
	TEXT(name, NOSPLIT, "func(z, table *uint64, i, j uint64)")
	Doc(
		fmt.Sprintf("%s sets z to the first number of entry i and the second of entry j of a", name),
		fmt.Sprintf("table of 32 entries of 2 numbers of %d words. It reads all of it.", 8*size),
	)
	Pragma("noescape")

	var free zmm
	acc := free.takeAll(2 * size)
	indices := free.takeAll(2)
	entry, one := free.take(), free.take()
	table := Mem{Base: Load(Param("table"), GP64())}
	VPBROADCASTQ(Load(Param("i"), GP64()), indices[0])
	VPBROADCASTQ(Load(Param("j"), GP64()), indices[1])
	r := GP64()
	MOVQ(U32(1), r)
	VPBROADCASTQ(r, one)
	VPXORQ(entry, entry, entry)
	for _, a := range acc {
		VPXORQ(a, a, a)
	}
	rounds := GP64()
	MOVQ(U32(32), rounds)
	Comment("after k rounds: acc = entries i and j as far as they are below k, else 0; entry = k")
	Label("entry")
	VPCMPUQ(Imm(0), indices[0], entry, K1)
	VPCMPUQ(Imm(0), indices[1], entry, K2)
	for v := range acc {
		k := K1
		if v >= size {
			k = K2
		}
		VMOVDQU64(table.Offset(64*v), k, acc[v])
	}
	VPADDQ(one, entry, entry)
	ADDQ(U32(64*len(acc)), table.Base)
	DECQ(rounds)
	JNZ(LabelRef("entry"))
	z := Mem{Base: Load(Param("z"), GP64())}
	for v := range acc {
		VMOVDQU64(acc[v], z.Offset(64*v))
	}
	VZEROUPPER()
	RET()
}
