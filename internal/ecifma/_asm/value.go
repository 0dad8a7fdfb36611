// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A digit is a register or memory, and between which numbers it is, in every lane.
type digit struct {
	at     Op
	lo, hi *big.Int
}

// A value is an integer of five digits, which is congruent to the element in Montgomery's
// form. It is between 0 and max, though one of its digits may be negative.
type value struct {
	digits []digit
	max    *big.Int
}

var zero = new(big.Int)

// lowBits is what a multiply-add reads of any digit.
var lowBits = digit{lo: zero, hi: big.NewInt(1<<radix - 1)}

func digitBound(x uint64) digit { return digit{lo: zero, hi: new(big.Int).SetUint64(x)} }

func shift(x *big.Int, bits int) *big.Int {
	if bits < 0 {
		return new(big.Int).Rsh(x, uint(-bits)) // rounds down
	}
	return new(big.Int).Lsh(x, uint(bits))
}

// grow adds numbers between lo and hi to what the digit can be.
func (d *digit) grow(lo, hi *big.Int) {
	d.lo, d.hi = new(big.Int).Add(d.lo, lo), new(big.Int).Add(d.hi, hi)
	if d.lo.BitLen() > 62 || d.hi.BitLen() > 62 {
		panic(fmt.Sprintf("a digit may overflow: from %x to %x", d.lo, d.hi))
	}
}

// A kernel is a function in the making: the registers that are free, and those of constants.
type kernel struct {
	*prime
	free   []VecPhysical
	mask   VecPhysical // 2^52 - 1
	zero   VecPhysical
	reduce func(acc []digit, i int)
}

func newKernel(p *prime) *kernel {
	k := &kernel{prime: p, free: allRegisters()}
	k.mask = k.take(1)[0]
	VPBROADCASTQ(constant(1<<radix-1), k.mask)
	k.zero = k.take(1)[0]
	VPXORQ(k.zero, k.zero, k.zero)
	k.reduce = p.reduction(k)
	return k
}

func allRegisters() []VecPhysical {
	return []VecPhysical{
		Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
		Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31,
	}
}

func (k *kernel) take(count int) []VecPhysical {
	taken := append([]VecPhysical(nil), k.free[:count]...)
	k.free = k.free[count:]
	return taken
}

// give frees the registers of a value; memory is not freed.
func (k *kernel) give(ds ...digit) {
	for _, d := range ds {
		if r, ok := d.at.(VecPhysical); ok {
			k.free = append(k.free, r)
		}
	}
}

// inMemory is a value of five digits in memory, one after the other, each below 2^52.
func (k *kernel) inMemory(at Mem, max *big.Int) value {
	v := canonical(max)
	for i := range v.digits {
		v.digits[i].at = at.Offset(64 * i)
	}
	return v
}

// canonical is a value whose digits are below 2^52.
func canonical(max *big.Int) value {
	v := value{digits: make([]digit, digits), max: max}
	for i := range v.digits {
		v.digits[i] = lowBits
	}
	v.digits[digits-1].hi = shift(max, -radix*(digits-1))
	return v
}

// store writes a value to memory, and returns it from there. It frees the registers.
func (k *kernel) store(v value, at Mem) value {
	for i, d := range v.digits {
		VMOVDQU64(d.at, at.Offset(64*i))
	}
	k.give(v.digits...)
	stored := value{digits: append([]digit(nil), v.digits...), max: v.max}
	for i := range stored.digits {
		stored.digits[i].at = at.Offset(64 * i)
	}
	return stored
}

// register returns the register of a digit, which it loads if it has to.
func (k *kernel) register(d digit) (r VecPhysical, loaded bool) {
	if r, ok := d.at.(VecPhysical); ok {
		return r, false
	}
	r = k.take(1)[0]
	VMOVDQU64(d.at, r)
	return r, true
}

// madd adds the low or the high half of x y to acc.
func (k *kernel) madd(high bool, x, y VecPhysical, xd, yd digit, acc *digit) {
	for _, d := range []digit{xd, yd} {
		if d.lo.Sign() < 0 || d.hi.BitLen() > radix {
			panic(fmt.Sprintf("%s: a factor may be from %x to %x", k.name, d.lo, d.hi))
		}
	}
	most := new(big.Int).Mul(xd.hi, yd.hi)
	if high {
		VPMADD52HUQ(y, x, acc.at)
		acc.grow(zero, shift(most, -radix))
	} else {
		VPMADD52LUQ(y, x, acc.at)
		if most.BitLen() > radix {
			most = lowBits.hi
		}
		acc.grow(zero, most)
	}
}

// carryUp adds to a digit what the one below has above 52 bits.
func (k *kernel) carryUp(acc []digit, i int) {
	c := k.take(1)[0]
	VPSRAQ(Imm(radix), acc[i].at, c)
	VPADDQ(c, acc[i+1].at, acc[i+1].at)
	acc[i+1].grow(shift(acc[i].lo, -radix), shift(acc[i].hi, -radix))
	k.free = append(k.free, c)
}

// wide returns ten digits of zero.
func (k *kernel) wide() []digit {
	acc := make([]digit, 2*digits)
	for i, r := range k.take(2 * digits) {
		VPXORQ(r, r, r)
		acc[i] = digit{r, zero, zero}
	}
	return acc
}

// addProduct adds x y to acc.
func (k *kernel) addProduct(acc []digit, x, y value) {
	var xs, loaded [digits]digit
	for i, d := range x.digits {
		r, is := k.register(d)
		xs[i] = digit{r, d.lo, d.hi}
		if is {
			loaded[i] = xs[i]
		}
	}
	for i, yd := range y.digits {
		yi, is := k.register(yd)
		for j, xd := range xs {
			k.madd(false, xd.at.(VecPhysical), yi, xd, yd, &acc[i+j])
			k.madd(true, xd.at.(VecPhysical), yi, xd, yd, &acc[i+j+1])
		}
		if is {
			k.give(digit{at: yi})
		}
	}
	k.give(loaded[:]...)
}

// multiply returns x y / R, or the sum of several products, with carries left in its digits.
func (k *kernel) multiply(factors ...value) value {
	acc, sum := k.wide(), new(big.Int)
	for i := 0; i < len(factors); i += 2 {
		k.addProduct(acc, factors[i], factors[i+1])
		sum.Add(sum, new(big.Int).Mul(factors[i].max, factors[i+1].max))
	}
	return k.montgomery(acc, sum)
}

// square returns x^2 / R, with carries left in its digits.
func (k *kernel) square(x value) value {
	acc := k.wide()
	var xs, loaded [digits]digit
	for i, d := range x.digits {
		r, is := k.register(d)
		xs[i] = digit{r, d.lo, d.hi}
		if is {
			loaded[i] = xs[i]
		}
	}
	for i, a := range xs {
		for j, b := range xs[i+1:] {
			j += i + 1
			k.madd(false, a.at.(VecPhysical), b.at.(VecPhysical), a, b, &acc[i+j])
			k.madd(true, a.at.(VecPhysical), b.at.(VecPhysical), a, b, &acc[i+j+1])
		}
	}
	for i := range acc {
		if acc[i].hi.Sign() != 0 {
			VPADDQ(acc[i].at, acc[i].at, acc[i].at)
			acc[i].grow(acc[i].lo, acc[i].hi)
		}
	}
	for i, a := range xs {
		r := a.at.(VecPhysical)
		k.madd(false, r, r, a, a, &acc[2*i])
		k.madd(true, r, r, a, a, &acc[2*i+1])
	}
	k.give(loaded[:]...)
	return k.montgomery(acc, new(big.Int).Mul(x.max, x.max))
}

// montgomery returns acc / R, where acc is at most max.
func (k *kernel) montgomery(acc []digit, max *big.Int) value {
	r := shift(big.NewInt(1), radix*digits)
	for i := range digits {
		k.reduce(acc, i)
	}
	k.give(acc[:digits]...)
	most := new(big.Int).Mul(new(big.Int).Sub(r, big.NewInt(1)), k.p)
	most.Add(most, max).Div(most, r)
	v := value{digits: acc[digits:], max: most}
	v.tighten()
	return v
}

// tighten derives what the highest digit can be from the value and the other digits.
func (v value) tighten() {
	lo, hi := new(big.Int), new(big.Int).Set(v.max)
	for i, d := range v.digits[:digits-1] {
		lo.Sub(lo, shift(d.hi, radix*i))
		hi.Sub(hi, shift(d.lo, radix*i))
	}
	top := &v.digits[digits-1]
	if lo = shift(lo, -radix*(digits-1)); lo.Cmp(top.lo) > 0 {
		top.lo = lo
	}
	if hi = shift(hi, -radix*(digits-1)); hi.Cmp(top.hi) < 0 {
		top.hi = hi
	}
}

// subtract returns v minus the others, in the registers of v, plus the least multiple of p
// that makes it positive.
func (k *kernel) subtract(v value, others ...value) value {
	least := new(big.Int)
	for _, o := range others {
		least.Sub(least, o.max)
		for i, d := range o.digits {
			VPSUBQ(d.at, v.digits[i].at, v.digits[i].at)
			v.digits[i].grow(new(big.Int).Neg(d.hi), new(big.Int).Neg(d.lo))
		}
	}
	return k.lift(v, least)
}

// lift adds to v, which is least or more, the multiple of p that makes it positive.
func (k *kernel) lift(v value, least *big.Int) value {
	multiple := new(big.Int).Neg(least)
	multiple.Add(multiple, k.p).Sub(multiple, big.NewInt(1)).Div(multiple, k.p)
	Commentf("plus %d p", multiple)
	multiple.Mul(multiple, k.p)
	for i := range v.digits {
		if c := digitOf(multiple, i); c != 0 {
			VPADDQ_BCST(constant(c), v.digits[i].at, v.digits[i].at)
			v.digits[i].grow(digitBound(c).hi, digitBound(c).hi)
		}
	}
	v.max = new(big.Int).Add(v.max, multiple)
	v.tighten()
	return v
}

// carry returns v with digits below 2^52, in its registers.
func (k *kernel) carry(v value) value {
	Comment("carries")
	for i := range digits - 1 {
		k.carryUp(v.digits, i)
		VPANDQ(k.mask, v.digits[i].at, v.digits[i].at)
	}
	c := canonical(v.max)
	for i := range c.digits {
		c.digits[i].at = v.digits[i].at
	}
	return c
}

// margin is what fold leaves in the highest digit, so that the value stays positive whatever
// the digits below are.
const margin = 1 << 12

// foldTop returns v, in its registers, less the multiple q p that leaves little more than 256
// bits: the highest digit gives q.
func (k *kernel) foldTop(v value) value {
	Commentf("q = digit %d / 2^48; minus q 2^256, plus q times %v", digits-1, k.fold)
	const bits = 256 - radix*(digits-1)
	top := &v.digits[digits-1]
	regs := k.take(2)
	q, s := regs[0], regs[1]
	VPADDQ_BCST(constant(1<<64-margin), top.at, q)
	VPSRAQ(Imm(bits), q, q)
	qlo := shift(new(big.Int).Sub(top.lo, big.NewInt(margin)), -bits)
	qhi := shift(new(big.Int).Sub(top.hi, big.NewInt(margin)), -bits)
	VPSLLQ(Imm(bits), q, s)
	VPSUBQ(s, top.at, top.at)
	top.lo, top.hi = big.NewInt(margin), big.NewInt(1<<bits+margin-1)
	for _, f := range k.fold {
		d, by := &v.digits[f.bit/radix], f.bit%radix
		term := Op(s)
		if by == 0 {
			term = q
		} else {
			VPSLLQ(Imm(uint64(by)), q, s)
		}
		lo, hi := shift(qlo, by), shift(qhi, by)
		if f.negative {
			VPSUBQ(term, d.at, d.at)
			d.grow(new(big.Int).Neg(hi), new(big.Int).Neg(lo))
		} else {
			VPADDQ(term, d.at, d.at)
			d.grow(lo, hi)
		}
	}
	k.free = append(k.free, regs...)
	least, most := new(big.Int), new(big.Int)
	for i, d := range v.digits {
		least.Add(least, shift(d.lo, radix*i))
		most.Add(most, shift(d.hi, radix*i))
	}
	if least.Sign() < 0 {
		panic("a folded value may be negative")
	}
	if most.Cmp(v.max) < 0 {
		v.max = most
	}
	return v
}
