// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/residue"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// A fault is what goes wrong at an event: a bit of memory or of an argument that the functions of
// a kernel pass on, or, if word is -1, a call that is skipped.
type fault struct {
	event     int
	what      string
	word, bit int
}

func (f fault) String() string {
	return fmt.Sprintf("event %d, %s, word %d, bit %d", f.event, f.what, f.word, f.bit)
}

// A faulty is a kernel that counts its events, and has a fault at one.
type faulty struct {
	f     ecifma.Functions
	fault fault
	next  int
	seen  []fault // the last word of each event
}

// at lets the words change if it is their turn.
func (k *faulty) at(what string, words []uint64) {
	if k.next == k.fault.event && k.fault.word >= 0 {
		words[k.fault.word] ^= 1 << k.fault.bit
	}
	k.seen = append(k.seen, fault{k.next, what, len(words) - 1, 63})
	k.next++
}

// call makes a call, or not if it is its turn to be skipped.
func (k *faulty) call(what string, f func()) {
	if k.next != k.fault.event || k.fault.word >= 0 {
		f()
	}
	k.seen = append(k.seen, fault{k.next, what, -1, 0})
	k.next++
}

// kernel returns the kernel with the fault.
func (k *faulty) kernel() *ecifma.Kernel {
	k.next, k.seen = 0, nil
	f := k.f
	memory := func(p *uint64, n int) []uint64 { return unsafe.Slice(p, n) }
	argument := func(what string, x *uint64) { k.at(what, memory(x, 1)) }
	digitsOf := func(digits *uint64) *uint64 {
		changed := append([]uint64(nil), memory(digits, 8)...)
		k.at("digits", changed)
		return &changed[0]
	}
	for bits, selects := range k.f.Select {
		f.Select[bits] = func(entries, rows, digits *uint64, shift uint64) {
			argument("shift", &shift)
			digits = digitsOf(digits)
			k.call("select", func() { selects(entries, rows, digits, shift) })
			k.at("entries", memory(entries, entriesWords))
		}
	}
	f.Begin = func(points, entries, blind *uint64, flip uint64) {
		argument("flip", &flip)
		k.call("begin", func() { k.f.Begin(points, entries, blind, flip) })
		k.at("points", memory(points, sumWords))
	}
	f.AddEntries = func(points, entries *uint64, flip uint64) {
		argument("flip", &flip)
		k.call("addEntries", func() { k.f.AddEntries(points, entries, flip) })
		k.at("points", memory(points, sumWords))
	}
	for i, swap := range k.f.Swap {
		f.Swap[i] = func(others, points *uint64) {
			k.call("swap", func() { swap(others, points) })
			k.at("others", memory(others, sumWords))
		}
	}
	f.AddPoints = func(points, others *uint64) {
		k.call("addPoints", func() { k.f.AddPoints(points, others) })
		k.at("points", memory(points, sumWords))
	}
	f.AddBlock = func(points, block, digits *uint64, shift, flip uint64) {
		argument("shift", &shift)
		argument("flip", &flip)
		digits = digitsOf(digits)
		k.call("addBlock", func() { k.f.AddBlock(points, block, digits, shift, flip) })
		k.at("points", memory(points, sumWords))
	}
	return ecifma.NewKernel(f)
}

// A sum is a point, as a signature is made of it, and what is said of it.
type sum struct {
	x, yy, multiplier string
}

// sums makes sums modulo a prime. It remembers the last ones.
type sums struct {
	modulus *big.Int
	made    map[[21]uint64]sum
}

// of returns the sum in coordinates. Only the square of y is of importance.
func (s *sums) of(coordinate func(which int) (low [4]uint64, high uint64), multiplier uint64) sum {
	var words [21]uint64
	for which := range 4 {
		low, high := coordinate(which)
		copy(words[5*which:], append(low[:], high))
	}
	words[20] = multiplier
	if made, is := s.made[words]; is {
		return made
	}
	if len(s.made) > 1000 || s.made == nil {
		s.made = map[[21]uint64]sum{}
	}
	made := s.make(coordinate, multiplier)
	s.made[words] = made
	return made
}

func (s *sums) make(coordinate func(which int) (low [4]uint64, high uint64), multiplier uint64) sum {
	modulus := s.modulus
	read := func(which int) *big.Int {
		low, high := coordinate(which)
		x := new(big.Int).SetUint64(high)
		for i := 3; i >= 0; i-- {
			x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(low[i]))
		}
		return x.Mul(x, newField(modulus).rInverse).Mod(x, modulus)
	}
	inverse := new(big.Int).ModInverse(read(ecifma.ZZ), modulus)
	if inverse == nil {
		return sum{}
	}
	x, yy := read(ecifma.X), read(ecifma.Y)
	x.Mul(x, inverse).Mod(x, modulus)
	yy.Mul(yy, yy).Mul(yy, new(big.Int).Exp(inverse, big.NewInt(3), modulus)).Mod(yy, modulus)
	return sum{x.Text(16), yy.Text(16), fmt.Sprint(residue.Reduce(multiplier))}
}

// passes reports whether the checks of a signature find nothing wrong with a sum: it is on the
// curve, and the multiplier is the right one.
func (p prime) passes(got, want sum) bool {
	if got == (sum{}) || got.multiplier != want.multiplier {
		return false
	}
	return p.isOnCurve(got)
}

func (p prime) isOnCurve(s sum) bool {
	x, _ := new(big.Int).SetString(s.x, 16)
	right := new(big.Int).Exp(x, big.NewInt(3), p.model.P)
	if params := p.curve.Params(); params.B.Cmp(big.NewInt(7)) != 0 { // not secp256k1
		right.Sub(right, x).Sub(right, x).Sub(right, x)
	}
	right.Add(right, p.curve.Params().B).Mod(right, p.model.P)
	return right.Text(16) == s.yy
}

// checkFaults runs a multiplication with faults at every event: no wrong sum passes. It requires
// that without the multipliers some would, for each of the events that are named.
func checkFaults(t *testing.T, p prime, onCurve []string, run func(kernel *ecifma.Kernel) []sum) {
	k := &faulty{f: p.model.Functions(), fault: fault{event: -1}}
	if p.assembly != nil {
		k.f = p.assembly.FunctionsForTest()
	}
	want := run(k.kernel())
	for _, s := range want {
		require.True(t, p.passes(s, s))
	}
	events, unseen, allBits := k.seen, map[string]int{}, make([]int, 64)
	for bit := range allBits {
		allBits[bit] = bit
	}
	check := func(f fault) {
		k.fault = f
		for i, got := range run(k.kernel()) {
			wrong := got.x != want[i].x
			if wrong && got != (sum{}) && p.isOnCurve(got) {
				unseen[f.what]++
			}
			if wrong && p.passes(got, want[i]) {
				t.Fatalf("%v: a wrong sum passes", f)
			}
		}
	}
	for _, e := range events {
		if e.word < 0 {
			check(e)
			continue
		}
		for word := range e.word + 1 {
			// One bit of each word, or those that are likely to matter.
			bits, one := []int{rand.IntN(64)}, 50
			switch {
			case testrun.Nightly():
				bits = allBits
			case e.what == "digits":
				bits, one = append(bits, 1, 7, 13, 19, 22, 27, 30), 10 // of each window
			case e.what == "flip" || e.what == "shift":
				bits, one = allBits[:8], 4
			case e.what == "entries" && word >= rowWords:
				bits, one = append(bits, 63), 1 // the sign
			}
			if len(events) < 100 && e.what != "points" && e.what != "others" { // not so many
				one = 1 + one/25
			}
			if p.assembly == nil {
				one *= 4
			}
			needed := unseen[e.what] == 0 && slices.Contains(onCurve, e.what)
			if testrun.Long() || needed || rand.IntN(one) == 0 {
				for _, bit := range bits {
					check(fault{e.event, e.what, word, bit})
				}
			}
		}
	}
	for _, what := range onCurve {
		require.Positive(t, unseen[what], "%s: multipliers are of no use", what)
	}
}

// somePrimes returns all primes in a long run, and one of them otherwise.
func somePrimes(t *testing.T) map[string]prime {
	all := primes(t)
	for name := range all {
		if len(all) > 1 && !testrun.Long() {
			delete(all, name)
		}
	}
	return all
}

// TestMultiply_faults: one scalar in all lanes.
func TestMultiply_faults(t *testing.T) {
	for name, p := range somePrimes(t) {
		t.Run(name, func(t *testing.T) {
			all := sums{modulus: p.model.P}
			table, s := spreadTableOf(p), ecifma.NewSpread()
			v := pick(t, new(big.Int).Sub(p.curve.Params().N, bigInt(3)))
			v.SetBit(v, 0, 1)
			run := func(kernel *ecifma.Kernel) []sum {
				s.SetScalar(limbs(new(big.Int).Rsh(v, 1)))
				s.SetBlind(ecifma.ZZ, p.montgomery(bigInt(49)))
				s.SetBlind(ecifma.ZZZ, p.montgomery(bigInt(343)))
				kernel.Multiply(s, table)
				return []sum{all.of(s.Coordinate, s.Multiplier())}
			}
			checkFaults(t, p, []string{"digits", "entries", "shift", "flip", "select", "addEntries", "swap", "addPoints"}, run)

			// Where the windows begin in the table, and entries that are taken from another's place.
			kernel := p.model.Kernel()
			if p.assembly != nil {
				kernel = p.assembly
			}
			want := run(kernel)[0]
			words, rows := table.WordsForTest()
			for i := range rows {
				for bit := range 6 {
					before := rows[i]
					if rows[i] ^= 1 << bit; rows[i]+ecifma.Windows[i].Entries() <= len(words)/rowWords {
						got := run(kernel)[0]
						require.False(t, got.x != want.x && p.passes(got, want), "window %d, bit %d", i, bit)
					}
					rows[i] = before
				}
			}
			before := append([]uint64(nil), words...)
			for distance := range 4 {
				for row := range len(words) / rowWords {
					from := min(row^1<<distance, len(words)/rowWords-1)
					copy(words[row*rowWords:][:rowWords], before[from*rowWords:])
				}
				require.False(t, p.passes(run(kernel)[0], want), "rows at a distance of %d", 1<<distance)
				copy(words, before)
			}
			require.Equal(t, want, run(kernel)[0])
		})
	}
}

// TestAddDigits_faults: eight scalars.
func TestAddDigits_faults(t *testing.T) {
	for name, p := range somePrimes(t) {
		t.Run(name, func(t *testing.T) {
			all := sums{modulus: p.model.P}
			table := tableOf(p)
			topX, topY := p.multiple(powerOfTwo(255))
			topY.Sub(p.model.P, topY)
			var scalars [8]*big.Int
			for lane := range scalars {
				scalars[lane] = pick(t, new(big.Int).Sub(p.curve.Params().N, bigInt(3)))
				scalars[lane].SetBit(scalars[lane], 0, 1)
			}
			points := ecifma.NewPoints()
			run := func(kernel *ecifma.Kernel) (sums []sum) {
				for lane, v := range scalars {
					points.SetScalar(lane, limbs(new(big.Int).Rsh(v, 1)))
					for which, x := range []*big.Int{topX, topY, bigInt(1), bigInt(1)} {
						points.Set(lane, which, p.montgomery(x))
					}
				}
				kernel.AddDigits(points, table)
				for lane := range scalars {
					coordinate := func(which int) ([4]uint64, uint64) { return points.Coordinate(lane, which) }
					sums = append(sums, all.of(coordinate, points.Multiplier(lane)))
				}
				return sums
			}
			checkFaults(t, p, []string{"digits", "shift", "flip", "addBlock"}, run)

			kernel := p.model.Kernel()
			if p.assembly != nil {
				kernel = p.assembly
			}
			want, words := run(kernel), table.WordsForTest()
			before := append([]uint64(nil), words...)
			for distance := range 4 {
				for i := range words {
					words[i] = before[i^1<<distance]
				}
				for lane, got := range run(kernel) {
					require.False(t, p.passes(got, want[lane]), "entries at a distance of %d", 1<<distance)
				}
				copy(words, before)
			}
			require.Equal(t, want, run(kernel))
		})
	}
}
