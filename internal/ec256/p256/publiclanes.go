// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/bits"
	"sync"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// Multiplication by public scalars where the processor has eight lanes of AVX-512 IFMA: the
// terms of two combs, of G and of the key, divided between the lanes, and the sums of the lanes
// added up, by package ecifma.

const (
	generatorLanesWidth = 8
	keyLanesWidth       = 5

	// lanesFrom is the verification with a key from which on it has a table for the lanes. Making
	// it costs what it saves in so many.
	lanesFrom = 12
)

// generatorLanesTable is the table of G, 256 KiB, built by the first that needs it.
var generatorLanesTable = sync.OnceValue(func() *ecifma.PublicTable {
	return newPublicTable(&generator, generatorLanesWidth)
})

// newPublicTable returns the table of p for the lanes.
//
// With the powers 2^i p of p, affine, the odd multiples of one of them, b, come from b and 2 b, and
// from twice as many at a time, since 2 j + 1 + 2^k for j < 2^(k-1) is the next 2^(k-1) odd numbers.
// One inversion does for all of the additions of a k. No addition has equal or opposite points,
// since no factor is 0 modulo n, nor a difference or sum of two.
func newPublicTable(p *affinePoint, width int) *ecifma.PublicTable {
	table := ecifma.NewPublicTable(width)
	jacobian := make([]jacobianPoint, 256)
	jacobian[0].setAffine(p)
	for i := range jacobian[1:] {
		jacobian[i+1].double(&jacobian[i])
	}
	powers := toAffine(jacobian)
	multiples := make([][]affinePoint, table.Digits())
	for i := range multiples {
		multiples[i] = make([]affinePoint, table.Entries(i))
		multiples[i][0] = powers[i*width]
	}
	var sums []affineSum
	for k := 1; k < width; k++ {
		sums = sums[:0]
		for i, m := range multiples {
			for j := 1 << (k - 1); j < min(1<<k, len(m)); j++ {
				sums = append(sums, affineSum{z: &m[j], x: &m[j-1<<(k-1)], y: &powers[i*width+k]})
			}
		}
		addAll(sums)
	}
	for i, m := range multiples {
		for j := range m {
			x, y := m[j].x.toLanes(), m[j].y.toLanes()
			table.Set(i, j, (*[4]uint64)(&x), (*[4]uint64)(&y))
		}
	}
	return table
}

// An affineSum is z = x + y.
type affineSum struct {
	z, x, y    *affinePoint
	difference fieldElement // of the x coordinates
	product    fieldElement // of those before
}

// addAll adds up, where no x is y or -y. It inverts once.
func addAll(sums []affineSum) {
	product := fieldOne
	for i := range sums {
		s := &sums[i]
		s.product = product
		s.difference.sub(&s.y.x, &s.x.x)
		product.mul(&product, &s.difference)
	}
	product.inverse(&product)
	for i := len(sums) - 1; i >= 0; i-- {
		// The chord has the slope l: x' = l^2 - x - x2, y' = l (x - x') - y.
		s := &sums[i]
		var l, t, x fieldElement
		l.mul(&product, &s.product)
		product.mul(&product, &s.difference)
		t.sub(&s.y.y, &s.x.y)
		l.mul(&l, &t)
		x.sqr(&l)
		x.sub(&x, &s.x.x)
		x.sub(&x, &s.y.x)
		t.sub(&s.x.x, &x)
		t.mul(&t, &l)
		s.z.y.sub(&t, &s.x.y)
		s.z.x = x
	}
}

// forLanes returns the key's table before so many verifications, or nil if it is not worth one yet.
func (p *publicPoint) forLanes(count int) *ecifma.PublicTable {
	if lanes == nil || p.latch.Failed() {
		return nil
	}
	if t := p.lanesTable.Load(); t != nil {
		return t
	}
	if p.verified.Add(int64(count)) < lanesFrom || !p.making.CompareAndSwap(false, true) {
		return nil // or one is being made
	}
	t := newPublicTable(&p.affinePoint, keyLanesWidth)
	p.lanesTable.Store(t)
	return t
}

// oddHalf returns v >> 1 for the odd one v of k and n - k, and 1 if that is n - k.
func (k *scalar) oddHalf() (w [4]uint64, negative uint64) {
	v := *k
	if v[0]&1 == 0 { // n - k, and n for 0
		var b uint64
		v[0], b = bits.Sub64(n0, k[0], 0)
		v[1], b = bits.Sub64(n1, k[1], b)
		v[2], b = bits.Sub64(n2, k[2], b)
		v[3], _ = bits.Sub64(n3, k[3], b)
		negative = 1
	}
	return [4]uint64{v[0]>>1 | v[1]<<63, v[1]>>1 | v[2]<<63, v[2]>>1 | v[3]<<63, v[3] >> 1}, negative
}

var publicSums = sync.Pool{New: func() any { return ecifma.NewSum() }}

// sumInLanes returns x and zz, where the x coordinate of u G + v P is x / zz, and t is P's table. zz
// is 0, and x means nothing, if there were equal or opposite points on the way.
func sumInLanes(kernel *ecifma.Kernel, u, v *scalar, t *ecifma.PublicTable) (x, zz fieldElement) {
	s := publicSums.Get().(*ecifma.Sum)
	w, negative := u.oddHalf()
	next := s.SetTerms(generatorLanesTable(), &w, negative, 0, 1)
	w, negative = v.oddHalf()
	next = s.SetTerms(t, &w, negative, next, 1)
	s.Begin((*[4]uint64)(&lanesOne), (*[4]uint64)(&lanesMinusOne))
	// The terms of the last round, which are not enough for all lanes, wait until there are
	// fewer sums.
	rounds := next / ecifma.Lanes
	kernel.AddTerms(s, 1, rounds)
	kernel.Fold(s, 4)
	kernel.AddTerms(s, rounds, rounds+1)
	kernel.Fold(s, 2)
	kernel.Fold(s, 1)
	x, zz = fromPublicLanes(s, 0)
	publicSums.Put(s)
	return x, zz
}

// fromPublicLanes returns the x coordinate of the sum of a lane as x / zz. Both are as they are in
// the lanes, multiplied by the same number here.
func fromPublicLanes(s *ecifma.Sum, lane int) (x, zz fieldElement) {
	low, high := s.Coordinate(lane, ecifma.X)
	x.setWide(&low, high)
	low, high = s.Coordinate(lane, ecifma.ZZ)
	zz.setWide(&low, high)
	return x, zz
}

// fitsInLanes reports whether a claim is true whose sum, by the lanes, is x / zz. A claim that they do
// not accept, or whose sum they do not have because of equal or opposite points, is computed without
// them: that alone makes it false. If it is true although the lanes had a sum, they were wrong, and the
// key does not use them again.
func (p *publicPoint) fitsInLanes(c *claim, x, zz *fieldElement) bool {
	met := zz.isZero() != 0
	if !met && c.x.isX(x, zz) {
		return true
	}
	fits := p.fitsWithoutLanes(c)
	if fits && !met {
		p.latch.Fail()
	}
	return fits
}

// LanesFailed reports whether the lanes have computed wrongly for this key, which does not use
// them any more then.
func (p *PublicKey) LanesFailed() bool { return p.point.latch.Failed() }
