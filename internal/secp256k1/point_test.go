// Code generated from p256/point_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// scaled returns p with a random denominator.
func scaled(r *rand.Rand, p affinePoint) jacobianPoint {
	z := fieldFromBig(random256(r))
	if z.isZero() != 0 {
		z = fieldOne
	}
	q := jacobianPoint{z: z}
	var zz fieldElement
	zz.sqr(&z)
	q.x.mul(&p.x, &zz)
	zz.mul(&zz, &z)
	q.y.mul(&p.y, &zz)
	return q
}

// requirePoint requires that got is want, or infinity if finite is false.
func requirePoint(t *testing.T, want affinePoint, finite bool, got jacobianPoint, msg ...any) {
	t.Helper()
	require.Equal(t, finite, got.z.isZero() == 0, msg...)
	if finite {
		a := toAffine([]jacobianPoint{got})[0]
		require.Equal(t, want, a, msg...)
	}
}

func TestJacobianPoint(t *testing.T) {
	r := newRand(t)
	for range pointCases() {
		a := randomMultiplier(r)
		b := randomMultiplier(r)
		switch r.IntN(4) { // points that meet
		case 0:
			b.Set(a)
		case 1:
			b.Sub(bigN, a)
		}
		p, okP := referenceMultiple(a)
		q, okQ := referenceMultiple(b)
		if !okQ {
			continue
		}
		require.True(t, q.isOnCurve())

		var sum jacobianPoint
		if okP {
			sum = scaled(r, p)
		}
		twice := sum
		sum.add(&q)
		want, finite := referenceMultiple(new(big.Int).Add(a, b))
		requirePoint(t, want, finite, sum, "(%x + %x) G", a, b)

		twice.double(&twice)
		want, finite = referenceMultiple(new(big.Int).Lsh(a, 1))
		requirePoint(t, want, finite, twice, "2 %x G", a)
	}
}

func TestIsOnCurve(t *testing.T) {
	require.True(t, generator.isOnCurve())
	for _, p := range []affinePoint{
		{},
		{x: generator.y, y: generator.x},
		{x: generator.x, y: fieldOne},
		{x: fieldOne, y: generator.y},
	} {
		require.False(t, p.isOnCurve(), "%x", p)
	}
}

func TestOddMultiples(t *testing.T) {
	r := newRand(t)
	a, b := randomMultiplier(r), randomMultiplier(r)
	for _, k := range []*big.Int{a, b} {
		if k.Sign() == 0 {
			k.SetInt64(1)
		}
	}
	multiple := func(k *big.Int, n int64) affinePoint {
		p, ok := referenceMultiple(new(big.Int).Mul(k, big.NewInt(n)))
		require.True(t, ok)
		return p
	}
	got := oddMultiples(
		[]affinePoint{multiple(a, 1), multiple(b, 1)},
		[]affinePoint{multiple(a, 2), multiple(b, 2)}, 5)
	require.Len(t, got, 10)
	for i := range 5 {
		require.Equal(t, multiple(a, int64(2*i+1)), got[i])
		require.Equal(t, multiple(b, int64(2*i+1)), got[5+i])
	}
}
