// SPDX-License-Identifier: Apache-2.0

package ecifma

import (
	"math/bits"
	"unsafe"
)

// Sums of multiples of points, where all is public: one comb over the eight lanes, or eight combs
// of a lane each. Addresses depend on the scalars.
//
// The scalars are written with odd digits, as comb.go of internal/ec256 does, to the base 2^width.
// With w = v >> 1 for an odd v in (0, 2^256), and e[i] the digits of w,
//
//	v = 2 w + 1 = sum d[i] 2^(width i) + (2 e[top] + 1) 2^(width top),  d[i] = 2 e[i] - (2^width - 1),
//
// where top = 255 / width, and i is below top. Of the digit at the top w leaves 255 mod width bits.
// All of these multiples are in tables.
//
// # Exceptional cases
//
// The makers of a public key and of a signature choose what is added up, so that points that are
// added may be equal, opposite or infinite. Each such case is detected: an addition multiplies ZZ by
// h^2, or two of them with each other and h^2, where h is 0 modulo p if and only if the x
// coordinates of two finite points are the same. The entries of tables are finite, since their
// factors are not 0 modulo n. So ZZ is not 0 at first, once it is 0 it remains so, and it ends
// other than 0 if and only if no addition had equal or opposite points. Then all were finite, and
// the sum is right. The caller compares ZZ with 0, and computes without lanes if it is.

const entryWords = 8

// A PublicTable has the multiples that the comb takes of a point P. Their coordinates are
// multiplied by 2^260 modulo p.
type PublicTable struct {
	width, top int
	words      []uint64
}

// NewPublicTable returns a table for digits to the base 2^width, to be filled.
func NewPublicTable(width int) *PublicTable {
	t := &PublicTable{width: width, top: 255 / width}
	t.words = aligned((t.top<<(width-1) + t.Entries(t.top)) * entryWords)
	return t
}

// Digits returns how many digits a scalar has.
func (t *PublicTable) Digits() int { return t.top + 1 }

// Entries returns how many entries a digit has.
func (t *PublicTable) Entries(digit int) int {
	if digit == t.top {
		return 1 << (255 - t.top*t.width)
	}
	return 1 << (t.width - 1)
}

// Set sets an entry to the point (2 j + 1) 2^(width digit) P, with coordinates below p.
func (t *PublicTable) Set(digit, j int, x, y *[4]uint64) {
	entry := t.words[(digit<<(t.width-1)+j)*entryWords:][:entryWords]
	copy(entry, x[:])
	copy(entry[4:], y[:])
}

// Rounds is how many terms the lanes of a Sum have at most.
const Rounds = 96

// A Sum is eight lanes of terms to be added up, and of their sums.
type Sum struct {
	words    []uint64 // points
	others   []uint64
	terms    [Rounds * Lanes]*uint64
	negative [Rounds]uint64
	minus    uint64 // lanes whose points are the negatives of the sums: all or none
}

// NewSum returns a sum to be filled.
func NewSum() *Sum {
	s := &Sum{words: aligned(pointsWords), others: aligned(othersWords)}
	none := aligned(entryWords) // of a lane that has fewer terms than others
	for i := range s.terms {
		s.terms[i] = &none[0]
	}
	return s
}

// SetTerms sets the terms that make v P, or -v P if negative is 1, where w is v >> 1 and t is P's
// table. Terms are numbered lane by lane, round by round: the first takes its place at the number
// first, and the others follow with the numbers step by step. It returns the number after them.
func (s *Sum) SetTerms(t *PublicTable, w *[4]uint64, negative uint64, first, step int) int {
	half := uint64(1) << (t.width - 1)
	at := first
	for i := range t.top {
		e := bitsAt(w, i*t.width, t.width)
		// 2 e + 1 - 2^width: the entry for e = half + j is j's, and the one for half - 1 - j
		// its negative.
		below := e>>(t.width-1) - 1
		j := (e ^ below) & (half - 1)
		s.set(at, &t.words[(uint64(i)*half+j)*entryWords], negative^below&1)
		at += step
	}
	e := bitsAt(w, t.top*t.width, 255-t.top*t.width)
	s.set(at, &t.words[(uint64(t.top)*half+e)*entryWords], negative)
	return at + step
}

func (s *Sum) set(at int, entry *uint64, negative uint64) {
	s.terms[at] = entry
	lane := at % Lanes
	sign := &s.negative[at/Lanes]
	*sign = *sign&^(1<<lane) | negative<<lane
}

// Begin sets the points to the first terms of the lanes. one and minusOne are 1 and -1 modulo p,
// multiplied by 2^260.
func (s *Sum) Begin(one, minusOne *[4]uint64) {
	s.minus = 0
	for lane := range Lanes {
		entry := unsafe.Slice(s.terms[lane], entryWords)
		s.setCoordinate(lane, X, (*[4]uint64)(entry))
		s.setCoordinate(lane, Y, (*[4]uint64)(entry[4:]))
		s.setCoordinate(lane, ZZ, one)
		// (X / ZZ, Y / ZZZ) with ZZZ^2 = ZZ^3.
		if s.negative[0]>>lane&1 == 1 {
			s.setCoordinate(lane, ZZZ, minusOne)
		} else {
			s.setCoordinate(lane, ZZZ, one)
		}
	}
}

func (s *Sum) setCoordinate(lane, which int, x *[4]uint64) {
	d := s.words[which*coordinate+lane:]
	const mask = 1<<radix - 1
	d[0] = x[0] & mask
	d[1*Lanes] = (x[0]>>52 | x[1]<<12) & mask
	d[2*Lanes] = (x[1]>>40 | x[2]<<24) & mask
	d[3*Lanes] = (x[2]>>28 | x[3]<<36) & mask
	d[4*Lanes] = x[3] >> 16
}

// AddTerms adds the terms of the rounds from one on to another, which is not included, to the
// points. In lanes without terms in these rounds the points become any numbers.
func (k *Kernel) AddTerms(s *Sum, from, to int) {
	for round := from; round < to; round++ {
		k.f.AddPublic(&s.words[0], &s.terms[round*Lanes], s.negative[round]^s.minus)
		s.minus ^= 0xff // an addition negates the sum
	}
}

// Fold adds to the point of each of the first lanes, 4, 2 or 1 of them, that of the lane so many
// after it. The points of other lanes become any numbers.
func (k *Kernel) Fold(s *Sum, lanes int) {
	k.f.Swap[bits.TrailingZeros(uint(lanes))](&s.others[0], &s.words[0])
	k.f.AddPoints(&s.words[0], &s.others[0])
	s.minus ^= 0xff
}

// Coordinate returns a coordinate of the sum of a lane as low + 2^256 high, below 4 p.
func (s *Sum) Coordinate(lane, which int) (low [4]uint64, high uint64) {
	return coordinateAt(s.words, lane, which)
}
