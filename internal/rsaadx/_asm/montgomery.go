// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A frame is what a function keeps on its stack. Carries are all ones or 0.
type frame struct {
	sum            Mem // of twice as many words as a number
	carry, strip   Mem // see window.last
	rows, strips   Mem // still to come
	stripT, stripY Mem // where the strip begins, and in a square its rows
	k1             Mem // the upper word of -1 / n mod 2^128, of which k0 is the lower one

	z, x, n, k0, blocks Mem // parameters
}

func newFrame() *frame {
	f := &frame{sum: AllocLocal(2 * maxBlocks * blockBytes)}
	for _, slot := range []*Mem{&f.carry, &f.strip, &f.rows, &f.strips, &f.stripT, &f.stripY, &f.k1} {
		*slot = AllocLocal(8)
	}
	f.z, f.x, f.n = parameterOf("z"), parameterOf("x"), parameterOf("n")
	f.k0, f.blocks = parameterOf("k0"), parameterOf("blocks")
	return f
}

// setK1 sets k1 to (u + 1 + k0 n[1]) k0, with u the upper word of k0 n[0], which is u 2^64 + 2^64
// - 1: so k n = -1 mod 2^128.
func (f *frame) setK1() {
	n := Mem{Base: RSI}
	MOVQ(f.n, n.Base)
	MOVQ(f.k0, RDX)
	MULXQ(n, RAX, RBX)
	MOVQ(n.Offset(8), RAX)
	IMULQ(RDX, RAX)
	LEAQ(Mem{Base: RAX, Index: RBX, Scale: 1, Disp: 1}, RAX)
	IMULQ(RDX, RAX)
	MOVQ(RAX, f.k1)
}

func parameterOf(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

func move(from, to Mem) {
	MOVQ(from, RAX)
	MOVQ(RAX, to)
}

// countDown subtracts 1 from a counter. DEC would leave CF, which comes from secrets, among the
// flags that a jump reads.
func countDown(counter Mem) { SUBQ(Imm(1), counter) }

func multiply(name string) {
	TEXT(name, 0, "func(z, x, y, n *uint64, k0 uint64, blocks int)")
	Doc(
		name+" sets z = x y / R mod n, for numbers of 8 blocks words, at most 48, and R =",
		"2^(512 blocks). x, y and z are below R, not always below n. The top bit of n is set, and k0",
		"is -1 / n mod 2^64. z may be x or y.",
	)
	Pragma("noescape")
	f, w := newFrame(), newWindow()
	ys := parameterOf("y")

	f.setK1()
	XORL(EBP, EBP)
	MOVQ(f.x, x.Base)
	LEAQ(f.sum, t.Base)
	Comment("the lowest block of x, times all of y")
	MOVQ(t.Base, f.stripT)
	MOVQ(ys, y.Base)
	move(f.blocks, f.rows)
	w.clear()
	Label("first")
	w.add()
	ADDQ(Imm(blockBytes), y.Base)
	ADDQ(Imm(blockBytes), t.Base)
	countDown(f.rows)
	JNZ(LabelRef("first"))
	MOVQ(zero, f.carry)
	w.top(f.carry)

	MOVQ(f.blocks, RAX)
	SUBQ(Imm(1), RAX)
	MOVQ(RAX, f.strips)
	Label("strip")
	Comment("the next block of x, times all of y")
	ADDQ(Imm(blockBytes), x.Base)
	MOVQ(f.stripT, t.Base)
	ADDQ(Imm(blockBytes), t.Base)
	MOVQ(t.Base, f.stripT)
	MOVQ(ys, y.Base)
	move(f.blocks, f.rows)
	f.addStrip(w, func() { w.top(f.carry) })
	countDown(f.strips)
	JNZ(LabelRef("strip"))

	f.reduce(w)
	f.subtract(w)
	f.finish()
}

func square(name string) {
	TEXT(name, 0, "func(z, x, n *uint64, k0 uint64, blocks, times int)")
	Doc(
		name+" sets z = x x / R mod n as Multiply does, and then squares z, until it has",
		"done so the given times, at least once.",
	)
	Pragma("noescape")
	f, w := newFrame(), newWindow()
	times := parameterOf("times")

	f.setK1()
	Label("square")
	XORL(EBP, EBP)
	MOVQ(f.x, x.Base)
	LEAQ(f.sum, t.Base)
	move(f.blocks, f.rows)
	Label("triangle")
	Comment("the products x[i] x[j], i < j, of a block")
	triangle()
	ADDQ(Imm(blockBytes), x.Base)
	ADDQ(U32(2*blockBytes), t.Base)
	countDown(f.rows)
	JNZ(LabelRef("triangle"))

	MOVQ(zero, f.strip)
	MOVQ(f.blocks, RAX)
	SUBQ(Imm(1), RAX)
	MOVQ(RAX, f.strips)
	MOVQ(f.x, x.Base)
	LEAQ(x.Offset(blockBytes), y.Base)
	LEAQ(f.sum.Offset(blockBytes), t.Base)
	Label("strip")
	Comment("a block of x, times all blocks above it")
	MOVQ(t.Base, f.stripT)
	MOVQ(y.Base, f.stripY)
	move(f.strips, f.rows)
	f.addStrip(w, func() { w.last(f.carry, f.strip) })
	ADDQ(Imm(blockBytes), x.Base)
	MOVQ(f.stripY, y.Base)
	ADDQ(Imm(blockBytes), y.Base)
	MOVQ(f.stripT, t.Base)
	ADDQ(U32(2*blockBytes), t.Base)
	countDown(f.strips)
	JNZ(LabelRef("strip"))
	Comment("the carry of the last strip")
	MOVQ(f.strip, RAX)
	ADDQ(RAX, RAX)
	for k := range block {
		ADCQ(zero, t.Offset(8*k))
	}

	f.double()
	f.reduce(w)
	f.subtract(w)
	move(f.z, f.x)
	countDown(times)
	JNZ(LabelRef("square"))
	f.finish()
}

// addStrip adds a block, x, times the blocks from y on, as many as rows says, to the sum
// from t on, and ends with what is behind them.
func (f *frame) addStrip(w *window, end func()) {
	w.load()
	MOVQ(zero, f.carry)
	Label("rows")
	w.add()
	ADDQ(Imm(blockBytes), y.Base)
	ADDQ(Imm(blockBytes), t.Base)
	countDown(f.rows)
	JZ(LabelRef("rowsEnd"))
	w.next(f.carry)
	JMP(LabelRef("rows"))
	Label("rowsEnd")
	end()
}

// double makes a square of the products of different words.
func (f *frame) double() {
	sum := Mem{Base: RDI}
	Comment("twice the sum, and the squares x[i] x[i]")
	MOVQ(f.x, x.Base)
	LEAQ(f.sum, sum.Base)
	MOVQ(f.blocks, RCX)
	XORL(EAX, EAX)
	loopKeepingFlags("double", func() {
		for k := range block {
			MOVQ(x.Offset(8*k), RDX)
			MULXQ(RDX, RAX, RBX)
			for half, square := range []GPPhysical{RAX, RBX} {
				at, word := sum.Offset(16*k+8*half), []GPPhysical{R8, R9}[half]
				MOVQ(at, word)
				ADOXQ(word, word)
				ADCXQ(square, word)
				MOVQ(word, at)
			}
		}
		LEAQ(x.Offset(blockBytes), x.Base)
		LEAQ(sum.Offset(2*blockBytes), sum.Base)
	})
}

// reduce adds the multiple of n that makes the lower half of the sum zero. The strip's carry
// at the end is that of the upper half, where t is then.
func (f *frame) reduce(w *window) {
	MOVQ(zero, f.strip)
	move(f.blocks, f.strips)
	LEAQ(f.sum, t.Base)
	Label("reduce")
	Comment("the quotient for a block, times all of n")
	MOVQ(f.n, x.Base)
	move(f.blocks, f.rows)
	MOVQ(zero, f.carry)
	w.load()
	w.reduce([2]Mem{f.k0, f.k1})
	MOVQ(t.Base, y.Base)
	Label("reduceRows")
	ADDQ(Imm(blockBytes), t.Base)
	ADDQ(Imm(blockBytes), x.Base)
	countDown(f.rows)
	JZ(LabelRef("reduceEnd"))
	w.next(f.carry)
	w.add()
	JMP(LabelRef("reduceRows"))
	Label("reduceEnd")
	w.last(f.carry, f.strip)
	LEAQ(y.Offset(blockBytes), t.Base)
	countDown(f.strips)
	JNZ(LabelRef("reduce"))
}

// loopKeepingFlags writes a loop that runs RCX times, at least once, and passes CF and OF on.
func loopKeepingFlags(label string, body func()) {
	Label(label)
	body()
	LEAQ(Mem{Base: RCX, Disp: -1}, RCX)
	Instruction(&ir.Instruction{ // avo has it for a displacement only
		Opcode: "JCXZQ", Operands: []Op{LabelRef(label + "End")}, Inputs: []Op{RCX},
		IsBranch: true, IsConditional: true,
	})
	JMP(LabelRef(label))
	Label(label + "End")
}

// subtract sets z to the upper half of the sum, where t is, less n if it has a carry. The sum
// is below R R + R n: the half less n is below R.
func (f *frame) subtract(w *window) {
	upper, z, n := t, Mem{Base: RDI}, Mem{Base: RSI}
	MOVQ(f.z, z.Base)
	MOVQ(f.n, n.Base)
	MOVQ(f.strip, RDX)
	blocks, borrow := RBP, RBX
	MOVQ(f.blocks, blocks)
	XORL(EBX, EBX)
	Label("subtract")
	for k, word := range w.words {
		MOVQ(n.Offset(8*k), word)
		ANDQ(RDX, word)
	}
	ADDQ(borrow, borrow)
	for k, word := range w.words {
		MOVQ(upper.Offset(8*k), RAX)
		SBBQ(word, RAX)
		MOVQ(RAX, z.Offset(8*k))
	}
	SBBQ(borrow, borrow)
	for _, m := range []Mem{upper, z, n} {
		ADDQ(Imm(blockBytes), m.Base)
	}
	SUBQ(Imm(1), blocks)
	JNZ(LabelRef("subtract"))
}

// finish leaves nothing of the numbers on the stack or in the registers.
func (f *frame) finish() {
	LEAQ(f.sum, RDI)
	MOVQ(f.blocks, RCX)
	VPXOR(Y0, Y0, Y0)
	Label("wipe")
	for i := range 2 * blockBytes / 32 {
		VMOVDQU(Y0, Mem{Base: RDI, Disp: 32 * i})
	}
	ADDQ(U32(2*blockBytes), RDI)
	SUBQ(Imm(1), RCX)
	JNZ(LabelRef("wipe"))
	Comment("k0 and k1 give away the lowest 128 bits of n")
	MOVQ(RCX, f.k0)
	MOVQ(RCX, f.k1)
	VZEROUPPER()
	for _, r := range []Register{EAX, EBX, EDX, R8L, R9L, R10L, R11L, R12L, R13L, R14L, R15L} {
		XORL(r, r)
	}
	RET()
}

// triangle writes the products of different words of a block, 16 words of which the lowest and
// the highest are zero.
func triangle() {
	MOVQ(zero, t)
	MOVQ(zero, t.Offset(8*(2*block-1)))
	free := []GPPhysical{RDI, RBX, R8, R9, R10, R11, R12, R13, R14, R15}
	at := make(map[int]GPPhysical) // words of the sum
	take := func() GPPhysical {
		r := free[0]
		free = free[1:]
		return r
	}
	for i := range block - 1 {
		Comment(fmt.Sprintf("x[%d], times all words above it", i))
		MOVQ(x.Offset(8*i), RDX)
		XORL(EAX, EAX)
		for j := i + 1; j < block; j++ {
			upper := take()
			MULXQ(x.Offset(8*j), low, upper)
			if sum, ok := at[i+j]; ok {
				ADCXQ(low, sum)
			} else { // the first word of the first row
				MOVQ(low, t.Offset(8*(i+j)))
			}
			if sum, ok := at[i+j+1]; ok {
				ADOXQ(upper, sum)
				free = append(free, upper)
			} else {
				at[i+j+1] = upper
			}
		}
		if i > 0 {
			ADOXQ(zero, at[i+block])
		}
		ADCXQ(zero, at[i+block])
		for k := 2*i + 1; k <= 2*i+2; k++ {
			if sum, ok := at[k]; ok {
				MOVQ(sum, t.Offset(8*k))
				free = append(free, sum)
				delete(at, k)
			}
		}
	}
	if len(at) > 0 {
		panic("a word of the sum is left")
	}
}
