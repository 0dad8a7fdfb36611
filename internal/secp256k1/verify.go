package secp256k1

import (
	"math/bits"
	"sync"
)

// Multiplication by public scalars, in variable time.
//
// u G + v P is computed as the sum of four products with scalars of 128 bits (see
// glv.go), of G, lambda G, P and lambda P, all in one pass over the bits, so that they
// share the doublings (Straus). Each scalar is in non-adjacent form of some width w:
// odd digits below 2^(w-1) in absolute value, no two of them within w places; about
// one place in w + 1 has one. The odd multiples that they need are in tables.

const (
	generatorWidth = 10
	pointWidth     = 6
)

// nafDigits is enough for 128 bits: a non-adjacent form may be one digit longer than
// the number.
const nafDigits = 129

// A nafTable has the odd multiples of a point, 1, 3, ... 2^(w-1) - 1 times itself.
type nafTable struct {
	multiples []affinePoint
	lambda    []affinePoint // the same, times lambda
}

func newNAFTable(p *affinePoint, width int) nafTable {
	var twice jacobianPoint
	twice.setAffine(p)
	twice.double(&twice)
	t := nafTable{multiples: oddMultiples([]affinePoint{*p}, toAffine([]jacobianPoint{twice}), 1<<(width-2))}
	t.lambda = make([]affinePoint, len(t.multiples))
	for i := range t.multiples {
		t.lambda[i].x.mul(&t.multiples[i].x, &glvBeta)
		t.lambda[i].y = t.multiples[i].y
	}
	return t
}

// generatorNAFTable is the table of G, 32 KiB, built by the first that needs it.
var generatorNAFTable = sync.OnceValue(func() nafTable {
	return newNAFTable(&generator, generatorWidth)
})

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

// setDoubleMultiple sets r to u G + v P, where table is P's.
func (r *jacobianPoint) setDoubleMultiple(u, v *scalar, table *nafTable) {
	g := generatorNAFTable()
	u1, u2 := u.split()
	v1, v2 := v.split()
	var digits [4][nafDigits]int16
	count := max(
		u1.naf(&digits[0], generatorWidth),
		u2.naf(&digits[1], generatorWidth),
		v1.naf(&digits[2], pointWidth),
		v2.naf(&digits[3], pointWidth),
	)
	tables := [4][]affinePoint{g.multiples, g.lambda, table.multiples, table.lambda}

	*r = jacobianPoint{}
	for i := count - 1; i >= 0; i-- {
		r.double(r)
		for j := range tables {
			switch d := digits[j][i]; {
			case d > 0:
				r.add(&tables[j][d/2])
			case d < 0:
				q := tables[j][-d/2]
				q.y.negate(&q.y)
				r.add(&q)
			}
		}
	}
}

// A PublicKey verifies signatures. It is made by [NewPublicKey] or [PrivateKey.PublicKey],
// and safe for concurrent use.
type PublicKey struct {
	point affinePoint
	table nafTable
}

// NewPublicKey returns the public key with the big-endian coordinates x and y. It
// reports false if a coordinate is p or more, or the point is not on the curve.
func NewPublicKey(x, y *[32]byte) (*PublicKey, bool) {
	var p affinePoint
	if !p.x.setBytes(x) || !p.y.setBytes(y) || !p.isOnCurve() {
		return nil, false
	}
	return newPublicKey(&p), true
}

func newPublicKey(p *affinePoint) *PublicKey {
	return &PublicKey{point: *p, table: newNAFTable(p, pointWidth)}
}

// Coordinates returns the big-endian coordinates of the point.
func (p *PublicKey) Coordinates() (x, y [32]byte) {
	return p.point.x.bytes(), p.point.y.bytes()
}

// Verify reports whether (r, s) is a signature of the digest by this key (SEC 1,
// version 2, section 4.1.4). It is not if r or s is 0, or n or more. Both s and n - s
// are accepted.
func (p *PublicKey) Verify(digest *[32]byte, r, s *[32]byte) bool {
	var sr, ss, e scalar
	if sr.setBytes(r)|ss.setBytes(s)|sr.isZero()|ss.isZero() != 0 {
		return false
	}
	e.setBytes(digest)

	var u, v scalar
	ss.inverse(&ss)
	u.mul(&e, &ss)
	v.mul(&sr, &ss)
	var sum jacobianPoint
	sum.setDoubleMultiple(&u, &v, &p.table)
	if sum.z.isZero() != 0 {
		return false
	}

	// r is the x coordinate modulo n. So x is r or, if that is below p, r + n.
	// Compared as X = x Z^2, it needs no division.
	var zz, x fieldElement
	zz.sqr(&sum.z)
	candidate := fieldElement(sr)
	x.mul(&candidate, &zz)
	if x.equal(&sum.x) != 0 {
		return true
	}
	t0, c := bits.Add64(sr[0], scalarN0, 0)
	t1, c := bits.Add64(sr[1], scalarN1, c)
	t2, c := bits.Add64(sr[2], scalarN2, c)
	t3, c := bits.Add64(sr[3], scalarN3, c)
	candidate = fieldElement{t0, t1, t2, t3}
	if c != 0 || candidate != candidate.canonical() {
		return false
	}
	x.mul(&candidate, &zz)
	return x.equal(&sum.x) != 0
}
