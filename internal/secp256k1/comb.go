// Code generated from p256/comb.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/bits"
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecmulx"
	"github.com/kmsigner/kmsigner/internal/residue"
)

// Multiplication of the generator by a secret scalar, in constant time.
//
// An odd v in (0, 2^256) is written with 51 odd digits to the base 32, and a one:
//
//	v = d[0] + 32 d[1] + ... + 32^50 d[50] + 2^255,  d[i] in {±1, ±3, ... ±31}.
//
// The digits are read off w = (v - 1) / 2 = v >> 1, a number of 255 bits: if e[i]
// are its digits to the base 32, from 0 to 31, then d[i] = 2 e[i] - 31, because
//
//	v = 1 + sum 2 e[i] 32^i = 1 + sum d[i] 32^i + 31 sum 32^i,  31 sum 32^i = 2^255 - 1.
//
// Of k and n - k exactly one is odd, since n is. v is that one; k G is then v G or
// -v G. A table holds j 32^i G for the odd j below 32, so that v G is 51 table
// entries and 2^255 G, added up.
//
// The addition used is undefined for equal, opposite and infinite points. None of
// these cases occurs but one: the digits are added from the lowest. Before digit i the sum is s G with
// s odd and |s| < 32^i, and t G with 32^i <= |t| <= 31 32^i is added. So s - t and
// s + t are not 0, and are smaller in absolute value than 32^(i+1) <= 2^255 < n: not
// 0 modulo n either. In the last addition s = v - 2^255 and t = 2^255. s + t = v is
// not 0 modulo n. But s - t = v - 2^256 is, for the one value v = 2^256 - n. Then the
// sum is 2^256 G, which is known, and selected with a mask.
//
// The table has the multiplier of each entry, as package residue reduces it. It is selected,
// negated and added up as the entry is. The sum, which is v then, is checked with the signature.

const (
	combDigits  = 51
	combEntries = 16
)

// A combTable is the table of the comb with len(blocks) digits. What is written above with
// 51 of them also holds for fewer in a smaller group, whose odd order is between 32^i and
// 2 32^i for that number i: the tests sum up all v of such groups.
type combTable struct {
	blocks   []combBlock
	top      affinePoint // 2^255 G
	twiceTop affinePoint // 2^256 G

	topMultiplier, met uint64 // 2^255, and 2^256 - n: the v of the exceptional case
}

// A combBlock has the coordinates of (2j + 1) 32^i G, for its i and all j below 16, and their
// multipliers.
type combBlock struct {
	x, y        [combEntries]fieldElement
	multipliers [combEntries]uint64
}

// comb is the table, 58 KiB, built by the first that needs it.
var comb = sync.OnceValue(newCombTable)

func newCombTable() *combTable {
	return newCombTableOf(&generator, &[4]uint64{n0, n1, n2, n3}, combDigits)
}

func newCombTableOf(g *affinePoint, order *[4]uint64, digits int) *combTable {
	// 2^i G for i <= 5 digits + 1.
	powers := make([]jacobianPoint, 5*digits+2)
	powers[0].setAffine(g)
	for i := range powers[1:] {
		powers[i+1].double(&powers[i])
	}
	affine := toAffine(powers)

	var points, twice []affinePoint
	for i := range digits {
		points = append(points, affine[5*i])
		twice = append(twice, affine[5*i+1])
	}
	multiples := oddMultiples(points, twice, combEntries)

	t := &combTable{
		blocks: make([]combBlock, digits),
		top:    affine[5*digits], twiceTop: affine[5*digits+1],
		topMultiplier: residue.Shifted(1, 5*digits), met: residue.Shifted(1, 5*digits+1) - residue.Of(order),
	}
	for i, p := range multiples {
		b, j := &t.blocks[i/combEntries], i%combEntries
		b.x[j], b.y[j], b.multipliers[j] = p.x, p.y, residue.Shifted(uint64(2*j+1), 5*(i/combEntries))
	}
	return t
}

// An extendedPoint is the point (x / zz, y / zzz), where zz^3 = zzz^2. It is never
// infinity. These coordinates have the cheapest addition of an affine point.
type extendedPoint struct {
	x, y, zz, zzz fieldElement
}

// add sets p to p + q, where q is neither p nor -p.
func (p *extendedPoint) add(q *affinePoint) {
	if assembly {
		addAssembly(p, q)
		return
	}
	// h and r are the differences in x and y, brought to p's denominators:
	//
	//	v = X h^2,  X' = r^2 - h^3 - 2 v,  Y' = r (v - X') - Y h^3,
	//
	// and h^2 and h^3 go into the denominators.
	//
	// The order lets the processor overlap the multiplications: few need the result just
	// before them.
	var h, r, hh, rr, hhh, v fieldElement
	h.mul(&q.x, &p.zz)
	r.mul(&q.y, &p.zzz)
	h.sub(&h, &p.x)
	r.sub(&r, &p.y)
	hh.sqr(&h)
	rr.sqr(&r)
	hhh.mul(&hh, &h)
	v.mul(&p.x, &hh)
	rr.sub(&rr, &hhh)
	p.zz.mul(&p.zz, &hh)
	rr.sub(&rr, &v)
	p.x.sub(&rr, &v)
	p.zzz.mul(&p.zzz, &hhh)
	v.sub(&v, &p.x)
	hhh.mul(&hhh, &p.y)
	v.mul(&v, &r)
	p.y.sub(&v, &hhh)
}

// setGeneratorMultiple sets p to k G, where k is not 0. Its denominators begin as z^2 and z^3
// for the z of blind, which is not 0. The point does not depend on it. With a random one, all
// numbers in between are random, so that power and radiation of the processor, and faults, do not
// relate one multiplication to another.
//
// It returns the sum of the multipliers of the entries that were added: k if k is odd, and k - n if
// it is even.
func (p *extendedPoint) setGeneratorMultiple(k *scalar, blind *fieldElement) (multiplier uint64) {
	even := k[0]&1 - 1
	var v scalar
	v.negateIf(even, k)
	multiplier = p.setOddMultiple(comb(), &v, blind)

	var y fieldElement
	y.negate(&p.y)
	p.y.selectFrom(even, &y, &p.y)

	v = scalar{}
	y = fieldElement{}
	return (multiplier ^ even) - even
}

// noBlind begins with the denominator 1.
var noBlind = fieldOne

// setOddMultiple sets p to v G, where t is G's table and v is odd, and not 0 modulo n. It returns
// the sum of the multipliers of the entries.
func (p *extendedPoint) setOddMultiple(t *combTable, v *scalar, blind *fieldElement) (multiplier uint64) {
	w := [4]uint64{v[0]>>1 | v[1]<<63, v[1]>>1 | v[2]<<63, v[2]>>1 | v[3]<<63, v[3] >> 1}

	var q affinePoint
	for i := range t.blocks {
		multiplier += t.blocks[i].lookup(&q, w[0]&31)
		if i == 0 {
			p.setAffine(&q, blind)
		} else {
			p.add(&q)
		}
		w[0] = w[0]>>5 | w[1]<<59
		w[1] = w[1]>>5 | w[2]<<59
		w[2] = w[2]>>5 | w[3]<<59
		w[3] = w[3] >> 5
	}

	var topX fieldElement
	topX.mul(&t.top.x, &p.zz)
	meet := topX.equal(&p.x)
	p.add(&t.top)
	p.x.selectFrom(meet, &t.twiceTop.x, &p.x)
	p.y.selectFrom(meet, &t.twiceTop.y, &p.y)
	p.zz.selectFrom(meet, &fieldOne, &p.zz)
	p.zzz.selectFrom(meet, &fieldOne, &p.zzz)
	multiplier += t.topMultiplier
	multiplier = multiplier&^meet | t.met&meet

	w = [4]uint64{}
	q = affinePoint{}
	return multiplier
}

// setAffine sets p to q, with the denominators z^2 and z^3.
func (p *extendedPoint) setAffine(q *affinePoint, z *fieldElement) {
	p.zz.sqr(z)
	p.zzz.mul(&p.zz, z)
	p.x.mul(&q.x, &p.zz)
	p.y.mul(&q.y, &p.zzz)
}

// lookup sets p to d 32^i G for the digit d = 2e - 31, where e is below 32 and b is block
// i of the table. It reads all of the block. The multiplier, d 32^i, is found with y, and after x,
// and negated after y: of an index or a sign that changes in between, either it tells, or the curve.
func (b *combBlock) lookup(p *affinePoint, e uint64) (multiplier uint64) {
	// 2e - 31 is 2 (e - 16) + 1 for e from 16, and -(2 (15 - e) + 1) below.
	negative := e>>4 - 1
	index := (e ^ negative) & 15
	if assembly {
		multiplier = ecmulx.Select(&p.x[0], &b.x[0][0], index)
	} else {
		lookupField(&p.x, &b.x, index)
		multiplier = b.lookupY(&p.y, index)
	}

	// -y is p - y = ^y - (2^256 - 1 - p), and 2^256 - 1 - p is ^p. y is not 0.
	var c uint64
	p.y[0], c = bits.Sub64(p.y[0]^negative, negative&^p0, 0)
	p.y[1], c = bits.Sub64(p.y[1]^negative, negative&^p1, c)
	p.y[2], c = bits.Sub64(p.y[2]^negative, negative&^p2, c)
	p.y[3], _ = bits.Sub64(p.y[3]^negative, negative&^p3, c)

	return (multiplier ^ negative) - negative
}

// equals returns all ones if the index is i, and 0 if not. Both are small.
func equals(i int, index uint64) uint64 { return uint64(int64((uint64(i)^index)-1) >> 63) }

// lookupField sets z to the element at the index. So few accumulators stay in registers, and so x and
// y are looked up one after the other.
func lookupField(z *fieldElement, elements *[combEntries]fieldElement, index uint64) {
	var z0, z1, z2, z3 uint64
	for i := range elements {
		mask := equals(i, index)
		z0 |= elements[i][0] & mask
		z1 |= elements[i][1] & mask
		z2 |= elements[i][2] & mask
		z3 |= elements[i][3] & mask
	}
	*z = fieldElement{z0, z1, z2, z3}
}

// lookupY sets z to the y coordinate at the index, and returns the multiplier.
func (b *combBlock) lookupY(z *fieldElement, index uint64) (multiplier uint64) {
	var z0, z1, z2, z3, m uint64
	for i := range b.y {
		mask := equals(i, index)
		z0 |= b.y[i][0] & mask
		z1 |= b.y[i][1] & mask
		z2 |= b.y[i][2] & mask
		z3 |= b.y[i][3] & mask
		m |= b.multipliers[i] & mask
	}
	*z = fieldElement{z0, z1, z2, z3}
	return m
}

// affine returns p in affine coordinates.
func (p *extendedPoint) affine() affinePoint {
	// With zz = z^2 and zzz = z^3, zz / zzz is 1 / z.
	var zzzInv, zzInv fieldElement
	zzzInv.inverse(&p.zzz)
	zzInv.mul(&p.zz, &zzzInv)
	zzInv.sqr(&zzInv)
	var q affinePoint
	q.x.mul(&p.x, &zzInv)
	q.y.mul(&p.y, &zzzInv)
	return q
}
