// SPDX-License-Identifier: Apache-2.0

// Package model is the assembly of package ecifma in plain Go, step by step: it is what the
// assembly is compared with, and what runs the code around it on any machine. Only tests
// import it.
package model

import (
	"math/big"
	"math/bits"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

const (
	radix = 52
	mask  = 1<<radix - 1
)

// A Prime is one of the primes, and the multiples of it that the differences of an addition
// add.
type Prime struct {
	P          *big.Int
	h, r, x, t int64
	fold       []term // 2^256 modulo p
	round      func(p *Prime, acc *[10]int64, i int)
	multiples  [8]digits
}

type term struct {
	digit, shift int
	negative     bool
}

// P256 is the prime of P-256.
var P256 = newPrime("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", Prime{
	h: 2, r: 5, x: 4, t: 2,
	fold:  []term{{4, 16, false}, {3, 36, true}, {1, 44, true}, {0, 0, false}},
	round: minusOne,
})

// SM2 is the prime of SM2.
var SM2 = newPrime("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff", Prime{
	h: 2, r: 5, x: 4, t: 2,
	fold:  []term{{4, 16, false}, {1, 44, false}, {1, 12, true}, {0, 0, false}},
	round: minusOne,
})

// Secp256k1 is the prime of secp256k1.
var Secp256k1 = newPrime("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", Prime{
	h: 2, r: 5, x: 4, t: 2,
	fold:  []term{{0, 32, false}, {0, 10, false}, {0, 5, true}, {0, 4, true}, {0, 0, false}},
	round: belowPower,
})

func newPrime(hex string, p Prime) *Prime {
	p.P, _ = new(big.Int).SetString(hex, 16)
	for i := range p.multiples {
		p.multiples[i] = digitsOf(new(big.Int).Mul(p.P, big.NewInt(int64(i))))
	}
	return &p
}

// Kernel returns the kernel that computes in plain Go.
func (p *Prime) Kernel() *ecifma.Kernel { return ecifma.NewKernel(p.Functions()) }

// Functions returns those of package ecifma in plain Go.
func (p *Prime) Functions() ecifma.Functions {
	f := ecifma.Functions{
		AddBlock: p.addBlock, Begin: p.begin, AddEntries: p.addEntries, AddPoints: p.addPoints, AddPublic: p.addPublic,
		Swap: [3]func(others, points *uint64){swapOf(1), swapOf(2), swapOf(4)}, Clear: func() {},
	}
	for bits := 1; bits < len(f.Select); bits++ {
		f.Select[bits] = selectOf(1 << (bits - 1))
	}
	return f
}

const lanes = ecifma.Lanes

// A number is one in the memory of the lanes: five digits of eight lanes.
type number [5][lanes]uint64

// Points are eight points in memory, and entries eight entries of a table.
type (
	points struct {
		coordinates [4]number
		multiplier  [lanes]uint64
	}
	row struct {
		coordinates [2]number
		multiplier  [lanes]uint64
	}
	entries struct {
		row
		negative [lanes]uint64
	}
)

func pointsAt(words *uint64) *points   { return (*points)(unsafe.Pointer(words)) }
func entriesAt(words *uint64) *entries { return (*entries)(unsafe.Pointer(words)) }

func (n *number) digits(lane int) (d digits) {
	for i := range d {
		d[i] = int64(n[i][lane])
	}
	return d
}

func (n *number) set(lane int, d *digits) {
	for i := range d {
		n[i][lane] = uint64(d[i])
	}
}

// each calls f with the coordinates in every lane, and writes back what it makes of them.
func (p *points) each(f func(lane int, c *[4]digits)) {
	for lane := range lanes {
		var c [4]digits
		for i := range c {
			c[i] = p.coordinates[i].digits(lane)
		}
		f(lane, &c)
		for i := range c {
			p.coordinates[i].set(lane, &c[i])
		}
	}
}

// indexOf returns the index of the digit's entry, of so many, and all ones if it is negated.
func indexOf(digit, count uint64) (index, negative uint64) {
	negative = digit>>bits.TrailingZeros64(count)&1 - 1
	return (digit ^ negative) & (count - 1), negative
}

func (p *Prime) addBlock(at, block, scalars *uint64, shift, flip uint64) {
	table, words, sums := unsafe.Slice(block, 176), unsafe.Slice(scalars, lanes), &pointsAt(at).multiplier
	pointsAt(at).each(func(lane int, c *[4]digits) {
		index, negative := indexOf(words[lane]>>shift, 16)
		negative ^= -(flip >> lane & 1)
		var row [11]int64
		for i, word := range table {
			equal := ((uint64(i%16) ^ index) - 1) >> 63
			row[i/16] |= int64(word & -equal)
		}
		p.add(c, &[2]digits{digits(row[:5]), digits(row[5:10])}, int64(negative))
		sums[lane] = -(sums[lane] + (uint64(row[10]) ^ negative) - negative)
	})
}

func (e *entries) entry(lane int, flip uint64) (q [2]digits, negative int64, multiplier uint64) {
	q = [2]digits{e.coordinates[0].digits(lane), e.coordinates[1].digits(lane)}
	sign := -(e.negative[lane]>>63 ^ flip>>lane&1)
	return q, int64(sign), (e.multiplier[lane] ^ sign) - sign
}

func (p *Prime) addEntries(at, from *uint64, flip uint64) {
	e, sums := entriesAt(from), &pointsAt(at).multiplier
	pointsAt(at).each(func(lane int, c *[4]digits) {
		q, negative, multiplier := e.entry(lane, flip)
		p.add(c, &q, negative)
		sums[lane] = -(sums[lane] + multiplier)
	})
}

func (p *Prime) addPublic(at *uint64, from **uint64, negative uint64) {
	addresses := unsafe.Slice(from, lanes)
	pointsAt(at).each(func(lane int, c *[4]digits) {
		words := unsafe.Slice(addresses[lane], 8)
		var q [2]digits
		for i := range q {
			w := words[4*i:]
			q[i] = digits{
				int64(w[0] & mask),
				int64((w[0]>>52 | w[1]<<12) & mask),
				int64((w[1]>>40 | w[2]<<24) & mask),
				int64((w[2]>>28 | w[3]<<36) & mask),
				int64(w[3] >> 16),
			}
		}
		p.add(c, &q, -int64(negative>>lane&1))
	})
}

func (p *Prime) begin(at, from, blind *uint64, flip uint64) {
	e, z := entriesAt(from), (*[2]digits)(unsafe.Pointer(blind))
	pointsAt(at).each(func(lane int, c *[4]digits) {
		q, negative, multiplier := e.entry(lane, flip)
		pointsAt(at).multiplier[lane] = multiplier
		c[2], c[3] = z[0], z[1]
		c[0] = p.multiply(&q[0], &z[0])
		c[0].carry()
		c[1] = p.multiply(&q[1], &z[1])
		c[1].negate(negative)
		c[1].add(&p.multiples[p.t])
		c[1].carry()
	})
}

func (p *Prime) addPoints(at, others *uint64) {
	o, sums := pointsAt(others), &pointsAt(at).multiplier
	pointsAt(at).each(func(lane int, c *[4]digits) {
		x, y, zz, zzz := &c[0], &c[1], &c[2], &c[3]
		other := func(i int) digits { return o.coordinates[i].digits(lane) }
		x2, y2, zz2, zzz2 := other(0), other(1), other(2), other(3)
		sums[lane] = -(sums[lane] + o.multiplier[lane])
		u := p.multiply(x, &zz2)
		u.carry()
		h := p.multiply(&x2, zz)
		h.sub(&u)
		h.add(&p.multiples[p.h])
		h.carry()
		s := p.multiply(y, &zzz2)
		s.carry()
		r := p.multiply(&y2, zzz)
		r.sub(&s)
		r.add(&p.multiples[p.h])
		r.carry()
		*zz = p.multiply(zz, &zz2)
		zz.carry()
		*zzz = p.multiply(zzz, &zzz2)
		zzz.carry()
		*x, *y = u, s
		p.finish(c, &h, &r)
	})
}

// add adds q to the point c, or -q if negative is all ones.
func (p *Prime) add(c *[4]digits, q *[2]digits, negative int64) {
	x, y, zz, zzz := &c[0], &c[1], &c[2], &c[3]
	h := p.multiply(&q[0], zz)
	h.sub(x)
	h.add(&p.multiples[p.h])
	h.carry()
	r := p.multiply(&q[1], zzz)
	r.negate(negative)
	r.sub(y)
	r.add(&p.multiples[p.r])
	r.carry()
	p.finish(c, &h, &r)
}

// finish is the part of an addition that follows the differences h and r.
func (p *Prime) finish(c *[4]digits, h, r *digits) {
	x, y, zz, zzz := &c[0], &c[1], &c[2], &c[3]
	hh := p.multiply(h, h)
	hh.carry()
	next := p.multiply(r, r)
	g := p.multiply(h, &hh)
	g.carry()
	v := p.multiply(x, &hh)
	v.carry()
	next.sub(&g)
	next.sub(&v)
	next.sub(&v)
	next.add(&p.multiples[p.x])
	p.foldTop(&next)
	next.carry()
	t := next
	t.sub(&v)
	t.add(&p.multiples[p.t])
	t.carry()

	*x = next
	*zz = p.multiply(zz, &hh)
	zz.carry()
	*zzz = p.multiply(zzz, &g)
	zzz.carry()
	*y = p.multiply(y, &g, r, &t)
	y.carry()
}

// selectOf is the selection from tables of so many entries.
func selectOf(count uint64) func(to, rows, scalars *uint64, shift uint64) {
	return func(to, rows, scalars *uint64, shift uint64) {
		e, words := entriesAt(to), unsafe.Slice(scalars, lanes)
		table := unsafe.Slice((*row)(unsafe.Pointer(rows)), count)
		for lane := range lanes {
			var index uint64
			index, e.negative[lane] = indexOf(words[lane]>>shift, count)
			var q [2]digits
			e.multiplier[lane] = 0
			for j := range table {
				equal := -(((uint64(j) ^ index) - 1) >> 63)
				for which := range q {
					for i := range q[which] {
						q[which][i] |= int64(table[j].coordinates[which][i][lane] & equal)
					}
				}
				e.multiplier[lane] |= table[j].multiplier[lane] & equal
			}
			e.coordinates[0].set(lane, &q[0])
			e.coordinates[1].set(lane, &q[1])
		}
	}
}

// swapOf exchanges the lanes at a distance.
func swapOf(distance int) func(others, from *uint64) {
	return func(others, from *uint64) {
		to, p := pointsAt(others), pointsAt(from)
		for lane := range lanes {
			for i := range to.coordinates {
				d := p.coordinates[i].digits(lane ^ distance)
				to.coordinates[i].set(lane, &d)
			}
			to.multiplier[lane] = p.multiplier[lane^distance]
		}
	}
}

func (p *Prime) foldTop(d *digits) {
	q := (d[4] - 1<<12) >> 48
	d[4] -= q << 48
	for _, f := range p.fold {
		if f.negative {
			d[f.digit] -= q << f.shift
		} else {
			d[f.digit] += q << f.shift
		}
	}
}

// multiply returns the sum of products of two, divided by 2^260 modulo p, as the digits come.
func (p *Prime) multiply(factors ...*digits) digits {
	var acc [10]int64
	for f := 0; f < len(factors); f += 2 {
		for i, a := range factors[f] {
			for j, b := range factors[f+1] {
				madd(acc[i+j:], a, b)
			}
		}
	}
	for i := range 5 {
		p.round(p, &acc, i)
	}
	return digits(acc[5:])
}

// madd adds a product to two digits. Like the processor, it reads 52 bits of the factors.
func madd(acc []int64, a, b int64) {
	hi, lo := bits.Mul64(uint64(a)&mask, uint64(b)&mask)
	acc[0] += int64(lo & mask)
	acc[1] += int64(hi<<(64-radix) | lo>>radix)
}

// minusOne is a round for primes that are -1 modulo 2^52.
func minusOne(p *Prime, acc *[10]int64, i int) {
	above := p.multiples[1]
	above[0]++
	above.carry()
	for j := 1; j < 5; j++ {
		madd(acc[i+j:], acc[i], above[j])
	}
	acc[i+1] += acc[i] >> radix
}

// belowPower is a round for 2^256 - c, with 1 / c modulo 2^52 written out.
func belowPower(_ *Prime, acc *[10]int64, i int) {
	const c, inverse = 1<<32 + 977, 0x8091dd2253531
	m := int64(uint64(acc[i]) * inverse & mask)
	var product [2]int64
	madd(product[:], m, c)
	acc[i+1] += acc[i]>>radix - product[1]
	madd(acc[i+4:], m, 1<<48)
}
