// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An element is four registers, the least significant first.
type element [4]GPPhysical

// A product is in low and high. AX, CX, DX are free for intermediate results.
var (
	low  = element{R8, R9, R10, R11}
	high = element{R12, R13, R14, R15}
	wide = [8]GPPhysical{R8, R9, R10, R11, R12, R13, R14, R15}
)

// writeMul writes the product of x and y, in memory, and its reduction.
func (f *field) writeMul(x, y Mem) {
	if f.reduceLimb == nil {
		for i := range 4 {
			row(i, x, y)
		}
		f.foldHigh()
		return
	}
	// The reduction follows one row behind the product, which is faster than after it. If y is
	// below p, x may be any number of 256 bits. Then the sum after row i, with the multiples of
	// p for the i limbs below, is less than
	//
	//	2^(64 i + 64) p + 2^(64 i) p = 2^(64 i) (2^64 + 1) p,
	//
	// and since p is below 2^256 - 2^192, that fits into the i + 5 limbs that there are. The
	// quotient by 2^256, at the end, is less than 2p.
	row(0, x, y)
	for i := 1; i < 4; i++ {
		row(i, x, y)
		f.reduceBelow(i-1, i+4)
	}
	f.reduceBelow(3, 7)
	MOVL(U32(0), EAX)
	f.z, f.t = high, low
	f.subtractOnce()
}

// row adds x[i] y to the product, of which there are the i + 4 limbs below limb i + 4.
//
// The products with y[0] and y[2] are four limbs side by side, and those with y[1] and y[3]
// another four, one further up. So there are two chains of additions. ADCX and ADOX could run
// both at once; but they take as many instructions, and for both the ports of those with carry.
func row(i int, x, y Mem) {
	Commentf("x[%d] y", i)
	MOVQ(x.Offset(8*i), RDX)
	if i == 0 {
		MULXQ(y, wide[0], wide[1])
		MULXQ(y.Offset(16), wide[2], wide[3])
		MULXQ(y.Offset(8), RAX, RCX)
		ADDQ(RAX, wide[1])
		ADCQ(RCX, wide[2])
		MULXQ(y.Offset(24), RAX, wide[4])
		ADCQ(RAX, wide[3])
		ADCQ(Imm(0), wide[4])
		return
	}
	MULXQ(y.Offset(8), RAX, RCX)
	ADDQ(RAX, wide[i+1])
	ADCQ(RCX, wide[i+2])
	MULXQ(y.Offset(24), RAX, wide[i+4])
	ADCQ(RAX, wide[i+3])
	ADCQ(Imm(0), wide[i+4])
	MULXQ(y, RAX, RCX)
	ADDQ(RAX, wide[i])
	ADCQ(RCX, wide[i+1])
	MULXQ(y.Offset(16), RAX, RCX)
	ADCQ(RAX, wide[i+2])
	ADCQ(RCX, wide[i+3])
	ADCQ(Imm(0), wide[i+4])
}

// reduceBelow adds the multiple of p that makes limb i of the product zero. The highest limb
// there is is top; what it carries is in the flag.
func (f *field) reduceBelow(i, top int) {
	Commentf("limb %d", i)
	f.reduceLimb(element(wide[i:i+4]), RCX)
	ADCQ(RCX, wide[i+4])
	for j := i + 5; j <= top; j++ {
		ADCQ(Imm(0), wide[j])
	}
}

// writeSqr writes the square of x, in memory, and its reduction.
func (f *field) writeSqr(x Mem) {
	Comment("the products of two different limbs")
	MOVQ(x, RDX)
	MULXQ(x.Offset(8), wide[1], wide[2])
	MULXQ(x.Offset(24), wide[3], wide[4])
	MULXQ(x.Offset(16), RAX, RCX)
	MOVQ(x.Offset(24), RDX)
	MULXQ(x.Offset(16), wide[5], wide[6])
	ADDQ(RAX, wide[2])
	ADCQ(RCX, wide[3])
	MULXQ(x.Offset(8), RAX, RCX)
	ADCQ(RAX, wide[4])
	ADCQ(RCX, wide[5])
	ADCQ(Imm(0), wide[6])
	MOVQ(x.Offset(8), RDX)
	MULXQ(x.Offset(16), RAX, RCX)
	ADDQ(RAX, wide[3])
	ADCQ(RCX, wide[4])
	ADCQ(Imm(0), wide[5])
	ADCQ(Imm(0), wide[6])

	Comment("twice")
	MOVL(U32(0), wide[7].As32())
	ADDQ(wide[1], wide[1])
	for _, r := range wide[2:] {
		ADCQ(r, r)
	}

	Comment("and the squares of the limbs")
	MOVQ(x, RDX)
	MULXQ(RDX, wide[0], RCX)
	ADDQ(RCX, wide[1])
	for i := 1; i < 4; i++ {
		MOVQ(x.Offset(8*i), RDX)
		MULXQ(RDX, RAX, RCX)
		ADCQ(RAX, wide[2*i])
		ADCQ(RCX, wide[2*i+1])
	}

	if f.reduceLimb == nil {
		f.foldHigh()
		return
	}
	// Divided by 2^64 after each limb, the lower half stays below p + 2^192.
	r, top := low, RCX
	for i := range 4 {
		Commentf("limb %d", i)
		f.reduceLimb(r, top)
		ADCQ(Imm(0), top)
		r, top = element{r[1], r[2], r[3], top}, r[0]
	}
	Comment("plus the upper half")
	MOVL(U32(0), EAX)
	ADDQ(r[0], high[0])
	for i := 1; i < 4; i++ {
		ADCQ(r[i], high[i])
	}
	f.z, f.t = high, low
	f.subtractOnce()
}

// foldHigh writes the reduction of a product modulo 2^256 - fold: the upper half is worth fold
// times itself, and so is the limb that this leaves, of at most 34 bits.
func (f *field) foldHigh() {
	Comment("plus the upper half, times fold")
	MOVQ(constant(f.fold), RDX)
	MULXQ(high[1], RAX, RCX)
	MULXQ(high[3], RSI, high[3])
	ADDQ(RAX, low[1])
	ADCQ(RCX, low[2])
	ADCQ(RSI, low[3])
	ADCQ(Imm(0), high[3])
	MULXQ(high[0], RAX, RCX)
	ADDQ(RAX, low[0])
	ADCQ(RCX, low[1])
	MULXQ(high[2], RAX, RCX)
	ADCQ(RAX, low[2])
	ADCQ(RCX, low[3])
	ADCQ(Imm(0), high[3])
	Comment("again")
	MULXQ(high[3], RAX, RCX)
	ADDQ(RAX, low[0])
	ADCQ(RCX, low[1])
	ADCQ(Imm(0), low[2])
	ADCQ(Imm(0), low[3])
	// That limb is at most fold. So a carry leaves less than fold^2 < 2^67.
	Comment("and the carry, which ends in limb 1")
	SBBQ(RAX, RAX)
	ANDQ(RDX, RAX)
	ADDQ(RAX, low[0])
	ADCQ(Imm(0), low[1])
	f.z, f.t = low, high
}
