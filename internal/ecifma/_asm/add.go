// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// addBlock writes the step of a comb for eight scalars: eight points, each plus or minus an entry
// of a block of the table that only its lane knows.
func addBlock(p *prime) {
	name := "addBlock" + p.name
	TEXT(name, NOSPLIT, "func(points, block, digits *uint64, shift, flip uint64)")
	Doc(
		name+" replaces eight points P of "+p.name+" by -(P + Q), where the Q of a lane is d times",
		"the base of the block, for d = 2e - 31 and the digit e = digits >> shift mod 32. In",
		"lanes of flip it is -d times the base. All of the block is read.",
		"",
		"P is neither Q nor -Q, and not infinity.",
		"",
		"points is X, Y, ZZ, ZZZ, of five digits of eight lanes each, the multipliers, and memory for",
		"six numbers. block is x and y of the odd multiples of its base, digit by digit, and the",
		"multipliers, with the 16 of them in a row.",
	)
	Pragma("noescape")

	points := Mem{Base: Load(Param("points"), GP64())}
	block := Mem{Base: Load(Param("block"), GP64())}
	k := newKernel(p)

	Comment("the index: e - 16, or 15 - e if e is below 16; K1: lanes that take -Q")
	index := k.digitsOf()
	k.indexOf(index, 16)
	flipLanes()

	find := func(row int, r VecPhysical) {
		at := block.Offset(128 * row)
		low := k.take(1)[0]
		VMOVDQU64(at, low)
		VMOVDQA64(index, r)
		VPERMI2Q(at.Offset(64), low, r)
		k.give(digit{at: low})
	}
	found := slot(points, 9)
	k.addEntry(points, func(which int) value {
		v := canonical(new(big.Int).Sub(p.p, big.NewInt(1)))
		for i, r := range k.take(digits) {
			find(digits*which+i, r)
			v.digits[i].at = r
		}
		if which == 1 {
			Comment("the multiplier")
			r := k.take(1)[0]
			find(multipliers, r)
			VMOVDQU64(r, found)
			k.give(digit{at: r}, digit{at: index})
		}
		return v
	}, &found)
	VZEROUPPER()
	RET()
}

// addEntries writes the addition of eight entries to eight points.
func addEntries(p *prime) {
	name := "addEntries" + p.name
	TEXT(name, NOSPLIT, "func(points, entries *uint64, flip uint64)")
	Doc(
		name+" replaces eight points P of "+p.name+" by -(P + Q), where Q is the entry of the lane,",
		"or its negative. In lanes of flip it is the other one.",
		"",
		"P is neither Q nor -Q, and not infinity: ZZ is 0 after that, and stays so.",
	)
	Pragma("noescape")
	points := Mem{Base: Load(Param("points"), GP64())}
	entries := Mem{Base: Load(Param("entries"), GP64())}
	k := newKernel(p)
	k.negativeEntries(entries)
	flipLanes()
	found := entries.Offset(64 * multipliers)
	k.addEntry(points, func(which int) value { return k.entry(entries, which) }, &found)
	VZEROUPPER()
	RET()
}

// begin writes what makes eight points of eight entries.
func begin(p *prime) {
	name := "begin" + p.name
	TEXT(name, NOSPLIT, "func(points, entries, blind *uint64, flip uint64)")
	Doc(
		name+" sets eight points of "+p.name+" to the entries, or their negatives. In lanes of flip",
		"they are the other ones. blind is the ZZ and the ZZZ of all of them, five digits each.",
	)
	Pragma("noescape")
	points := Mem{Base: Load(Param("points"), GP64())}
	entries := Mem{Base: Load(Param("entries"), GP64())}
	blind := Mem{Base: Load(Param("blind"), GP64())}
	k := newKernel(p)
	k.negativeEntries(entries)
	flipLanes()
	denominator := func(which int) value {
		v := canonical(new(big.Int).Sub(p.p, big.NewInt(1)))
		for i, r := range k.take(digits) {
			VPBROADCASTQ(blind.Offset(8*(digits*which+i)), r)
			v.digits[i].at = r
		}
		return k.store(v, slot(points, 2+which))
	}
	Comment("ZZ, ZZZ")
	zz, zzz := denominator(0), denominator(1)
	Comment("X = x ZZ")
	x := k.carry(k.multiply(k.entry(entries, 0), zz))
	k.checkMax(x, maxX)
	k.store(x, slot(points, 0))
	Comment("Y = y ZZZ, or -y ZZZ")
	y := k.multiply(k.entry(entries, 1), zzz)
	least := k.negate(y)
	y = k.carry(k.lift(y, least))
	k.checkMax(y, maxY)
	k.store(y, slot(points, 1))
	VMOVDQU64(k.multiplier(entries.Offset(64*multipliers)), multiplierOf(points))
	VZEROUPPER()
	RET()
}

// addPoints writes the addition of eight points to eight others. In the names of addEntry, with
// u, s for what X and Y of P become with the denominators of Q:
//
//	u = X ZZ2, s = Y ZZZ2, h = X2 ZZ - u, r = Y2 ZZZ - s, v = u h^2, g = h^3,
//	X' = r^2 - g - 2 v,  Y' = r (X' - v) + s g,  ZZ' = ZZ ZZ2 h^2,  ZZZ' = ZZZ ZZZ2 g.
func addPoints(p *prime) {
	name := "addPoints" + p.name
	TEXT(name, NOSPLIT, "func(points, others *uint64)")
	Doc(
		name+" replaces eight points P of "+p.name+" by -(P + Q), where Q are the others.",
		"",
		"P is neither Q nor -Q, and neither is infinity: ZZ is 0 after that, and stays so.",
	)
	Pragma("noescape")
	points := Mem{Base: Load(Param("points"), GP64())}
	others := Mem{Base: Load(Param("others"), GP64())}
	k := newKernel(p)
	x, y, zz, zzz := k.coordinates(points)
	x2, y2, zz2, zzz2 := k.coordinates(others)

	Comment("u = X ZZ2")
	u := k.store(k.product(x, zz2), slot(points, 4))
	Comment("h = X2 ZZ - u")
	h := k.store(k.carry(k.subtract(k.multiply(x2, zz), u)), slot(points, 5))
	Comment("s = Y ZZZ2")
	s := k.store(k.product(y, zzz2), slot(points, 6))
	Comment("r = Y2 ZZZ - s")
	r := k.store(k.carry(k.subtract(k.multiply(y2, zzz), s)), slot(points, 7))
	Comment("h^2")
	hh := k.store(k.carry(k.square(h)), slot(points, 8))
	Comment("ZZ ZZ2")
	zz = k.store(k.product(zz, zz2), slot(points, 2))
	Comment("r^2")
	rr := k.square(r)
	Comment("g = h^3")
	g := k.store(k.product(h, hh), slot(points, 9))
	Comment("v = u h^2")
	v := k.store(k.product(u, hh), slot(points, 4))
	next := k.nextX(rr, g, v, points)
	Comment("ZZZ ZZZ2")
	zzz = k.store(k.product(zzz, zzz2), slot(points, 3))
	Comment("ZZ' = ZZ ZZ2 h^2")
	k.storeCoordinate(k.product(zz, hh), maxZZ, slot(points, 2))
	t := k.difference(next, v, slot(points, 5))
	Comment("ZZZ' = ZZZ ZZZ2 g")
	k.storeCoordinate(k.product(zzz, g), maxZZZ, slot(points, 3))
	Comment("Y' = r (X' - v) + s g")
	k.storeCoordinate(k.carry(k.multiply(s, g, r, t)), maxY, slot(points, 1))
	Comment("the multiplier: minus the sum")
	sum := k.take(1)[0]
	VMOVDQU64(multiplierOf(others), sum)
	k.subtractMultipliers(sum, multiplierOf(points))
	VZEROUPPER()
	RET()
}

// addEntry writes the addition of q to the points, or of -q in the lanes of K1. found is where q's
// multipliers are, or nil if nothing is secret.
//
// The points are in the coordinates X, Y, ZZ, ZZZ of extendedPoint in internal/ec256 (comb.go):
//
//	h = x ZZ - X,  r = y ZZZ - Y,  v = X h^2,  g = h^3,
//	X' = r^2 - g - 2 v,  Y' = r (X' - v) + Y g,  ZZ' = ZZ h^2,  ZZZ' = ZZZ g.
//
// That Y' is the negative of the sum's, so that it is two products and one reduction.
func (k *kernel) addEntry(points Mem, q func(which int) value, found *Mem) {
	x, y, zz, zzz := k.coordinates(points)

	Comment("h = x ZZ - X")
	qx := q(0)
	h := k.multiply(qx, zz)
	k.give(qx.digits...)
	h = k.store(k.carry(k.subtract(h, x)), slot(points, 4))

	Comment("r = y ZZZ - Y, or -y ZZZ - Y")
	qy := q(1)
	r := k.multiply(qy, zzz)
	k.give(qy.digits...)
	least := k.negate(r)
	for i := range r.digits {
		VPSUBQ(y.digits[i].at, r.digits[i].at, r.digits[i].at)
		r.digits[i].grow(new(big.Int).Neg(y.digits[i].hi), zero)
	}
	r = k.lift(r, least.Sub(least, y.max))
	r = k.store(k.carry(r), slot(points, 5))
	if found != nil {
		k.subtractMultipliers(k.multiplier(*found), multiplierOf(points))
	}

	Comment("h^2")
	hh := k.store(k.carry(k.square(h)), slot(points, 6))
	Comment("r^2")
	rr := k.square(r)
	Comment("g = h^3")
	g := k.store(k.product(h, hh), slot(points, 7))
	Comment("v = X h^2")
	v := k.store(k.product(x, hh), slot(points, 8))
	next := k.nextX(rr, g, v, points)
	Comment("ZZ' = ZZ h^2")
	k.storeCoordinate(k.product(zz, hh), maxZZ, slot(points, 2))
	t := k.difference(next, v, slot(points, 9))
	Comment("ZZZ' = ZZZ g")
	k.storeCoordinate(k.product(zzz, g), maxZZZ, slot(points, 3))
	Comment("Y' = r (X' - v) + Y g")
	k.storeCoordinate(k.carry(k.multiply(y, g, r, t)), maxY, slot(points, 1))
}

// The greatest coordinates, before an addition and after it.
var maxX, maxY, maxZZ, maxZZZ = bound(17, 252), bound(49, 252), bound(3, 255), bound(3, 255)

// bound returns numerator 2^bits.
func bound(numerator int64, bits int) *big.Int { return shift(big.NewInt(numerator), bits) }

// multiplierRow is where the multipliers of points are, after their coordinates.
const multiplierRow = 4 * digits

// slot is the memory of a coordinate, or of a number in between.
func slot(points Mem, i int) Mem {
	row := digits * i
	if row >= multiplierRow {
		row++
	}
	return points.Offset(64 * row)
}

func multiplierOf(points Mem) Mem { return points.Offset(64 * multiplierRow) }

// multiplier returns the multipliers at a place, negated in the lanes of K1. It has to come after
// the points are negated, so that a change of K1 in between does not go unseen.
func (k *kernel) multiplier(at Mem) VecPhysical {
	Comment("the multiplier, or minus it")
	r := k.take(1)[0]
	VMOVDQU64(at, r)
	VPSUBQ(r, k.zero, K1, r)
	return r
}

// subtractMultipliers replaces the multipliers at a place by minus the sum with others, whose
// register it frees.
func (k *kernel) subtractMultipliers(others VecPhysical, at Mem) {
	VPADDQ(at, others, others)
	VPSUBQ(others, k.zero, others)
	VMOVDQU64(others, at)
	k.give(digit{at: others})
}

func (k *kernel) coordinates(points Mem) (x, y, zz, zzz value) {
	x, y = k.inMemory(slot(points, 0), maxX), k.inMemory(slot(points, 1), maxY)
	return x, y, k.inMemory(slot(points, 2), maxZZ), k.inMemory(slot(points, 3), maxZZZ)
}

// entry is the x or the y of eight entries.
func (k *kernel) entry(entries Mem, which int) value {
	return k.inMemory(slot(entries, which), new(big.Int).Sub(k.p, big.NewInt(1)))
}

func (k *kernel) product(x, y value) value { return k.carry(k.multiply(x, y)) }

// nextX stores X' = r^2 - g - 2 v, and returns it.
func (k *kernel) nextX(rr, g, v value, points Mem) value {
	Comment("X' = r^2 - g - 2 v")
	next := k.carry(k.foldTop(k.subtract(rr, g, v, v)))
	return k.storeCoordinate(next, maxX, slot(points, 0))
}

// difference stores x - v, and returns it.
func (k *kernel) difference(x, v value, at Mem) value {
	Comment("X' - v")
	t := canonical(x.max)
	for i, r := range k.take(digits) {
		VMOVDQU64(x.digits[i].at, r)
		t.digits[i].at = r
	}
	return k.store(k.carry(k.subtract(t, v)), at)
}

// negate negates v in the lanes of K1. It returns the least that v can be then: v.max stays the
// most.
func (k *kernel) negate(v value) (least *big.Int) {
	for i := range v.digits {
		d := &v.digits[i]
		VPSUBQ(d.at, k.zero, K1, d.at)
		either := new(big.Int).Neg(d.lo)
		if either.Cmp(d.hi) < 0 {
			either.Set(d.hi)
		}
		d.lo, d.hi = new(big.Int).Neg(either), either
	}
	return new(big.Int).Neg(v.max)
}

// storeCoordinate stops the generator if a coordinate may become greater than it was.
func (k *kernel) storeCoordinate(v value, max *big.Int, at Mem) value {
	k.checkMax(v, max)
	return k.store(v, at)
}

func (k *kernel) checkMax(v value, max *big.Int) {
	if v.max.Cmp(max) > 0 {
		panic(fmt.Sprintf("%s: a coordinate grows to %x", k.name, v.max))
	}
}
