// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"math/rand/v2"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/internal/residue"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// The formulas for points do not have the constant of the curve in them. So they also hold on
// y^2 = x^3 + b, and six groups of points with different orders are among these curves, some
// with small subgroups, where every case there is can be tried. (libsecp256k1 tests itself
// like this.) decred's formulas, which are the reference, have no constant in them either.

// The orders of the groups with small factors.
var (
	order13  = "1000000000000000000000000000000014551231950b75fc4402da1712fc9b71f" // 3^2 13^2 3319 ...
	order7   = "100000000000000000000000000000001f90dcfcda9f17c1ec7159035a804b0cc" // 2^2 7^2 ...
	order199 = "100000000000000000000000000000000b3bcacb4593a1c5a86e7eec3783af5dd" // 3 199 18979 ...
)

// A smallGroup has the multiples 0, 1, ... of a point of small odd order. The first is
// infinity. lambda is what the endomorphism multiplies by, or 0 if it leads out of the group.
type smallGroup struct {
	order  int
	points []affinePoint
	lambda int
}

// findGroup returns a subgroup of the order, which divides the group of a curve with as many
// points, with the endomorphism or without.
func findGroup(t *testing.T, points string, order int, endomorphism bool) *smallGroup {
	// Without all powers of the primes of the order, part of which may then come back.
	cofactor, part := fromHex(t, points), 1
	for _, p := range primesOf(order) {
		for new(big.Int).Mod(cofactor, big.NewInt(int64(p))).Sign() == 0 {
			cofactor.Quo(cofactor, big.NewInt(int64(p)))
			part *= p
		}
	}
	for b := int64(1); b < 60; b++ {
		for x := int64(1); x < 10; x++ {
			y := new(big.Int).ModSqrt(big.NewInt(x*x*x+b), bigP)
			if y == nil {
				continue
			}
			g := timesDecred(cofactor, affinePoint{x: fieldElement{uint64(x)}, y: limbsFromBig(y)})
			for k := 1; k <= part/order; k++ {
				if part%k != 0 {
					continue
				}
				h, ok := fromDecred(&g)
				if !ok {
					break
				}
				if s, ok := newSmallGroup(timesDecred(big.NewInt(int64(k)), h), order); ok && (s.lambda != 0 || !endomorphism) {
					return s
				}
			}
		}
	}
	t.Fatalf("no group of order %d", order)
	return nil
}

func primesOf(x int) (primes []int) {
	for p := 2; x > 1; p++ {
		if x%p == 0 {
			primes = append(primes, p)
			x /= p
		}
	}
	return primes
}

// timesDecred is double-and-add.
func timesDecred(k *big.Int, p affinePoint) decred.JacobianPoint {
	var sum decred.JacobianPoint
	q := decredPoint(&p)
	for i := k.BitLen() - 1; i >= 0; i-- {
		decred.DoubleNonConst(&sum, &sum)
		if k.Bit(i) == 1 {
			var next decred.JacobianPoint
			decred.AddNonConst(&sum, q, &next)
			sum = next
		}
	}
	return sum
}

// newSmallGroup reports false if the order of g is another one.
func newSmallGroup(g decred.JacobianPoint, order int) (*smallGroup, bool) {
	s := &smallGroup{order: order, points: make([]affinePoint, order)}
	first, ok := fromDecred(&g)
	if !ok {
		return nil, false
	}
	for _, p := range primesOf(order) {
		if part := timesDecred(big.NewInt(int64(order/p)), first); isInfinity(&part) {
			return nil, false
		}
	}
	if all := timesDecred(big.NewInt(int64(order)), first); !isInfinity(&all) {
		return nil, false
	}
	endomorphic := first
	endomorphic.x.mul(&endomorphic.x, &glvBeta)
	endomorphic.x = endomorphic.x.canonical()
	step := decredPoint(&first)
	sums := make([]decred.JacobianPoint, order)
	for i := 1; i < order; i++ {
		decred.AddNonConst(&sums[i-1], step, &sums[i])
	}
	if !allAffine(sums[1:]) {
		return nil, false
	}
	for i := 1; i < order; i++ {
		s.points[i].x.setBytes(sums[i].X.Bytes())
		s.points[i].y.setBytes(sums[i].Y.Bytes())
		if s.points[i] == endomorphic {
			s.lambda = i
		}
	}
	return s, true
}

// allAffine is ToAffine of all points with one inversion, and reports whether they are finite.
func allAffine(points []decred.JacobianPoint) bool {
	products := make([]decred.FieldVal, len(points)+1) // of the first i z
	products[0].SetInt(1)
	for i := range points {
		if isInfinity(&points[i]) {
			return false
		}
		products[i+1].Mul2(&products[i], &points[i].Z)
	}
	inverse := products[len(points)]
	inverse.Inverse() // of the z not yet seen
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		var z, zz decred.FieldVal
		z.Mul2(&inverse, &products[i])
		inverse.Mul(&p.Z)
		zz.SquareVal(&z)
		p.X.Mul(&zz).Normalize()
		p.Y.Mul(&zz).Mul(&z).Normalize()
		p.Z.SetInt(1)
	}
	return true
}

func isInfinity(p *decred.JacobianPoint) bool {
	return p.X.IsZero() && p.Y.IsZero() || p.Z.IsZero()
}

// multiple returns k times the point, and false if it is infinity.
func (s *smallGroup) multiple(k int) (affinePoint, bool) {
	k = (k%s.order + s.order) % s.order
	return s.points[k], k != 0
}

// jacobian returns k times the point with a random denominator.
func (s *smallGroup) jacobian(r *rand.Rand, k int) jacobianPoint {
	if p, finite := s.multiple(k); finite {
		return scaled(r, p)
	}
	return jacobianPoint{x: fieldElement{1}, y: fieldElement{1}}
}

// requireMultiple requires that p is k times the point.
func (s *smallGroup) requireMultiple(t *testing.T, k int, p *jacobianPoint, what ...any) {
	want, finite := s.multiple(k)
	var zz, x, y fieldElement
	zz.sqr(&p.z)
	x.mul(&want.x, &zz)
	y.mul(&want.y, &zz)
	y.mul(&y, &p.z)
	if finite != (p.z.isZero() == 0) || finite && x.equal(&p.x)&y.equal(&p.y) == 0 {
		t.Fatalf("order %d: not %d times the point: %v", s.order, k, what)
	}
}

func smallGroups(t *testing.T) []*smallGroup {
	return []*smallGroup{
		findGroup(t, order7, 7, true), findGroup(t, order13, 13, true), findGroup(t, order199, 199, true),
	}
}

// Every sum of two points, and every double.
func TestSmallCurve_add(t *testing.T) {
	r := newRand(t)
	for _, s := range smallGroups(t) {
		for i := range s.order {
			if testrun.Brief() && i > 16 && i%16 != 0 {
				continue
			}
			p := s.jacobian(r, i)
			p.double(&p)
			s.requireMultiple(t, 2*i, &p, "double")
			for j := 1; j < s.order; j++ {
				q, _ := s.multiple(j)
				p := s.jacobian(r, i)
				p.add(&q)
				s.requireMultiple(t, i+j, &p, i, "+", j)
				if i == 0 || i == j || i+j == s.order {
					continue // not for extended coordinates
				}
				blind := blindOf(bytesFromBig(random256(r)))
				var e extendedPoint
				e.setAffine(&s.points[i], &blind)
				e.add(&q)
				s.requireExtended(t, i+j, &e)
			}
		}
	}
}

// requireExtended requires that p is k times the point, which is not infinity.
func (s *smallGroup) requireExtended(t *testing.T, k int, p *extendedPoint) {
	want, finite := s.multiple(k)
	want.x.mul(&want.x, &p.zz)
	want.y.mul(&want.y, &p.zzz)
	if !finite || p.zz.isZero() != 0 || want.x.equal(&p.x)&want.y.equal(&p.y) == 0 {
		t.Fatalf("order %d: not %d times the point", s.order, k)
	}
}

// The comb with one and with three digits, for every number that it takes (with KMSIGNER_LONG;
// for one of five otherwise): all digits, all meetings of the last addition.
func TestSmallCurve_comb(t *testing.T) {
	r := newRand(t)
	for _, c := range []struct {
		points        string
		order, digits int
	}{{order13, 39, 1}, {order13, 13 * 3319, 3}, {order199, 3 * 18979, 3}} {
		if c.order == 3*18979 && !nightly {
			continue
		}
		s := findGroup(t, c.points, c.order, false)
		table := newCombTableOf(&s.points[1], &[4]uint64{uint64(c.order)}, c.digits)
		require.Greater(t, c.order, 1<<(5*c.digits))
		require.Less(t, c.order, 2<<(5*c.digits))
		met := 0
		step, last := 1, 2<<(5*c.digits)-c.order
		switch {
		case testrun.Brief():
			step = 31
		case !testrun.Long():
			step = 5
		}
		for v := 1; v < 2<<(5*c.digits); v += 2 {
			if v%c.order == 0 || v/2%step != 0 && v != last {
				continue
			}
			blind := blindOf(bytesFromBig(random256(r)))
			if v&2 != 0 {
				blind = noBlind
			}
			var p extendedPoint
			multiplier := p.setOddMultiple(table, &scalar{uint64(v)}, &blind)
			require.Equal(t, uint64(v), residue.Reduce(multiplier))
			s.requireExtended(t, v, &p)
			if v == last {
				met++
			}
		}
		require.Equal(t, 1, met)
	}
}

// half returns k + 2^64 high as a number of up to 128 bits with a sign.
func half(k int, high uint64, negative bool) halfScalar {
	return halfScalar{lo: uint64(k), hi: high, negative: negative}
}

// value is k modulo the order.
func (s *smallGroup) value(k halfScalar) int {
	x := bigFromHalf(k)
	return int(x.Mod(x, big.NewInt(int64(s.order))).Int64())
}

// Every sum of multiples of two points, in every split of the numbers for the two smallest groups
// (with KMSIGNER_LONG; one sum and one split of seven otherwise), with and without the table of the
// second point.
func TestSmallCurve_doubleMultiple(t *testing.T) {
	r := newRand(t)
	step := 1
	switch {
	case testrun.Brief():
		step = 97
	case !testrun.Long():
		step = 7
	}
	for i, s := range smallGroups(t) {
		width := []int{3, 4, 5}[i]
		g := newSplitTable(&s.points[1], width)
		tables := make([]*splitTable, s.order)
		for d := 1; d < s.order; d++ {
			tables[d] = newSplitTable(&s.points[d], width)
		}
		check := func(u1, u2, v1, v2 halfScalar, d int) {
			want := s.value(u1) + s.lambda*s.value(u2) + d*(s.value(v1)+s.lambda*s.value(v2))
			var p jacobianPoint
			p.setSplitMultiple(u1, u2, v1, v2, g, tables[d])
			s.requireMultiple(t, want, &p, u1, u2, v1, v2, d)
			p.setFirstMultiple(u1, u2, v1, v2, &g.low, &s.points[d], width)
			s.requireMultiple(t, want, &p, "the first", u1, u2, v1, v2, d)
		}
		if s.order == 199 {
			for u := range s.order {
				for v := u % step; v < s.order; v += step {
					u2, v2 := r.IntN(s.order), r.IntN(s.order)
					u1 := ((u-s.lambda*u2)%s.order + s.order) % s.order
					v1 := ((v-s.lambda*v2)%s.order + s.order) % s.order
					high := r.Uint64() >> r.IntN(64)
					check(half(u1, 0, false), half(u2, high, r.IntN(2) == 0),
						half(v1, high, r.IntN(2) == 0), half(v2, 0, false), 1+r.IntN(s.order-1))
				}
			}
			continue
		}
		for a := 0; a < s.order*s.order*s.order*s.order; a += step {
			u1, u2 := a%s.order, a/s.order%s.order
			v1, v2 := a/(s.order*s.order)%s.order, a/(s.order*s.order*s.order)
			d := 1 + r.IntN(s.order-1)
			check(half(u1, 0, false), half(u2, 0, false), half(v1, 0, false), half(v2, 0, false), d)
			check(half(u1, uint64(v2), a&1 != 0), half(u2, uint64(v1), a&2 != 0),
				half(v1, uint64(u2), a&4 != 0), half(v2, uint64(u1), a&8 != 0), d)
		}
	}
}
