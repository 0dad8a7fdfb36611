// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	radix  = 52 // bits of a digit
	digits = 5  // of an element
)

// A prime is what the generator knows of one.
type prime struct {
	name string
	p    *big.Int
	// fold is 2^256 modulo p.
	fold []power
	// reduction returns the function that writes one round of Montgomery's reduction: it adds
	// a multiple of p to acc that makes digit i zero, sends what that digit carries up, and
	// does not write it.
	reduction func(k *kernel) func(acc []digit, i int)
}

// A power is 2^bit, or minus that.
type power struct {
	bit      int
	negative bool
}

func (f power) String() string {
	if f.negative {
		return "-2^" + big.NewInt(int64(f.bit)).String()
	}
	return "2^" + big.NewInt(int64(f.bit)).String()
}

var primes = []*prime{
	{
		name:      "P256",
		p:         sumOf(power{256, false}, power{224, true}, power{192, false}, power{96, false}, power{0, true}),
		fold:      []power{{224, false}, {192, true}, {96, true}, {0, false}},
		reduction: minusOne,
	},
	{
		name:      "SM2",
		p:         sumOf(power{256, false}, power{224, true}, power{96, true}, power{64, false}, power{0, true}),
		fold:      []power{{224, false}, {96, false}, {64, true}, {0, false}},
		reduction: minusOne,
	},
	{
		name: "Secp256k1",
		p: sumOf(power{256, false}, power{32, true}, power{10, true}, power{5, false}, power{4, false},
			power{0, true}),
		fold:      []power{{32, false}, {10, false}, {5, true}, {4, true}, {0, false}},
		reduction: belowPower,
	},
}

func sumOf(powers ...power) *big.Int {
	z := new(big.Int)
	for _, f := range powers {
		x := new(big.Int).Lsh(big.NewInt(1), uint(f.bit))
		if f.negative {
			x.Neg(x)
		}
		z.Add(z, x)
	}
	return z
}

// digitOf returns a digit of x.
func digitOf(x *big.Int, i int) uint64 {
	x = new(big.Int).Rsh(x, uint(radix*i))
	return x.And(x, big.NewInt(1<<radix-1)).Uint64()
}

// minusOne is the reduction for a prime that is -1 modulo 2^52: the multiple is m p for the
// digit m itself. m p = m (p + 1) - m, and -m makes the digit zero. The lowest digit of p + 1
// is zero, too.
func minusOne(k *kernel) func(acc []digit, i int) {
	above := new(big.Int).Add(k.p, big.NewInt(1))
	if digitOf(above, 0) != 0 {
		panic("the prime is not -1")
	}
	var factors [digits]VecPhysical
	for j := 1; j < digits; j++ {
		switch factor := digitOf(above, j); factor {
		case 0:
		case 1<<radix - 1:
			factors[j] = k.mask
		default:
			factors[j] = k.take(1)[0]
			VPBROADCASTQ(constant(factor), factors[j])
		}
	}
	return func(acc []digit, i int) {
		m := acc[i]
		Commentf("digit %d", i)
		for j := 1; j < digits; j++ {
			if factors[j] != nil {
				k.madd(false, m.at.(VecPhysical), factors[j], lowBits, digitBound(digitOf(above, j)), &acc[i+j])
			}
			if j == 1 {
				k.carryUp(acc, i)
			}
			if factors[j] != nil {
				k.madd(true, m.at.(VecPhysical), factors[j], lowBits, digitBound(digitOf(above, j)), &acc[i+j+1])
			}
		}
	}
}

// belowPower is the reduction for a prime 2^256 - c, with c below 2^52. The multiple is m p for
// m = digit / c modulo 2^52: m p = m 2^256 - m c, and the lower half of m c makes the digit zero.
func belowPower(k *kernel) func(acc []digit, i int) {
	power := sumOf(power{256, false})
	c := new(big.Int).Sub(power, k.p)
	inverse := new(big.Int).ModInverse(c, sumOf(power52))
	if digitBound(c.Uint64()).hi.Cmp(c) != 0 || c.BitLen() > radix {
		panic("the prime is not just below 2^256")
	}
	at := digitOf(power, digits-1) // 2^256 is so much at the highest digit
	regs := k.take(3)
	for i, x := range []uint64{inverse.Uint64(), c.Uint64(), at} {
		VPBROADCASTQ(constant(x), regs[i])
	}
	return func(acc []digit, i int) {
		Commentf("digit %d: m = digit / c", i)
		taken := k.take(2)
		m := digit{taken[0], zero, zero}
		VPXORQ(m.at, m.at, m.at)
		k.madd(false, acc[i].at.(VecPhysical), regs[0], lowBits, digitBound(inverse.Uint64()), &m)
		Comment("minus the upper half of m c, plus m 2^256")
		upper := digit{taken[1], zero, zero}
		VPXORQ(upper.at, upper.at, upper.at)
		k.madd(true, taken[0], regs[1], m, digitBound(c.Uint64()), &upper)
		k.carryUp(acc, i)
		VPSUBQ(upper.at, acc[i+1].at, acc[i+1].at)
		acc[i+1].grow(new(big.Int).Neg(upper.hi), zero)
		k.madd(false, taken[0], regs[2], m, digitBound(at), &acc[i+digits-1])
		k.madd(true, taken[0], regs[2], m, digitBound(at), &acc[i+digits])
		k.give(m, upper)
	}
}

var power52 = power{radix, false}

// constant returns the memory of a number that the kernels read.
func constant(x uint64) Mem {
	if m, ok := constants[x]; ok {
		return m
	}
	m := ConstData("constant"+big.NewInt(0).SetUint64(x).Text(16), U64(x))
	constants[x] = m
	return m
}

var constants = map[uint64]Mem{}
