// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// What the registers are for. RDX is a factor of every product.
var (
	low  = RAX // the lower word of a product
	x    = Mem{Base: RSI}
	y    = Mem{Base: RDI}
	t    = Mem{Base: RCX} // where the sum stands
	zero = RBP
)

// A window is the sum of the moment: eight words of it, and a register to move up with.
type window struct {
	words [block]GPPhysical
	spare GPPhysical
}

func newWindow() *window {
	return &window{[block]GPPhysical{R8, R9, R10, R11, R12, R13, R14, R15}, RBX}
}

// clear sets the window to zero.
func (w *window) clear() {
	for _, word := range w.words {
		XORL(word.As32(), word.As32())
	}
}

// load sets the window to the block of t.
func (w *window) load() {
	for k, word := range w.words {
		MOVQ(t.Offset(8*k), word)
	}
}

// row adds x RDX, with x a block, to the window, hands the lowest word to done, and moves the
// window up by it. Neither flag is set before, nor after: the window and a block times a word
// stay below 2^576.
func (w *window) row(x Mem, done func(word GPPhysical)) {
	XORL(EAX, EAX) // no flags, and no waiting for those of the row before
	lowest, sum := w.words[0], w.words[0]
	for k := range block {
		upper := w.spare
		if k > 0 {
			upper = w.words[k] // it is in the sum below by now
		}
		MULXQ(x.Offset(8*k), low, upper)
		ADCXQ(low, sum)
		if k == 0 {
			done(lowest)
		}
		if k < block-1 {
			ADOXQ(w.words[k+1], upper)
		} else {
			ADOXQ(zero, upper)
			ADCXQ(zero, upper)
		}
		sum = upper
	}
	w.words[0], w.spare = w.spare, lowest
}

// add adds a block of x times a block of y, and writes the lowest block of the sum.
func (w *window) add() {
	for i := range block {
		MOVQ(y.Offset(8*i), RDX)
		w.row(x, func(word GPPhysical) { MOVQ(word, t.Offset(8*i)) })
	}
}

// reduce adds the block of the modulus in x times the block of the quotient that makes the lowest
// block of the sum zero, and writes the quotient there. It takes two words of the quotient at a
// time, the lowest two words of the sum times k = -1 / n mod 2^128: one at a time each would wait
// for the row of the one before.
func (w *window) reduce(k [2]Mem) {
	for i := 0; i < block; i += 2 {
		m0, upper, m1 := RAX, w.spare, RDI
		MOVQ(w.words[0], RDX)
		MULXQ(k[0], m0, upper)
		IMULQ(k[1], RDX)
		MOVQ(w.words[1], m1)
		IMULQ(k[0], m1)
		ADDQ(RDX, m1)
		ADDQ(upper, m1)
		MOVQ(m0, t.Offset(8*i))
		MOVQ(m1, t.Offset(8*i+8))
		for _, m := range []GPPhysical{m0, m1} {
			MOVQ(m, RDX)
			w.row(x, func(GPPhysical) {})
		}
	}
}

// next adds the block of t that comes next, and the carry of the one before.
func (w *window) next(carry Mem) {
	MOVQ(carry, RAX)
	ADDQ(RAX, RAX)
	for k, word := range w.words {
		ADCQ(t.Offset(8*k), word)
	}
	SBBQ(RAX, RAX)
	MOVQ(RAX, carry)
}

// top writes the block behind the products of a strip where nothing stands yet.
func (w *window) top(carry Mem) {
	MOVQ(carry, RAX)
	ADDQ(RAX, RAX)
	for k, word := range w.words {
		ADCQ(zero, word)
		MOVQ(word, t.Offset(8*k))
	}
}

// last is next for the block behind the products of a strip, which it writes: there the carry of
// the strip before is added, too. It keeps the carry of this one, at most 1, for the next.
func (w *window) last(carry, strip Mem) {
	XORL(EAX, EAX)
	MOVL(U32(1), EBX)
	ADCXQ(carry, RBX) // CF = carry
	MOVL(U32(1), EBX)
	ADOXQ(strip, RBX) // OF = strip
	for k, word := range w.words {
		ADCXQ(t.Offset(8*k), word)
		ADOXQ(zero, word)
	}
	MOVQ(zero, RBX)
	ADOXQ(zero, RBX)
	SBBQ(RAX, RAX)
	NEGQ(RBX)
	ORQ(RBX, RAX)
	MOVQ(RAX, strip)
	for k, word := range w.words {
		MOVQ(word, t.Offset(8*k))
	}
}
