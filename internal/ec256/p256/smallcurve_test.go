// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/residue"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// The formulas for points do not have the constant b of the curve in them. So they also hold
// on y^2 = x^3 - 3x + b for any other b, and some of these curves have a subgroup so small that
// every case there is can be tried. curve_test.go has a point of such a subgroup. (After
// libsecp256k1's tests.)

// smallMultiples returns the multiples 0, 1, ... smallOrder - 1 of the point smallPoint, by
// the formulas of a text book in math/big. The first is infinity.
func smallMultiples(t *testing.T) []affinePoint {
	x1, y1 := fromHex(t, smallX), fromHex(t, smallY)
	points := make([]affinePoint, smallOrder)
	x, y := x1, y1
	for i := 1; i < smallOrder; i++ {
		points[i] = affinePoint{fieldFromBig(x), fieldFromBig(y)}
		if i == smallOrder-1 {
			break
		}
		// The slope of the tangent at the first, and of the chord elsewhere.
		numerator, denominator := new(big.Int).Sub(y, y1), new(big.Int).Sub(x, x1)
		if i == 1 {
			numerator.Mul(x, x).Sub(numerator, one).Mul(numerator, big.NewInt(3))
			denominator.Lsh(y, 1)
		}
		l := new(big.Int).Mul(numerator, new(big.Int).ModInverse(denominator.Mod(denominator, bigP), bigP))
		l.Mod(l, bigP)
		x3 := new(big.Int).Mul(l, l)
		x3.Sub(x3, x).Sub(x3, x1).Mod(x3, bigP)
		y3 := new(big.Int).Sub(x, x3)
		y3.Mul(y3, l).Sub(y3, y).Mod(y3, bigP)
		x, y = x3, y3
	}
	// The order is right: the last is the opposite of the first.
	require.Zero(t, x.Cmp(x1))
	require.Zero(t, y.Cmp(new(big.Int).Sub(bigP, y1)))
	return points
}

// requireSmall requires that p is k times the point, for any k.
func requireSmall(t *testing.T, points []affinePoint, k int, p *jacobianPoint, what ...any) {
	t.Helper()
	k = (k%smallOrder + smallOrder) % smallOrder
	if k == 0 || p.z.isZero() != 0 {
		if k != 0 || p.z.isZero() == 0 {
			t.Fatalf("not %d times the point: %v", k, what)
		}
		return
	}
	var zz, x, y fieldElement
	zz.sqr(&p.z)
	x.mul(&points[k].x, &zz)
	y.mul(&points[k].y, &zz)
	y.mul(&y, &p.z)
	if x != p.x || y != p.y {
		t.Fatalf("not %d times the point: %v", k, what)
	}
}

// TestSmallCurve_add: every sum of two points, and every double.
func TestSmallCurve_add(t *testing.T) {
	r, points := newRand(t), smallMultiples(t)
	step := 7
	switch {
	case nightly:
		step = 1
	case !testrun.Long():
		step = 29
	}
	for i := range smallOrder {
		if testrun.Brief() && i%16 > 1 {
			continue
		}
		var p jacobianPoint // infinity
		if i > 0 {
			p = scaled(r, points[i])
		}
		q := p
		q.double(&q)
		requireSmall(t, points, 2*i, &q, "double", i)
		for j := 1; j < smallOrder; j++ {
			// All that meet, and some of the others.
			if (i+3*j)%step != 0 && i != 0 && i != j && i+j != smallOrder {
				continue
			}
			q := p
			q.add(&points[j])
			requireSmall(t, points, i+j, &q, i, j)
			if i == 0 || i == j || i+j == smallOrder {
				continue // not for extended coordinates
			}
			var e extendedPoint
			blind := p.z
			e.setAffine(&points[i], &blind)
			e.add(&points[j])
			requireSmallExtended(t, points, i+j, &e)
		}
	}
}

// requireSmallExtended requires that p is k times the point, which is not infinity.
func requireSmallExtended(t *testing.T, points []affinePoint, k int, p *extendedPoint) {
	t.Helper()
	want := points[k%smallOrder]
	want.x.mul(&want.x, &p.zz)
	want.y.mul(&want.y, &p.zzz)
	if k%smallOrder == 0 || p.zz.isZero() != 0 || want.x != p.x || want.y != p.y {
		t.Fatalf("not %d times the point", k)
	}
}

// TestSmallCurve_comb: the comb with two digits, for every number that it takes: all digits,
// and the meeting of the last addition.
func TestSmallCurve_comb(t *testing.T) {
	const digits = 2
	require.Greater(t, smallOrder, 1<<(5*digits))
	require.Less(t, smallOrder, 2<<(5*digits))
	r, points := newRand(t), smallMultiples(t)
	table := newCombTableOf(&points[1], &[4]uint64{smallOrder}, digits)
	met := false
	for v := 1; v < 2<<(5*digits); v += 2 {
		if v == smallOrder {
			continue
		}
		for _, blind := range []fieldElement{noBlind, blindOf(bytesFromBig(random256(r)))} {
			var p extendedPoint
			multiplier := p.setOddMultiple(table, &scalar{uint64(v)}, &blind)
			require.Equal(t, uint64(v), residue.Reduce(multiplier))
			requireSmallExtended(t, points, v, &p)
		}
		met = met || v == 2<<(5*digits)-smallOrder
	}
	require.True(t, met)
}

// TestSmallCurve_doubleMultiple: sums of multiples of two points that meet in every way,
// with the tables of both, and without. The scalars have all lengths.
func TestSmallCurve_doubleMultiple(t *testing.T) {
	r, points := newRand(t), smallMultiples(t)
	g := newMultiples(&points[1], generatorWidth, parts)
	order := big.NewInt(smallOrder)
	congruent := func(k int) scalar {
		x := random256(r)
		x.Rsh(x, uint(r.IntN(256))).Mul(x, order).Add(x, big.NewInt(int64(k)))
		for x.Cmp(bigN) >= 0 {
			x.Rsh(x, 16)
			x.Sub(x, new(big.Int).Mod(x, order)).Add(x, big.NewInt(int64(k)))
		}
		return scalar(limbsFromBig(x))
	}
	for range max(8, pointCases()/20) {
		d := 1 + r.IntN(smallOrder-1)
		kept, once := newMultiples(&points[d], keyWidth, parts), newMultiples(&points[d], onceWidth, 1)
		for i := range 64 {
			u, v := r.IntN(smallOrder), r.IntN(smallOrder)
			switch i % 4 {
			case 0: // the sum is infinity
				u = (smallOrder*smallOrder - v*d) % smallOrder
			case 1: // both halves are equal
				u = v * d % smallOrder
			}
			su, sv := congruent(u), congruent(v)
			var p jacobianPoint
			p.setSum(&su, &sv, g, kept, keyWidth)
			requireSmall(t, points, u+v*d, &p, "kept", su, sv, d)
			p.setSum(&su, &sv, g[:1], once, onceWidth)
			requireSmall(t, points, u+v*d, &p, "once", su, sv, d)
		}
	}
}
