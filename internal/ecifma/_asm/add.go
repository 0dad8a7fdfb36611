// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// addition writes the step of a comb: eight points, each plus or minus an entry of a block of
// the table that only its lane knows.
//
// The points are in the coordinates X, Y, ZZ, ZZZ of extendedPoint in internal/ec256 (comb.go):
//
//	h = x ZZ - X,  r = y ZZZ - Y,  v = X h^2,  g = h^3,
//	X' = r^2 - g - 2 v,  Y' = r (X' - v) + Y g,  ZZ' = ZZ h^2,  ZZZ' = ZZZ g.
//
// That Y' is the negative of the sum's, so that it is two products and one reduction.
func addition(p *prime) {
	name := "add" + p.name
	TEXT(name, NOSPLIT, "func(points, block, digits *uint64, shift, flip uint64)")
	Doc(
		name+" replaces eight points P of "+p.name+" by -(P + Q), where the Q of a lane is d times",
		"the base of the block, for d = 2e - 31 and the digit e = digits >> shift mod 32. In",
		"lanes of flip it is -d times the base. All of the block is read.",
		"",
		"P is neither Q nor -Q, and not infinity.",
		"",
		"points is X, Y, ZZ, ZZZ, of five digits of eight lanes each, and as much memory for six",
		"numbers. block is x and y of the odd multiples of its base, digit by digit, with the",
		"16 of them in a row.",
	)
	Pragma("noescape")

	points := Mem{Base: Load(Param("points"), GP64())}
	block := Mem{Base: Load(Param("block"), GP64())}
	slot := func(i int) Mem { return points.Offset(64 * digits * i) }
	ones := func(numerator, bits int) *big.Int { // numerator 2^bits, as a bound
		return shift(big.NewInt(int64(numerator)), bits)
	}
	maxX, maxY, maxZZ, maxZZZ := ones(65, 250), ones(3, 256), ones(3, 255), ones(3, 255)

	k := newKernel(p)
	x, y := k.inMemory(slot(0), maxX), k.inMemory(slot(1), maxY)
	zz, zzz := k.inMemory(slot(2), maxZZ), k.inMemory(slot(3), maxZZZ)

	Comment("the index: e - 16, or 15 - e if e is below 16; K1: lanes that take -Q")
	index := k.take(1)[0]
	VMOVDQU64(Mem{Base: Load(Param("digits"), GP64())}, index)
	count := GP64()
	Load(Param("shift"), count)
	VMOVQ(count, k.free[0].AsX())
	VPSRLQ(k.free[0].AsX(), index, index)
	VPTESTNMQ_BCST(constant(16), index, K1)
	VPXORQ_BCST(constant(15), index, K1, index)
	flip := GP64()
	Load(Param("flip"), flip)
	KMOVB(flip.As32(), K2)
	KXORB(K1, K2, K1)

	coordinate := func(which int) value {
		v := canonical(new(big.Int).Sub(p.p, big.NewInt(1)))
		for i, r := range k.take(digits) {
			at := block.Offset(128 * (digits*which + i))
			low := k.take(1)[0]
			VMOVDQU64(at, low)
			VMOVDQA64(index, r)
			VPERMI2Q(at.Offset(64), low, r)
			k.give(digit{at: low})
			v.digits[i].at = r
		}
		return v
	}
	product := func(x, y value) value { return k.carry(k.multiply(x, y)) }

	Comment("h = x ZZ - X")
	qx := coordinate(0)
	h := k.multiply(qx, zz)
	k.give(qx.digits...)
	h = k.store(k.carry(k.subtract(h, x)), slot(4))

	Comment("r = y ZZZ - Y, or -y ZZZ - Y")
	qy := coordinate(1)
	r := k.multiply(qy, zzz)
	k.give(qy.digits...)
	least := new(big.Int).Neg(r.max)
	for i := range r.digits {
		d := &r.digits[i]
		VPSUBQ(d.at, k.zero, K1, d.at)
		either := new(big.Int).Neg(d.lo)
		if either.Cmp(d.hi) < 0 {
			either.Set(d.hi)
		}
		d.lo, d.hi = new(big.Int).Neg(either), either
		VPSUBQ(y.digits[i].at, d.at, d.at)
		d.grow(new(big.Int).Neg(y.digits[i].hi), zero)
	}
	r = k.lift(r, least.Sub(least, y.max))
	r = k.store(k.carry(r), slot(5))
	k.give(digit{at: index})

	Comment("h^2")
	hh := k.store(k.carry(k.square(h)), slot(6))
	Comment("r^2")
	rr := k.square(r)
	Comment("g = h^3")
	g := k.store(product(h, hh), slot(7))
	Comment("v = X h^2")
	v := k.store(k.carry(k.multiply(x, hh)), slot(8))
	Comment("X' = r^2 - g - 2 v")
	next := k.carry(k.foldTop(k.subtract(rr, g, v, v)))
	k.checkMax(next, maxX)
	next = k.store(next, slot(0))
	Comment("ZZ' = ZZ h^2")
	zz = product(zz, hh)
	k.checkMax(zz, maxZZ)
	k.store(zz, slot(2))
	Comment("X' - v")
	t := canonical(next.max)
	for i, r := range k.take(digits) {
		VMOVDQU64(next.digits[i].at, r)
		t.digits[i].at = r
	}
	t = k.store(k.carry(k.subtract(t, v)), slot(9))
	Comment("ZZZ' = ZZZ g")
	zzz = product(zzz, g)
	k.checkMax(zzz, maxZZZ)
	k.store(zzz, slot(3))
	Comment("Y' = r (X' - v) + Y g")
	y = k.carry(k.multiply(y, g, r, t))
	k.checkMax(y, maxY)
	k.store(y, slot(1))
	VZEROUPPER()
	RET()
}

// checkMax stops the generator if a coordinate may become greater than it was.
func (k *kernel) checkMax(v value, max *big.Int) {
	if v.max.Cmp(max) > 0 {
		panic(fmt.Sprintf("%s: a coordinate grows to %x", k.name, v.max))
	}
}
