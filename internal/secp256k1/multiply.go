// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// Multiplication by public scalars, in variable time.
//
// u G + v P is computed as a sum of products with short scalars, all in one pass over their
// bits, so that they share the doublings (Straus). u and v are each split in two halves of 128
// bits (glv.go), for G, lambda G, P and lambda P. Where there are tables of 2^64 G and 2^64 P,
// each half is split once more, by its bits: eight scalars of 64 bits, and half of the
// doublings.
//
// Each scalar is in non-adjacent form of some width w: odd digits below 2^(w-1) in absolute
// value, no two of them within w places; about one place in w + 1 has one. The odd multiples
// that they need are in tables.
//
// The table of a key is worth making if the key verifies more than once. Its first
// verification makes do with a short one, of P only, that takes no inversion.

const (
	generatorWidth = 10
	pointWidth     = 6
	firstWidth     = 5 // of the first verification
)

// nafDigits is enough for 128 bits: a non-adjacent form may be one digit longer than
// the number.
const nafDigits = 129

// A nafTable has the odd multiples of a point, 1, 3, ... 2^(width-1) - 1 times itself.
type nafTable struct {
	width     int
	multiples []affinePoint
	lambda    []affinePoint // the same, times lambda
}

// setLambda sets lambda from multiples.
func (t *nafTable) setLambda() {
	for i := range t.multiples {
		t.lambda[i].x.mul(&t.multiples[i].x, &glvBeta)
		t.lambda[i].y = t.multiples[i].y
	}
}

// A splitTable has the tables of a point and of 2^64 times it.
type splitTable struct {
	low, high nafTable
}

func newSplitTable(p *affinePoint, width int) *splitTable {
	powers := make([]jacobianPoint, 4) // p, 2 p, 2^64 p and 2^65 p
	powers[0].setAffine(p)
	powers[1].double(&powers[0])
	powers[2] = powers[1]
	for range 63 {
		powers[2].double(&powers[2])
	}
	powers[3].double(&powers[2])
	affine := toAffine(powers)

	count := 1 << (width - 2)
	multiples := oddMultiples([]affinePoint{affine[0], affine[2]}, []affinePoint{affine[1], affine[3]}, count)
	lambda := make([]affinePoint, 2*count)
	t := &splitTable{
		nafTable{width, multiples[:count], lambda[:count]},
		nafTable{width, multiples[count:], lambda[count:]},
	}
	t.low.setLambda()
	t.high.setLambda()
	return t
}

// generatorTable is the table of G, 64 KiB, built when it is first needed.
var generatorTable = sync.OnceValue(func() *splitTable {
	return newSplitTable(&generator, generatorWidth)
})

// setFirst sets t, which has the memory for it, to a table of p whose points have one common
// denominator: they are (x / z^2, y / z^3) for the z that it returns. It takes no inversion.
func (t *nafTable) setFirst(p *affinePoint) (z fieldElement) {
	// (x, y) -> (x c^2, y c^3) maps the curve to y^2 = x^3 + 7 c^6, and points with the
	// denominator c to affine ones. No formula has the constant of the curve in it. So take
	// the denominator of 2 p for c, and add 2 p, affine there, again and again.
	var sum, twice jacobianPoint
	sum.setAffine(p)
	twice.double(&sum)
	step := affinePoint{twice.x, twice.y}
	var cc fieldElement
	cc.sqr(&twice.z)
	sum.x.mul(&p.x, &cc)
	sum.y.mul(&p.y, &cc)
	sum.y.mul(&sum.y, &twice.z)

	// Each sum has h times the denominator of the one before.
	var hs [1 << (firstWidth - 2)]fieldElement
	var r fieldElement
	t.multiples[0] = affinePoint{sum.x, sum.y}
	for i := range t.multiples[1:] {
		sum.differences(&hs[i], &r, &step)
		sum.addChord(&hs[i], &r)
		t.multiples[i+1] = affinePoint{sum.x, sum.y}
	}
	// Bring all to the denominator of the last.
	factor := fieldElement{1}
	for i := len(t.multiples) - 2; i >= 0; i-- {
		factor.mul(&factor, &hs[i])
		cc.sqr(&factor)
		m := &t.multiples[i]
		m.x.mul(&m.x, &cc)
		m.y.mul(&m.y, &cc)
		m.y.mul(&m.y, &factor)
	}
	t.setLambda()
	z.mul(&sum.z, &twice.z)
	return z
}

// naf sets digits to the non-adjacent form of the width of k, and returns how many
// digits it has.
func (k halfScalar) naf(digits *[nafDigits]int16, width int) int {
	lo, hi, top := k.lo, k.hi, uint64(0)
	count := 0
	for i := 0; lo|hi|top != 0; {
		// To the next one bit. Below it the digits are zero.
		if lo == 0 {
			lo, hi, top = hi, top, 0
			i += 64
			continue
		}
		n := bits.TrailingZeros64(lo)
		lo, hi, top = lo>>n|hi<<(64-n), hi>>n|top<<(64-n), top>>n
		i += n

		// The digit is the remainder modulo 2^width of the least absolute value.
		d := int64(lo & (1<<width - 1))
		d -= d >> (width - 1) << width
		var c uint64
		if d > 0 {
			lo -= uint64(d)
		} else {
			lo, c = bits.Add64(lo, uint64(-d), 0)
			hi, c = bits.Add64(hi, 0, c)
			top += c
		}
		if k.negative {
			d = -d
		}
		digits[i] = int16(d)
		count = i + 1
	}
	return count
}

// A product is one of a short scalar, in non-adjacent form, and a point.
type product struct {
	digits [nafDigits]int16
	count  int
	table  []affinePoint
}

func (m *product) set(k halfScalar, width int, table []affinePoint) {
	m.count = k.naf(&m.digits, width)
	m.table = table
}

// setSplit sets ms to the four products of k1 P + k2 lambda P, where t is P's table.
func setSplit(ms []product, k1, k2 halfScalar, t *splitTable) {
	low := func(k halfScalar) halfScalar { return halfScalar{lo: k.lo, negative: k.negative} }
	high := func(k halfScalar) halfScalar { return halfScalar{lo: k.hi, negative: k.negative} }
	ms[0].set(low(k1), t.low.width, t.low.multiples)
	ms[1].set(low(k2), t.low.width, t.low.lambda)
	ms[2].set(high(k1), t.high.width, t.high.multiples)
	ms[3].set(high(k2), t.high.width, t.high.lambda)
}

// setSum sets r to the sum of the products. The tables of the first scaled ones have affine
// points, and those of the others the common denominator z.
func (r *jacobianPoint) setSum(products []product, scaled int, z *fieldElement) {
	var zz, zzz fieldElement
	zz.sqr(z)
	zzz.mul(&zz, z)
	count := 0
	for i := range products {
		count = max(count, products[i].count)
	}
	*r = jacobianPoint{}
	for i := count - 1; i >= 0; i-- {
		r.double(r)
		for j := range products {
			d := products[j].digits[i]
			if d == 0 {
				continue
			}
			q := products[j].table[max(d, -d)/2]
			if d < 0 {
				q.y.negate(&q.y)
			}
			if j < scaled {
				q.x.mul(&q.x, &zz)
				q.y.mul(&q.y, &zzz)
			}
			r.add(&q)
		}
	}
	r.z.mul(&r.z, z)
}

// setSplitMultiple sets r to (u1 + u2 lambda) G + (v1 + v2 lambda) P, with the tables of G
// and P.
func (r *jacobianPoint) setSplitMultiple(u1, u2, v1, v2 halfScalar, g, p *splitTable) {
	var products [8]product
	setSplit(products[:4], u1, u2, g)
	setSplit(products[4:], v1, v2, p)
	r.setSum(products[:], 0, &fieldElement{1})
}

// setFirstMultiple is setSplitMultiple without a table of P.
func (r *jacobianPoint) setFirstMultiple(u1, u2, v1, v2 halfScalar, g *nafTable, p *affinePoint, width int) {
	var multiples, lambda [1 << (firstWidth - 2)]affinePoint
	count := 1 << (width - 2)
	t := nafTable{width, multiples[:count], lambda[:count]}
	z := t.setFirst(p)
	var products [4]product
	products[0].set(u1, g.width, g.multiples)
	products[1].set(u2, g.width, g.lambda)
	products[2].set(v1, width, t.multiples)
	products[3].set(v2, width, t.lambda)
	r.setSum(products[:], 2, &z)
}

// A publicPoint is the point of a public key with the tables that it has got.
type publicPoint struct {
	affinePoint
	used  atomic.Bool                // it has verified
	table atomic.Pointer[splitTable] // made by the second verification

	verified   atomic.Int64 // how often, with lanes at hand
	making     atomic.Bool  // of lanesTable
	lanesTable atomic.Pointer[ecifma.PublicTable]
	latch      ecifma.Latch // the lanes have computed wrongly: see fitsInLanes
}

// setDoubleMultiple sets r to u G + v P.
func (r *jacobianPoint) setDoubleMultiple(u, v *scalar, p *publicPoint) {
	g, table := generatorTable(), p.table.Load()
	u1, u2 := u.split()
	v1, v2 := v.split()
	if table == nil {
		if !p.used.Swap(true) {
			r.setFirstMultiple(u1, u2, v1, v2, &g.low, &p.affinePoint, firstWidth)
			return
		}
		table = newSplitTable(&p.affinePoint, pointWidth)
		p.table.Store(table) // maybe another's, and the same
	}
	r.setSplitMultiple(u1, u2, v1, v2, g, table)
}
