// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// fieldFromBig returns the element x modulo p, and bigFromField its number.
func fieldFromBig(x *big.Int) (z fieldElement) {
	limbs := limbsFromBig(new(big.Int).Mod(x, bigP))
	z.setLimbs(&limbs)
	return z
}

func bigFromField(x fieldElement) *big.Int { return bigFromLimbs(x.limbs()) }

// anyElement returns an element with the representation x modulo p: one that the arithmetic may get.
func anyElement(x *big.Int) fieldElement {
	return limbsFromBig(new(big.Int).Mod(x, bigP))
}

// requireField requires that got is want modulo p, and reduced.
func requireField(t *testing.T, op string, want *big.Int, got fieldElement, args ...*big.Int) {
	t.Helper()
	want = new(big.Int).Mod(want, bigP)
	if bigFromLimbs(got).Cmp(bigP) >= 0 {
		t.Fatalf("%s%x is not reduced", op, args)
	}
	if bigFromField(got).Cmp(want) != 0 {
		t.Fatalf("%s%x = %x, want %x", op, args, bigFromField(got), want)
	}
}

// TestFieldConstants: the constants are what their names say.
func TestFieldConstants(t *testing.T) {
	r := power2(256)
	for i, got := range []fieldElement{fieldOne, fieldRSquared, fieldRCubed} {
		want := new(big.Int).Exp(r, big.NewInt(int64(i+1)), bigP)
		require.Zero(t, bigFromLimbs(got).Cmp(want))
	}
	require.Zero(t, bigFromLimbs(scalarRSquared).Cmp(new(big.Int).Exp(r, big.NewInt(2), bigN)))
	minusN := new(big.Int).Sub(power2(64), new(big.Int).SetUint64(n0))
	require.Equal(t, uint64(nMinusInverse), new(big.Int).ModInverse(minusN, power2(64)).Uint64())

	params := referenceCurve.Params()
	require.Zero(t, params.P.Cmp(bigP))
	require.Zero(t, params.N.Cmp(bigN))
	requireField(t, "b", params.B, curveB)
	requireField(t, "x", params.Gx, generator.x)
	requireField(t, "y", params.Gy, generator.y)
	require.True(t, bigP.ProbablyPrime(20))
	require.True(t, bigN.ProbablyPrime(20))
}

// TestReduceLimb takes the step of the reduction to all 256-bit values, and the products to
// values that mul does not lead to often.
func TestReduceLimb(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		l := limbsFromBig(x)
		z0, z1, z2, z3 := reduceLimb(l[0], l[1], l[2], l[3])
		want := new(big.Int).Mul(bigP, new(big.Int).SetUint64(l[0]))
		want.Add(want, x)
		if got := bigFromLimbs([4]uint64{z0, z1, z2, z3}); got.Lsh(got, 64).Cmp(want) != 0 {
			t.Fatalf("reduceLimb %x = %x / 2^64, want %x / 2^64", x, got, want)
		}
	}
	for _, x := range edges {
		for d := int64(-4); d <= 4; d++ {
			u := new(big.Int).Add(x, big.NewInt(d))
			check(u.Mod(u, power2(256)))
		}
	}
	for range 4 * cases() {
		check(random256(r))
	}
}

func TestFieldArithmetic(t *testing.T) {
	r := newRand(t)
	// check takes the representations x and y: the numbers x / 2^256 and y / 2^256.
	rInv := new(big.Int).ModInverse(power2(256), bigP)
	check := func(x, y *big.Int) {
		fx, fy := fieldElement(limbsFromBig(x)), fieldElement(limbsFromBig(y))
		x, y = new(big.Int).Mul(x, rInv), new(big.Int).Mul(y, rInv)
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
		z.add(&z, &z)
		requireField(t, "twice the half", x, z, x)

		// The result may be one of the arguments.
		z = fx
		z.mul(&z, &z)
		requireField(t, "mul in place", new(big.Int).Mul(x, x), z, x)
		z = fx
		z.sqr(&z)
		requireField(t, "sqr in place", new(big.Int).Mul(x, x), z, x)
		z = fx
		z.half(&z)
		z.add(&z, &z)
		requireField(t, "half in place", x, z, x)
		z = fy
		z.sub(&fx, &z)
		requireField(t, "sub in place", new(big.Int).Sub(x, y), z, x, y)
		z = fy
		z.add(&fx, &z)
		requireField(t, "add in place", new(big.Int).Add(x, y), z, x, y)

		if fx.equal(&fy) != maskOf(fx == fy) || fx.isZero() != maskOf(fx == fieldElement{}) {
			t.Fatalf("%x: equal to %x %x, zero %x", fx, fy, fx.equal(&fy), fx.isZero())
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
					check(u.Mod(u, bigP), v.Mod(v, bigP))
				}
			}
		}
	}
	for range cases() {
		x, y := random256(r), random256(r)
		x.Mod(x, bigP)
		check(x, y.Mod(y, bigP))

		// Factors of a small or a great product: the reduction ends near 0, p and 2p.
		if x.ModInverse(x, bigP) != nil {
			small := y.Rsh(y, uint(186+r.IntN(70)))
			small.Mul(small, x)
			check(new(big.Int).Mod(small, bigP), new(big.Int).ModInverse(x, bigP))
			small.Neg(small)
			check(small.Mod(small, bigP), x.ModInverse(x, bigP))
		}
	}
}

// TestFieldMul_anyLimbs: the first factor need not be reduced.
func TestFieldMul_anyLimbs(t *testing.T) {
	r := newRand(t)
	rInv := new(big.Int).ModInverse(power2(256), bigP)
	check := func(x, y *big.Int) {
		var z fieldElement
		fx, fy := fieldElement(limbsFromBig(x)), fieldElement(limbsFromBig(y))
		z.mul(&fx, &fy)
		want := new(big.Int).Mul(x, y)
		want.Mul(want, rInv).Mul(want, rInv)
		requireField(t, "mul", want, z, x, y)
	}
	ones, largest := new(big.Int).Sub(power2(256), one), new(big.Int).Sub(bigP, one)
	check(ones, largest)
	check(ones, one)
	check(bigP, largest)
	for range cases() {
		y := random256(r)
		check(random256(r), y.Mod(y, bigP))
	}
}

func TestFieldInverse(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		f := fieldFromBig(x)
		f.inverse(&f)
		want := new(big.Int).ModInverse(x, bigP)
		if want == nil {
			want = new(big.Int)
		}
		requireField(t, "1/", want, f, x)
	}
	for _, x := range edges {
		for dx := int64(-4); dx <= 4; dx++ {
			check(new(big.Int).Mod(new(big.Int).Add(x, big.NewInt(dx)), bigP))
		}
	}
	for range cases() / 4 {
		check(random256(r))
	}
}

func TestFieldBytes(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		b := bytesFromBig(x)
		var f fieldElement
		require.Equal(t, x.Cmp(bigP) < 0, f.setBytes(b))
		requireField(t, "setBytes", x, f, x)
		require.Equal(t, *bytesFromBig(new(big.Int).Mod(x, bigP)), f.bytes())
	}
	for d := int64(-3); d <= 3; d++ {
		check(new(big.Int).Add(bigP, big.NewInt(d)))
	}
	check(new(big.Int))
	check(new(big.Int).Sub(power2(256), one))
	for range cases() {
		check(random256(r))
	}
}

// TestAssembly_anyLimbs: the first factor need not be below p.
func TestAssembly_anyLimbs(t *testing.T) {
	needAssembly(t)
	r := newRand(t)
	ones := new(big.Int).Sub(power2(256), one)
	largest := anyElement(new(big.Int).Sub(bigP, one))
	requireModel(t, "product", fieldElement(limbsFromBig(ones)), func(z *fieldElement) { z.mul(z, &largest) })
	for range cases() {
		x, y := random256(r), anyElement(random256(r))
		requireModel(t, "product", fieldElement(limbsFromBig(x)), func(z *fieldElement) { z.mul(z, &y) })
	}
}

// fieldTests are the tests of this field's own that run without assembly, too.
var fieldTests = map[string]func(t *testing.T){
	"multiples": TestMultiples, "x coordinates": TestHasX, "any limbs": TestFieldMul_anyLimbs,
}
