// Code generated from p256/multiply.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/bits"
	"sync"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

// Multiplication by public scalars, in variable time.
//
// u G + v P is computed in one pass over the bits of u and v, so that both share the
// doublings (Straus). Each scalar is in non-adjacent form of some width w: odd digits
// below 2^(w-1) in absolute value, no two of them within w places; about one place in
// w + 1 has one. The odd multiples that they need are in tables.
//
// With the multiples of 2^64 P, 2^128 P and 2^192 P too, the digits from place 64 j on
// are those of a scalar of 2^(64 j) P, and the pass has 64 doublings instead of 256. A
// key gets these tables when it verifies for the second time: making them costs as much
// as a verification.

const (
	generatorWidth = 9
	keyWidth       = 6
	onceWidth      = 5 // of a key that has verified nothing yet
)

// parts is how many tables a point has that is multiplied often.
const parts = 4

// nafDigits is enough for 256 bits: a non-adjacent form may be one digit longer than
// the number.
const nafDigits = 257

// multiples are tables of the odd multiples 1, 3, ... 2^(w-1) - 1 of 2^(256 / len * i) P
// for each i below len.
type multiples [][]affinePoint

func newMultiples(p *affinePoint, width, parts int) multiples {
	// The points and twice the points, in turn.
	powers := make([]jacobianPoint, 0, 2*parts)
	var q jacobianPoint
	q.setAffine(p)
	for i := range parts {
		powers = append(powers, q)
		q.double(&q)
		powers = append(powers, q)
		for range 256/parts - 1 {
			if i < parts-1 {
				q.double(&q)
			}
		}
	}
	affine := toAffine(powers)
	var points, twice []affinePoint
	for i := range parts {
		points = append(points, affine[2*i])
		twice = append(twice, affine[2*i+1])
	}
	count := 1 << (width - 2)
	all := oddMultiples(points, twice, count)
	m := make(multiples, parts)
	for i := range m {
		m[i] = all[i*count : (i+1)*count]
	}
	return m
}

// generatorMultiples are the tables of G, 32 KiB, built by the first that needs them.
var generatorMultiples = sync.OnceValue(func() multiples {
	return newMultiples(&generator, generatorWidth, parts)
})

// naf sets digits to the non-adjacent form of the width of k.
func (k *scalar) naf(digits *[nafDigits]int16, width int) {
	*digits = [nafDigits]int16{}
	x := *k
	for i := 0; x[0]|x[1]|x[2]|x[3] != 0; {
		// To the next one bit. Below it the digits are zero.
		if x[0] == 0 {
			x = scalar{x[1], x[2], x[3]}
			i += 64
			continue
		}
		n := bits.TrailingZeros64(x[0])
		x[0] = x[0]>>n | x[1]<<(64-n)
		x[1] = x[1]>>n | x[2]<<(64-n)
		x[2] = x[2]>>n | x[3]<<(64-n)
		x[3] >>= n
		i += n

		// The digit is the remainder modulo 2^width of the least absolute value. Without it, x is still
		// below 2^256: k is below n, which is more than 2^width below that.
		d := int64(x[0] & (1<<width - 1))
		d -= d >> (width - 1) << width
		if d > 0 {
			x[0] -= uint64(d)
		} else {
			var c uint64
			x[0], c = bits.Add64(x[0], uint64(-d), 0)
			x[1], c = bits.Add64(x[1], 0, c)
			x[2], c = bits.Add64(x[2], 0, c)
			x[3] += c
		}
		digits[i] = int16(d)
	}
}

// addMultiple adds d times the point of the table, for an odd d, or nothing for 0.
func (r *jacobianPoint) addMultiple(d int16, table []affinePoint) {
	switch {
	case d > 0:
		r.add(&table[d/2])
	case d < 0:
		q := table[-d/2]
		q.y.negate(&q.y)
		r.add(&q)
	}
}

// A publicPoint is the point of a public key with the tables that it has got.
type publicPoint struct {
	affinePoint
	multiplied atomic.Bool
	build      sync.Once
	tables     multiples // set by build

	verified   atomic.Int64 // how often, with lanes at hand
	making     atomic.Bool  // of lanesTable
	lanesTable atomic.Pointer[ecifma.PublicTable]
	latch      ecifma.Latch // the lanes have computed wrongly: see fitsInLanes
}

// setDoubleMultiple sets r to u G + v P.
func (r *jacobianPoint) setDoubleMultiple(u, v *scalar, p *publicPoint) {
	g := generatorMultiples()
	if p.multiplied.CompareAndSwap(false, true) {
		r.setSum(u, v, g[:1], newMultiples(&p.affinePoint, onceWidth, 1), onceWidth)
		return
	}
	p.build.Do(func() { p.tables = newMultiples(&p.affinePoint, keyWidth, parts) })
	r.setSum(u, v, g, p.tables, keyWidth)
}

// setSum sets r to u G + v P, with as many tables of the one as of the other.
func (r *jacobianPoint) setSum(u, v *scalar, g, p multiples, width int) {
	var us, vs [nafDigits]int16
	u.naf(&us, generatorWidth)
	v.naf(&vs, width)
	*r = jacobianPoint{}
	last, span := len(p)-1, 256/len(p)
	r.addMultiple(us[256], g[last]) // the digit at place 256 = span (last + 1)
	r.addMultiple(vs[256], p[last])
	for i := span - 1; i >= 0; i-- {
		r.double(r)
		for j := range p {
			r.addMultiple(us[j*span+i], g[j])
			r.addMultiple(vs[j*span+i], p[j])
		}
	}
}
