// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A field writes arithmetic on one element, in the registers z. The results are those of the
// functions of the same names in field.go of the curve's package, bit for bit.
type field struct {
	*prime
	z, t element // t are free, as are AX, CX and DX
}

func newField(p *prime) *field { return &field{prime: p, z: low, t: high} }

// mul sets z to x y. It uses all registers but DI.
func (f *field) mul(x, y place) {
	x.address(RSI)
	y.address(RBX)
	f.call("mul")
}

// sqr sets z to x^2. It uses all registers but BX and DI.
func (f *field) sqr(x place) {
	x.address(RSI)
	f.call("sqr")
}

func (f *field) call(routine string) {
	CALL(LabelRef("·" + routine + f.name + "(SB)"))
	f.z, f.t = high, low
	if f.reduceLimb == nil {
		f.z, f.t = low, high
	}
}

func (f *field) load(x Mem) {
	for i, z := range f.z {
		MOVQ(x.Offset(8*i), z)
	}
}

func (f *field) store(x Mem) {
	for i, z := range f.z {
		MOVQ(z, x.Offset(8*i))
	}
}

// add adds x to z.
func (f *field) add(x Mem) {
	if f.reduceLimb != nil {
		MOVL(U32(0), EAX)
	}
	ADDQ(x, f.z[0])
	for i := 1; i < 4; i++ {
		ADCQ(x.Offset(8*i), f.z[i])
	}
	if f.reduceLimb != nil {
		f.subtractOnce()
		return
	}
	// A second carry leaves a number below fold.
	MOVQ(constant(f.fold), RCX)
	SBBQ(RAX, RAX)
	ANDQ(RCX, RAX)
	ADDQ(RAX, f.z[0])
	for i := 1; i < 4; i++ {
		ADCQ(Imm(0), f.z[i])
	}
	SBBQ(RAX, RAX)
	ANDQ(RCX, RAX)
	ADDQ(RAX, f.z[0])
}

// subtractOnce reduces z, which is below 2p, with the carry of 2^256 in the flag. AX is 0.
func (f *field) subtractOnce() {
	Comment("minus p, unless that borrows")
	ADCQ(RAX, RAX)
	for i := range f.z {
		MOVQ(f.z[i], f.t[i])
	}
	for i, limb := range f.p {
		var op Op
		switch limb {
		case ones:
			op = I8(-1)
		case 0:
			op = Imm(0)
		default:
			op = constant(limb)
		}
		if i == 0 {
			SUBQ(op, f.t[i])
		} else {
			SBBQ(op, f.t[i])
		}
	}
	SBBQ(Imm(0), RAX)
	for i := range f.z {
		CMOVQCC(f.t[i], f.z[i])
	}
}

// sub subtracts x from z.
func (f *field) sub(x Mem) {
	SUBQ(x, f.z[0])
	for i := 1; i < 4; i++ {
		SBBQ(x.Offset(8*i), f.z[i])
	}
	f.addBorrowed()
}

// subFrom sets z to x - z.
func (f *field) subFrom(x Mem) {
	f.z, f.t = f.t, f.z
	f.load(x)
	SUBQ(f.t[0], f.z[0])
	for i := 1; i < 4; i++ {
		SBBQ(f.t[i], f.z[i])
	}
	f.addBorrowed()
}

// addBorrowed reduces z after a subtraction, with the borrow of 2^256 in the flag.
func (f *field) addBorrowed() {
	SBBQ(RAX, RAX)
	if f.reduceLimb != nil {
		f.addMasked()
		return
	}
	// 2^256 - fold was borrowed too much. A second borrow leaves a number of at least 2^256 -
	// fold, in whose limb 0 it ends.
	MOVQ(constant(f.fold), RCX)
	ANDQ(RCX, RAX)
	SUBQ(RAX, f.z[0])
	for i := 1; i < 4; i++ {
		SBBQ(Imm(0), f.z[i])
	}
	SBBQ(RAX, RAX)
	ANDQ(RCX, RAX)
	SUBQ(RAX, f.z[0])
}

// addMasked adds p to z if AX is all ones, and 0 if it is 0. The carry is in the flag.
func (f *field) addMasked() {
	var limbs [4]Op
	free := []GPPhysical{RCX, RDX}
	for i, limb := range f.p {
		switch limb {
		case ones:
			limbs[i] = RAX
		case 0:
			limbs[i] = Imm(0)
		default:
			MOVQ(constant(limb), free[0])
			ANDQ(RAX, free[0])
			limbs[i], free = free[0], free[1:]
		}
	}
	ADDQ(limbs[0], f.z[0])
	for i := 1; i < 4; i++ {
		ADCQ(limbs[i], f.z[i])
	}
}

// half divides z by 2. If it is odd, p makes it even.
func (f *field) half() {
	MOVQ(f.z[0], RAX)
	ANDL(Imm(1), EAX)
	NEGQ(RAX)
	f.addMasked()
	SBBQ(RAX, RAX)
	for i := range 3 {
		SHRQ(Imm(1), f.z[i+1], f.z[i])
	}
	SHRQ(Imm(1), RAX, f.z[3])
}
