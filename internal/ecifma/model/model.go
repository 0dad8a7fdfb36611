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

// A digits is a number of five digits, which may be negative.
type digits [5]int64

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

func digitsOf(x *big.Int) (d digits) {
	for i := range d {
		d[i] = new(big.Int).And(new(big.Int).Rsh(x, uint(radix*i)), big.NewInt(mask)).Int64()
	}
	return d
}

// Kernel returns the kernel that computes in plain Go.
func (p *Prime) Kernel() *ecifma.Kernel { return ecifma.NewKernel(p.Add, func() {}) }

// Add is the addition of package ecifma.
func (p *Prime) Add(points, block, scalars *uint64, shift, flip uint64) {
	state, entries := unsafe.Slice(points, 4*40), unsafe.Slice(block, 160)
	for lane, word := range unsafe.Slice(scalars, ecifma.Lanes) {
		var c [4]digits
		for i := range state {
			if i%8 == lane {
				c[i/40][i/8%5] = int64(state[i])
			}
		}
		e := word >> shift & 31
		below := e>>4 - 1 // all ones if e is below 16
		index := (e ^ below) & 15
		negative := below ^ -(flip >> lane & 1)
		var q [2]digits
		for i, word := range entries {
			equal := ((uint64(i%16) ^ index) - 1) >> 63
			q[i/80][i/16%5] |= int64(word & -equal)
		}
		p.add(&c, &q, int64(negative))
		for i := range state {
			if i%8 == lane {
				state[i] = uint64(c[i/40][i/8%5])
			}
		}
	}
}

func (p *Prime) add(c *[4]digits, q *[2]digits, negative int64) {
	x, y, zz, zzz := &c[0], &c[1], &c[2], &c[3]
	h := p.multiply(&q[0], zz)
	h.sub(x)
	h.add(&p.multiples[p.h])
	h.carry()
	r := p.multiply(&q[1], zzz)
	for i := range r {
		r[i] = r[i]&^negative | -r[i]&negative
	}
	r.sub(y)
	r.add(&p.multiples[p.r])
	r.carry()

	hh := p.multiply(&h, &h)
	hh.carry()
	next := p.multiply(&r, &r)
	g := p.multiply(&h, &hh)
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
	*y = p.multiply(y, &g, &r, &t)
	y.carry()
}

func (d *digits) sub(x *digits) {
	for i := range d {
		d[i] -= x[i]
	}
}

func (d *digits) add(x *digits) {
	for i := range d {
		d[i] += x[i]
	}
}

func (d *digits) carry() {
	for i := range len(d) - 1 {
		d[i+1] += d[i] >> radix
		d[i] &= mask
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
