// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A place is memory of the frame or at DI, or what a parameter points to.
type place struct {
	Mem
	parameter string
	offset    int
}

func at(m Mem) place { return place{Mem: m} }

// parameter is the element that a parameter points to, or a later one.
func parameter(name string, i int) place { return place{parameter: name, offset: 32 * i} }

// address writes the address of the place to the register.
func (p place) address(r GPPhysical) {
	if p.parameter == "" {
		LEAQ(p.Mem, r)
		return
	}
	Load(Param(p.parameter), r)
	if p.offset != 0 {
		ADDQ(Imm(uint64(p.offset)), r)
	}
}

// coordinate is an element of a point, or of the frame.
func coordinate(p Mem, i int) Mem { return p.Offset(32 * i) }

// storeAt stores z where a parameter points to. It uses SI.
func (f *field) storeAt(name string) {
	Load(Param(name), RSI)
	f.store(Mem{Base: RSI})
}

// routines writes what the other functions call for a product or a square.
func routines(p *prime) {
	TEXT("mul"+p.name, NOSPLIT, "func()")
	Doc("mul"+p.name+" is for the other functions here, not for Go: the product of the elements at SI and",
		"BX, in registers. It leaves BX, DI and BP.")
	newField(p).writeMul(Mem{Base: RSI}, Mem{Base: RBX})
	RET()

	TEXT("sqr"+p.name, NOSPLIT, "func()")
	Doc("sqr" + p.name + " is the same for the square of the element at SI.")
	newField(p).writeSqr(Mem{Base: RSI})
	RET()
}

func products(p *prime) {
	f := newField(p)
	TEXT("Mul"+p.name, NOSPLIT, "func(z, x, y *uint64)")
	if p.reduceLimb != nil {
		Doc("Mul" + p.name + " sets z to x y / 2^256 modulo p. x is any number of four limbs, and y is below p. z is, too.")
	} else {
		Doc("Mul" + p.name + " sets z to x y modulo p. All are any numbers of four limbs.")
	}
	Pragma("noescape")
	parameter("x", 0).address(RSI)
	parameter("y", 0).address(RBX)
	f.writeMul(Mem{Base: RSI}, Mem{Base: RBX})
	f.storeAt("z")
	RET()

	TEXT("Sqr"+p.name, NOSPLIT, "func(z, x *uint64)")
	Doc("Sqr" + p.name + " is Mul" + p.name + " with y = x.")
	Pragma("noescape")
	parameter("x", 0).address(RSI)
	f.writeSqr(Mem{Base: RSI})
	f.storeAt("z")
	RET()
}

// add writes the addition of an affine point to one in extended coordinates: comb.go of the
// curve's package.
func add(p *prime) {
	f := newField(p)
	TEXT("Add"+p.name, NOSPLIT, "func(p, q *uint64)")
	Doc("Add"+p.name+" adds the affine point q to p, which is X, Y, ZZ, ZZZ: X / ZZ and Y / ZZZ. If p is q, -q",
		"or infinity, ZZ becomes 0, and the result is none.")
	Pragma("noescape")
	frame := AllocLocal(32 * 6)
	h, r, hh := coordinate(frame, 0), coordinate(frame, 1), coordinate(frame, 2)
	rr, hhh, v := coordinate(frame, 3), coordinate(frame, 4), coordinate(frame, 5)
	Load(Param("p"), RDI)
	point := Mem{Base: RDI}
	x, y, zz, zzz := coordinate(point, 0), coordinate(point, 1), coordinate(point, 2), coordinate(point, 3)

	Comment("h = x ZZ - X")
	f.mul(at(zz), parameter("q", 0))
	f.sub(x)
	f.store(h)
	Comment("r = y ZZZ - Y")
	f.mul(at(zzz), parameter("q", 1))
	f.sub(y)
	f.store(r)
	Comment("h^2, r^2, h^3, v = X h^2")
	f.sqr(at(h))
	f.store(hh)
	f.sqr(at(r))
	f.store(rr)
	f.mul(at(hh), at(h))
	f.store(hhh)
	f.mul(at(x), at(hh))
	f.store(v)
	Comment("ZZ' = ZZ h^2")
	f.mul(at(zz), at(hh))
	f.store(zz)
	f.chordX(rr, hhh, v, x)
	Comment("ZZZ' = ZZZ h^3")
	f.mul(at(zzz), at(hhh))
	f.store(zzz)
	f.chordY(v, at(r), hhh, y)
	RET()
}

// chordX writes X' = r^2 - h^3 - 2 v, and v - X' to v.
func (f *field) chordX(rr, hhh, v, x Mem) {
	Comment("X' = r^2 - h^3 - 2 v")
	f.load(rr)
	f.sub(hhh)
	f.sub(v)
	f.sub(v)
	f.store(x)
	Comment("v - X'")
	f.subFrom(v)
	f.store(v)
}

// chordY writes Y' = r (v - X') - Y h^3, where v is v - X'.
func (f *field) chordY(v Mem, r place, hhh, y Mem) {
	Comment("Y' = r (v - X') - Y h^3")
	f.mul(at(y), at(hhh))
	f.store(hhh)
	f.mul(at(v), r)
	f.sub(hhh)
	f.store(y)
}

// differences and chord write the two parts of the addition of an affine point to one in
// Jacobian coordinates: point.go of the curve's package.
func differences(p *prime) {
	f := newField(p)
	TEXT("Differences"+p.name, NOSPLIT, "func(h, r, p, q *uint64)")
	Doc("Differences" + p.name + " sets h to x Z^2 - X and r to y Z^3 - Y, where q is x, y, and p is X, Y, Z.")
	Pragma("noescape")
	zz := AllocLocal(32)
	Load(Param("p"), RDI)
	point := Mem{Base: RDI}
	x, y, z := coordinate(point, 0), coordinate(point, 1), coordinate(point, 2)
	f.sqr(at(z))
	f.store(zz)
	f.mul(at(zz), parameter("q", 0))
	f.sub(x)
	f.storeAt("h")
	f.mul(at(zz), parameter("q", 1))
	f.store(zz)
	f.mul(at(zz), at(z))
	f.sub(y)
	f.storeAt("r")
	RET()
}

func chord(p *prime) {
	f := newField(p)
	TEXT("Chord"+p.name, NOSPLIT, "func(p, h, r *uint64)")
	Doc("Chord"+p.name+" adds to p, which is X, Y, Z, the point whose differences from it are h and r, where",
		"h is not 0.")
	Pragma("noescape")
	frame := AllocLocal(32 * 4)
	hh, rr, hhh, v := coordinate(frame, 0), coordinate(frame, 1), coordinate(frame, 2), coordinate(frame, 3)
	Load(Param("p"), RDI)
	point := Mem{Base: RDI}
	x, y, z := coordinate(point, 0), coordinate(point, 1), coordinate(point, 2)
	Comment("h^2, r^2, h^3, v = X h^2")
	f.sqr(parameter("h", 0))
	f.store(hh)
	f.sqr(parameter("r", 0))
	f.store(rr)
	f.mul(at(hh), parameter("h", 0))
	f.store(hhh)
	f.mul(at(x), at(hh))
	f.store(v)
	Comment("Z' = Z h")
	f.mul(at(z), parameter("h", 0))
	f.store(z)
	f.chordX(rr, hhh, v, x)
	f.chordY(v, parameter("r", 0), hhh, y)
	RET()
}

// double writes the doubling of a point in Jacobian coordinates: tangent.go of the curve's package.
func double(p *prime) {
	f := newField(p)
	TEXT("Double"+p.name, NOSPLIT, "func(p, q *uint64)")
	Doc("Double" + p.name + " sets p to 2q. Both are X, Y, Z: X / Z^2 and Y / Z^3. They may be the same memory.")
	Pragma("noescape")
	frame := AllocLocal(32 * 4)
	l, s, t, u := coordinate(frame, 0), coordinate(frame, 1), coordinate(frame, 2), coordinate(frame, 3)
	Load(Param("q"), RDI)
	point := Mem{Base: RDI}
	x, y, z := coordinate(point, 0), coordinate(point, 1), coordinate(point, 2)
	Comment("s = Y^2")
	f.sqr(at(y))
	f.store(s)
	if p.a == -3 {
		Comment("X - Z^2, X + Z^2")
		f.sqr(at(z))
		f.store(u)
		f.add(x)
		f.store(l)
		f.load(x)
		f.sub(u)
		f.store(u)
	}
	Comment("t = X s")
	f.mul(at(x), at(s))
	f.store(t)
	if p.a == -3 {
		Comment("l = 3 (X - Z^2) (X + Z^2) / 2")
		f.mul(at(l), at(u))
	} else {
		Comment("l = 3 X^2 / 2")
		f.sqr(at(x))
	}
	f.store(l)
	f.half()
	f.add(l)
	f.store(l)
	Comment("Z' = Y Z")
	f.mul(at(y), at(z))
	Load(Param("p"), RDI)
	f.store(z)
	Comment("s^2")
	f.sqr(at(s))
	f.store(s)
	Comment("X' = l^2 - 2 t")
	f.sqr(at(l))
	f.sub(t)
	f.sub(t)
	f.store(x)
	Comment("Y' = l (t - X') - s^2")
	f.subFrom(t)
	f.store(t)
	f.mul(at(t), at(l))
	f.sub(s)
	f.store(y)
	RET()
}
