// SPDX-License-Identifier: Apache-2.0

// Package ecifma multiplies the base point of a curve by secret scalars with the eight lanes of
// AVX-512 IFMA: eight scalars at once, one lane a scalar, or one scalar in all lanes (spread.go).
// internal/ec256 and internal/secp256k1 use it, for batches and for one signature. Eight scalars
// are the comb of those packages (comb.go), which say what the digits are.
//
// # The order of the additions of eight scalars
//
// An odd v in (0, 2^256) is 2^255 plus 51 odd digits d[i] of ±1 to ±31 to the base 32. Here the
// sum begins with 2^255 G, so that the lanes have nothing to compare at the end. The additions
// are undefined for equal, opposite and infinite points. Before digit i the sum is s G with
// s = 2^255 + s', |s'| < 32^i, and t G with |t| <= 31 32^i is added. As long as i is below 50,
// s - t and s + t are between 2^255 - 2^250 and 2^255 + 2^250: not 0 modulo n, which is above
// 2^256 - 2^225. For i = 50, s + t is v, and not 0 modulo n. s - t = v - 2 t is above 0 and
// below 2^256; it is n for a single v, that with d[50] = -31 and v = n - 62 32^50. Then ZZ
// becomes 0, and the caller computes this one point without lanes. For a random nonce the
// probability is about 2^-255.
//
// # Public numbers
//
// public.go adds up multiples of public points, to verify. It has its own terms, and detects
// exceptional cases after the additions.
//
// # Constant time
//
// Of the secret scalars, no branch and no address depends on a digit. A block of the table is
// loaded as a whole, and lanes take what they need by a permutation between registers, or with
// masks. The functions of add_amd64.s have no conditional jump at all. The registers are cleared at
// the end.
package ecifma

import (
	"sync/atomic"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/residue"
)

const (
	Lanes   = 8
	Digits  = 51 // of a scalar, to the base 32
	Entries = 16 // of a block of the table

	// WorthLanes is the number of points from which eight lanes, some of them idle, are
	// faster than one point after the other.
	WorthLanes = 5

	radix      = 52
	limbs      = 5
	coordinate = limbs * Lanes
	groupBits  = 55 // of a word of digits: 11 digits of 5 bits
)

// The coordinates of a point.
const (
	X = iota
	Y
	ZZ
	ZZZ
	coordinates

	// The multipliers of the points, as package residue has them, come after the coordinates.
	multiplier  = coordinates * coordinate
	othersWords = multiplier + Lanes
	temporary   = 6 // numbers, for the functions
	pointsWords = othersWords + temporary*coordinate
)

// Functions are those of add_amd64.s, which says what they do, with one prime.
type Functions struct {
	AddBlock   func(points, block, digits *uint64, shift, flip uint64)
	Begin      func(points, entries, blind *uint64, flip uint64)
	AddEntries func(points, entries *uint64, flip uint64)
	AddPoints  func(points, others *uint64)
	AddPublic  func(points *uint64, entries **uint64, negative uint64) // public_amd64.s

	// These are the same with every prime.
	Select [6]func(entries, rows, digits *uint64, shift uint64) // by the bits of a digit
	Swap   [levels]func(others, points *uint64)                 // of lanes at a distance of 1, 2 and 4
	Clear  func()
}

// A Kernel computes with one prime.
type Kernel struct{ f Functions }

// NewKernel returns a kernel with other functions than those of this package, for tests.
func NewKernel(f Functions) *Kernel { return &Kernel{f} }

// Faulty returns the kernel with a function that comes after everything that changes points,
// for tests: it may change them, too.
func (k *Kernel) Faulty(fault func(points *uint64)) *Kernel {
	f := k.f
	f.AddBlock = func(points, block, digits *uint64, shift, flip uint64) {
		k.f.AddBlock(points, block, digits, shift, flip)
		fault(points)
	}
	f.Begin = func(points, entries, blind *uint64, flip uint64) {
		k.f.Begin(points, entries, blind, flip)
		fault(points)
	}
	f.AddEntries = func(points, entries *uint64, flip uint64) {
		k.f.AddEntries(points, entries, flip)
		fault(points)
	}
	f.AddPoints = func(points, others *uint64) {
		k.f.AddPoints(points, others)
		fault(points)
	}
	f.AddPublic = func(points *uint64, entries **uint64, negative uint64) {
		k.f.AddPublic(points, entries, negative)
		fault(points)
	}
	return &Kernel{f}
}

// FaultySelections returns the kernel with functions around every selection by digits, for tests:
// before may change the digits that it reads, and after the entries, of one scalar in all lanes.
func (k *Kernel) FaultySelections(before, after func(words *uint64)) *Kernel {
	f := k.f
	changed := func(digits *uint64) *uint64 {
		words := *(*[Lanes]uint64)(unsafe.Pointer(digits))
		before(&words[0])
		return &words[0]
	}
	for bits, selects := range k.f.Select {
		f.Select[bits] = func(entries, rows, digits *uint64, shift uint64) {
			selects(entries, rows, changed(digits), shift)
			after(entries)
		}
	}
	f.AddBlock = func(points, block, digits *uint64, shift, flip uint64) {
		k.f.AddBlock(points, block, changed(digits), shift, flip)
	}
	return &Kernel{f}
}

// A Table holds the odd multiples 1 to 31 of 32^i G for every digit i, with coordinates
// multiplied by 2^260 modulo p, and their multipliers.
type Table struct{ words []uint64 }

const blockWords = (2*limbs + 1) * Entries

// NewTable returns a table to be filled.
func NewTable() *Table {
	t := &Table{aligned(Digits * blockWords)}
	for i := range Digits {
		for j := range Entries {
			t.words[i*blockWords+2*limbs*Entries+j] = residue.Shifted(uint64(2*j+1), 5*i)
		}
	}
	return t
}

// Set sets the coordinate X or Y of (2j + 1) 32^i G.
func (t *Table) Set(i, j, which int, x *[4]uint64) {
	for limb := range limbs {
		t.words[i*blockWords+(which*limbs+limb)*Entries+j] = bitsAt(x, radix*limb, radix)
	}
}

// Points are eight points, and the scalars that lead to them. They are secret.
type Points struct {
	words   []uint64
	scalars []uint64
}

// NewPoints returns points of zeros.
func NewPoints() *Points {
	return &Points{aligned(pointsWords), aligned((Digits*5 + groupBits - 1) / groupBits * Lanes)}
}

// Set sets a coordinate, below 2^256.
func (p *Points) Set(lane, which int, x *[4]uint64) {
	for limb := range limbs {
		p.words[which*coordinate+limb*Lanes+lane] = bitsAt(x, radix*limb, radix)
	}
}

// Coordinate returns a coordinate as low + 2^256 high, below 4 p.
func (p *Points) Coordinate(lane, which int) (low [4]uint64, high uint64) {
	return coordinateAt(p.words, lane, which)
}

func coordinateAt(words []uint64, lane, which int) (low [4]uint64, high uint64) {
	at := func(limb int) uint64 { return words[which*coordinate+limb*Lanes+lane] }
	low[0] = at(0) | at(1)<<52
	low[1] = at(1)>>12 | at(2)<<40
	low[2] = at(2)>>24 | at(3)<<28
	low[3] = at(3)>>36 | at(4)<<16
	return low, at(4) >> 48
}

// SetScalar sets w = v >> 1, where the scalar is the odd v.
func (p *Points) SetScalar(lane int, w *[4]uint64) {
	for group := range len(p.scalars) / Lanes {
		p.scalars[group*Lanes+lane] = bitsAt(w, groupBits*group, groupBits)
	}
}

// Multiplier returns what the sum of a lane is a multiple by, as package residue reduces it.
func (p *Points) Multiplier(lane int) uint64 { return p.words[multiplier+lane] }

// Wipe sets all to zero.
func (p *Points) Wipe() {
	clear(p.words)
	clear(p.scalars)
}

// AddDigits adds d[i] 32^i G for all digits of the scalars to points that are the negatives of
// 2^255 G: the sum is v G. Coordinates are multiplied by 2^260 modulo p, and so are the sums'.
func (k *Kernel) AddDigits(p *Points, t *Table) {
	for lane := range Lanes {
		p.words[multiplier+lane] = -residue.Shifted(1, 5*Digits)
	}
	const perGroup = groupBits / 5
	for i := range Digits {
		// Every addition negates the sum. The point begins negated, and an odd number of
		// digits, every other one of them negated, ends with the right sign.
		flip := uint64(i%2)*0xff ^ 0xff
		k.f.AddBlock(&p.words[0], &t.words[i*blockWords], &p.scalars[i/perGroup*Lanes], uint64(i%perGroup*5), flip)
	}
	k.f.Clear()
}

var withheld atomic.Uint64

// A Latch remembers that the lanes have computed wrongly for one key. A nil Latch reports that they
// have. It is safe for concurrent use.
type Latch struct{ wrong atomic.Bool }

// Failed reports whether the lanes have computed wrongly.
func (l *Latch) Failed() bool { return l == nil || l.wrong.Load() }

// Fail says that they have, and counts it the first time.
func (l *Latch) Fail() {
	if l != nil && !l.wrong.Swap(true) {
		withheld.Add(1)
	}
}

// Withheld returns for how many keys the lanes have computed wrongly.
func Withheld() uint64 { return withheld.Load() }

// bitsAt returns so many bits of x, fewer than 64, from a bit on.
func bitsAt(x *[4]uint64, from, count int) uint64 {
	i, by := from/64, from%64
	z := x[i] >> by
	if i < 3 {
		z |= x[i+1] << (64 - by)
	}
	return z & (1<<count - 1)
}

// aligned returns count words of zero that start on a cache line: a load across two lines
// costs two.
func aligned(count int) []uint64 {
	const line = 64 / 8
	words := make([]uint64, count+line-1)
	ahead := int(-uintptr(unsafe.Pointer(&words[0]))%64) / 8
	return words[ahead : ahead+count : ahead+count]
}
