// SPDX-License-Identifier: Apache-2.0

package ecifma

import "github.com/kmsigner/kmsigner/internal/residue"

// One multiplication of the base point, spread over the lanes.
//
// An odd v in (0, 2^256) is a sum of 56 odd digits,
//
//	v = sum d[i] 2^place(i),  |d[i]| < 2^bits(i),
//
// seven for each of eight lanes, with the places from 32 l on for lane l: four digits of 5 bits,
// then three of 4. They are read off w = v >> 1, a number of 255 bits, and the bit above it: if
// e[i] are the digits of w + 2^255, in the same places, then d[i] = 2 e[i] + 1 - 2^bits(i), because
//
//	sum (2 e[i] + 1 - 2^bits(i)) 2^place(i) = 2 w + 2^256 - (2^256 - 1) = v.
//
// So lane l has 32 bits of w + 2^255, and adds up seven entries of tables of its own, of which it
// reads each as a whole. Then the eight sums are added up: those of two neighbours, of four, of
// all.
//
// The additions are undefined for equal, opposite and infinite points. Before digit i of lane l,
// in units of 2^(32 l) G, the sum is s with s odd and |s| < 2^b, and t with 2^b <= |t| < 2^32 is
// added, where b is the place of the digit in the lane. s - t and s + t are not 0, and smaller
// in absolute value than 2^33. Nor are they 0 modulo n then, and 2^(32 l) is a unit modulo n. The
// sums of two neighbours, in units of 2^(64 l) G, are s with s odd and |s| < 2^32, and t, an odd
// multiple of 2^32, with |t| < 2^64: again s - t and s + t are not 0, and smaller than 2^65. So
// it is with two neighbouring pairs, and 2^129. In the last addition |s| < 2^128, and t is an odd
// multiple of 2^128. s + t is v, and not 0 modulo n, and s - t is odd, and above -2^256 and below 0,
// because t is above 0, as the highest digit is. So s - t is 0 modulo n only if it is -n. With
// n = 2^128 a + b, 0 < b < 2^128, then s is -b, if a is odd, or 2^128 - b, if it is even, and
// v = 2 s + n. That is n - 2 b, or above n, which v is not. Then ZZ becomes 0, and the caller
// computes this one point without lanes. For a random nonce the probability is about 2^-255.
//
// The multipliers (package residue) also check where the digits are and how the lanes are added up:
// a fault in either changes the multiplier of the sum.

const (
	laneBits = 32
	rowWords = 2*coordinate + Lanes // x, y and the multiplier in eight lanes
	levels   = 3                    // of the additions of lanes
)

// A Window is where a digit is in the 32 bits of each lane.
type Window struct{ Place, Bits int }

// Entries returns how many odd multiples the window has in a table: half as many as digits.
func (w Window) Entries() int { return 1 << (w.Bits - 1) }

// Windows are the windows of a lane.
var Windows = []Window{{0, 5}, {5, 5}, {10, 5}, {15, 5}, {20, 4}, {24, 4}, {28, 4}}

// A SpreadTable holds the odd multiples of 2^(32 lane + place) G for all windows of all lanes,
// with coordinates multiplied by 2^260 modulo p, and their multipliers: 61 KiB.
type SpreadTable struct {
	windows []Window
	rows    []int // where those of a window begin
	words   []uint64
}

// NewSpreadTable returns a table to be filled.
func NewSpreadTable() *SpreadTable { return newSpreadTable(Windows) }

func newSpreadTable(windows []Window) *SpreadTable {
	t, row := &SpreadTable{windows: windows}, 0
	for _, w := range windows {
		t.rows = append(t.rows, row)
		row += w.Entries()
	}
	t.words = aligned(row * rowWords)
	last := windows[len(windows)-1]
	for i, w := range windows {
		for j := range w.Entries() {
			for lane := range Lanes {
				place := (last.Place+last.Bits)*lane + w.Place
				t.words[(t.rows[i]+j)*rowWords+2*coordinate+lane] = residue.Shifted(uint64(2*j+1), place)
			}
		}
	}
	return t
}

// Set sets the coordinate X or Y of 2j + 1 times the base of a window.
func (t *SpreadTable) Set(lane, window, j, which int, x *[4]uint64) {
	for limb := range limbs {
		t.words[(t.rows[window]+j)*rowWords+(which*limbs+limb)*Lanes+lane] = bitsAt(x, radix*limb, radix)
	}
}

// A Spread is the memory of one multiplication. It is secret.
type Spread struct {
	points, others, entries []uint64
	digits, blind           []uint64
	all                     []uint64
}

// NewSpread returns memory of zeros.
func NewSpread() *Spread {
	s := &Spread{}
	sizes := [...]int{pointsWords, othersWords, rowWords + Lanes, Lanes, 2 * Lanes}
	sum := 0
	for _, size := range sizes {
		sum += size
	}
	s.all = aligned(sum)
	rest := s.all
	for i, words := range [...]*[]uint64{&s.points, &s.others, &s.entries, &s.digits, &s.blind} {
		*words, rest = rest[:sizes[i]:sizes[i]], rest[sizes[i]:]
	}
	return s
}

// SetScalar sets w = v >> 1, where the scalar is the odd v.
func (s *Spread) SetScalar(w *[4]uint64) {
	top := [4]uint64{w[0], w[1], w[2], w[3] | 1<<63}
	for lane := range s.digits {
		s.digits[lane] = bitsAt(&top, laneBits*lane, laneBits)
	}
	top = [4]uint64{}
}

// SetBlind sets the coordinate ZZ or ZZZ that all sums begin with, below p: z^2 and z^3 for a z
// that is not 0.
func (s *Spread) SetBlind(which int, x *[4]uint64) {
	for limb := range limbs {
		s.blind[(which-ZZ)*limbs+limb] = bitsAt(x, radix*limb, radix)
	}
}

// Coordinate returns a coordinate of the sum as low + 2^256 high, below 4 p.
func (s *Spread) Coordinate(which int) (low [4]uint64, high uint64) {
	return coordinateAt(s.points, 0, which)
}

// Multiplier returns what the sum is a multiple by, as package residue reduces it.
func (s *Spread) Multiplier() uint64 { return s.points[multiplier] }

// Wipe sets all to zero.
func (s *Spread) Wipe() { clear(s.all) }

// Multiply computes v G. Coordinates are multiplied by 2^260 modulo p.
func (k *Kernel) Multiply(s *Spread, t *SpreadTable) {
	points, entries := &s.points[0], &s.entries[0]
	for i, window := range t.windows {
		k.f.Select[window.Bits](entries, &t.words[t.rows[i]*rowWords], &s.digits[0], uint64(window.Place))
		// Every addition negates the sum. The first entry is negated as often as the second.
		negations := len(t.windows) - max(i, 1) + levels
		flip := uint64(negations%2) * 0xff
		if i == 0 {
			k.f.Begin(points, entries, &s.blind[0], flip)
		} else {
			k.f.AddEntries(points, entries, flip)
		}
	}
	k.addUp(s.points, s.others)
	k.f.Clear()
}

// addUp replaces eight points by the negative of their sum, which is in every lane then. others
// is memory for as many points.
func (k *Kernel) addUp(points, others []uint64) {
	for _, swap := range k.f.Swap {
		swap(&others[0], &points[0])
		k.f.AddPoints(&points[0], &others[0])
	}
}
