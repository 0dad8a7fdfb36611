// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// fieldFromBig returns the element x modulo p, as it is if it has 256 bits, and bigFromField its
// number.
func fieldFromBig(x *big.Int) fieldElement {
	if x.Sign() < 0 || x.BitLen() > 256 {
		x = new(big.Int).Mod(x, bigP)
	}
	return limbsFromBig(x)
}

func bigFromField(x fieldElement) *big.Int { return bigFromLimbs(x.canonical()) }

// anyElement returns an element with the representation x modulo 2^256: one that the arithmetic may
// get.
func anyElement(x *big.Int) fieldElement {
	return limbsFromBig(new(big.Int).Mod(x, power2(256)))
}

// requireField requires that got represents want modulo p.
func requireField(t *testing.T, op string, want *big.Int, got fieldElement, args ...*big.Int) {
	t.Helper()
	want = new(big.Int).Mod(want, bigP)
	if c := got.canonical(); bigFromLimbs(c).Cmp(want) != 0 {
		t.Fatalf("%s%x = %x, want %x", op, args, bigFromLimbs(c), want)
	}
	if new(big.Int).Mod(bigFromLimbs(got), bigP).Cmp(want) != 0 {
		t.Fatalf("canonical changed the value of %s%x", op, args)
	}
}

func TestFieldArithmetic(t *testing.T) {
	r := newRand(t)
	check := func(x, y *big.Int) {
		fx, fy := fieldElement(limbsFromBig(x)), fieldElement(limbsFromBig(y))
		var z fieldElement
		z.add(&fx, &fy)
		requireField(t, "add", new(big.Int).Add(x, y), z, x, y)
		z.sub(&fx, &fy)
		requireField(t, "sub", new(big.Int).Sub(x, y), z, x, y)
		z.mul(&fx, &fy)
		requireField(t, "mul", new(big.Int).Mul(x, y), z, x, y)
		z.sqr(&fx)
		requireField(t, "sqr", new(big.Int).Mul(x, x), z, x)
		z.negate(&fx)
		requireField(t, "negate", new(big.Int).Neg(x), z, x)
		z.half(&fx)
		requireField(t, "twice the half", x, func() fieldElement { z.add(&z, &z); return z }(), x)

		// The result may be one of the arguments.
		z = fx
		z.mul(&z, &z)
		requireField(t, "mul in place", new(big.Int).Mul(x, x), z, x)
		z = fx
		z.sqr(&z)
		requireField(t, "sqr in place", new(big.Int).Mul(x, x), z, x)
		z = fy
		z.sub(&fx, &z)
		requireField(t, "sub in place", new(big.Int).Sub(x, y), z, x, y)
		z = fy
		z.add(&fx, &z)
		requireField(t, "add in place", new(big.Int).Add(x, y), z, x, y)

		if equal := new(big.Int).Mod(new(big.Int).Sub(x, y), bigP).Sign() == 0; fx.equal(&fy) != maskOf(equal) {
			t.Fatalf("%x == %x is not %t", x, y, equal)
		}
		if zero := new(big.Int).Mod(x, bigP).Sign() == 0; fx.isZero() != maskOf(zero) {
			t.Fatalf("%x == 0 is not %t", x, zero)
		}
		var u, v fieldElement
		u.selectFrom(maskOf(true), &fx, &fy)
		v.selectFrom(maskOf(false), &fx, &fy)
		if u != fx || v != fy {
			t.Fatalf("of %x and %x were selected %x and %x", fx, fy, u, v)
		}
	}
	for i, x := range edges {
		for j, y := range edges {
			for dx := int64(-2); dx <= 2; dx++ {
				if testrun.Brief() && (i+j+int(dx))%8 != 0 {
					continue
				}
				for dy := int64(-2); dy <= 2; dy++ {
					u := new(big.Int).Add(x, big.NewInt(dx))
					v := new(big.Int).Add(y, big.NewInt(dy))
					check(u.Mod(u, power2(256)), v.Mod(v, power2(256)))
				}
			}
		}
	}
	for range cases() {
		x, y := random256(r), random256(r)
		check(x, y)

		// Factors of a small product: before the last fold it may be above 2^256.
		if x.ModInverse(x, bigP) != nil {
			small := y.Rsh(y, uint(186+r.IntN(70)))
			check(small.Mul(small, x).Mod(small, bigP), x.ModInverse(x, bigP))
		}
	}
}

func TestFieldInverse(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		f := fieldElement(limbsFromBig(x))
		f.inverse(&f)
		want := new(big.Int).ModInverse(x, bigP)
		if want == nil {
			want = new(big.Int)
		}
		requireField(t, "1/", want, f, x)
	}
	for _, x := range edges {
		for dx := int64(-4); dx <= 4; dx++ {
			u := new(big.Int).Add(x, big.NewInt(dx))
			check(u.Mod(u, power2(256)))
		}
	}
	// This takes 534 divsteps, more than nine times 59; random numbers hardly ever do.
	hard, _ := new(big.Int).SetString("819f5783dca0431ff6ac0677aace3022096c88769ee78fa99ffbc9b110d1b73", 16)
	check(hard)
	for range cases() / 4 {
		check(random256(r))
	}
}

func TestFieldBytes(t *testing.T) {
	r := newRand(t)
	for range cases() {
		x := random256(r)
		var b [32]byte
		x.FillBytes(b[:])
		var f fieldElement
		require.Equal(t, x.Cmp(bigP) < 0, f.setBytes(&b))
		requireField(t, "setBytes", x, f, x)

		got := f.bytes()
		new(big.Int).Mod(x, bigP).FillBytes(b[:])
		require.Equal(t, b, got)
	}
}

// fieldTests are the tests of this field's own that run without assembly, too: none.
var fieldTests map[string]func(t *testing.T)
