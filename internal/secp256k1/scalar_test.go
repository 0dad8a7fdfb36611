// Code generated from p256/scalar_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireScalar requires that got is want modulo n, and reduced.
func requireScalar(t *testing.T, op string, want *big.Int, got scalar, args ...*big.Int) {
	t.Helper()
	want = new(big.Int).Mod(want, bigN)
	if bigFromLimbs(got).Cmp(want) != 0 {
		t.Fatalf("%s%x = %x, want %x", op, args, bigFromLimbs(got), want)
	}
}

func scalarFromBig(x *big.Int) scalar {
	return scalar(limbsFromBig(new(big.Int).Mod(x, bigN)))
}

func TestScalarArithmetic(t *testing.T) {
	r := newRand(t)
	check := func(x, y *big.Int) {
		x, y = new(big.Int).Mod(x, bigN), new(big.Int).Mod(y, bigN)
		sx, sy := scalarFromBig(x), scalarFromBig(y)
		var z scalar
		z.add(&sx, &sy)
		requireScalar(t, "add", new(big.Int).Add(x, y), z, x, y)
		z.mul(&sx, &sy)
		requireScalar(t, "mul", new(big.Int).Mul(x, y), z, x, y)
		z.negateIf(maskOf(true), &sx)
		requireScalar(t, "negate", new(big.Int).Neg(x), z, x)
		z.negateIf(maskOf(false), &sx)
		requireScalar(t, "do not negate", x, z, x)
		z.sub(&sx, &sy)
		requireScalar(t, "sub", new(big.Int).Sub(x, y), z, x, y)
		if sx.isZero() != maskOf(x.Sign() == 0) || (sx.differs(&sy) == 0) != (x.Cmp(y) == 0) {
			t.Fatalf("%x: zero %x, differs from %x %x", x, sx.isZero(), y, sx.differs(&sy))
		}

		z = sx
		z.mul(&z, &z)
		requireScalar(t, "mul in place", new(big.Int).Mul(x, x), z, x)
		z = sy
		z.sub(&sx, &z)
		requireScalar(t, "sub in place", new(big.Int).Sub(x, y), z, x, y)
		z = sx
		z.negateIf(maskOf(true), &z)
		requireScalar(t, "negate in place", new(big.Int).Neg(x), z, x)
	}
	for _, x := range edges {
		for _, y := range edges {
			for dx := int64(-2); dx <= 2; dx++ {
				check(new(big.Int).Add(x, big.NewInt(dx)), y)
			}
		}
	}
	for range cases() {
		check(random256(r), random256(r))
	}
}

func TestScalarInverse(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		s := scalarFromBig(x)
		want := new(big.Int).ModInverse(x, bigN)
		if want == nil {
			want = new(big.Int)
		}
		s.inverse(&s)
		requireScalar(t, "1/", want, s, x)
	}
	for _, x := range edges {
		for dx := int64(-4); dx <= 4; dx++ {
			check(new(big.Int).Add(x, big.NewInt(dx)))
		}
	}
	for range cases() / 4 {
		check(random256(r))
	}
}

func TestScalarBytes(t *testing.T) {
	r := newRand(t)
	for range cases() {
		x := random256(r)
		var b [32]byte
		x.FillBytes(b[:])
		var s scalar
		require.Equal(t, maskOf(x.Cmp(bigN) >= 0), s.setBytes(&b))
		requireScalar(t, "setBytes", x, s, x)
		new(big.Int).Mod(x, bigN).FillBytes(b[:])
		require.Equal(t, b, s.bytes())
	}
}
