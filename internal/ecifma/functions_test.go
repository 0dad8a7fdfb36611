// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	"github.com/stretchr/testify/require"
)

const (
	sumWords     = 4*40 + 8        // four coordinates, and multipliers
	pointWords   = sumWords + 6*40 // and memory for six numbers
	rowWords     = 2*40 + 8        // two coordinates, and multipliers
	entriesWords = rowWords + 8    // and signs
)

// A field computes modulo p with numbers that are multiplied by 2^260, in big numbers.
type field struct{ p, rInverse *big.Int }

func newField(p *big.Int) field {
	return field{p, new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 260), p)}
}

func (f field) mul(x, y *big.Int) *big.Int {
	z := new(big.Int).Mul(x, y)
	return z.Mul(z, f.rInverse).Mod(z, f.p)
}

func (f field) sub(x *big.Int, ys ...*big.Int) *big.Int {
	z := new(big.Int).Set(x)
	for _, y := range ys {
		z.Sub(z, y)
	}
	return z.Mod(z, f.p)
}

// add returns -(P + Q), with u and s for X and Y of P with the denominators of both points.
func (f field) add(u, s, h, r, zz, zzz *big.Int) [4]*big.Int {
	hh := f.mul(h, h)
	g, v := f.mul(h, hh), f.mul(u, hh)
	x := f.sub(f.mul(r, r), g, v, v)
	return [4]*big.Int{x, f.sub(new(big.Int), f.sub(f.mul(r, f.sub(v, x)), f.mul(s, g))), f.mul(zz, hh), f.mul(zzz, g)}
}

// numbers writes the coordinates of the lanes to memory.
func numbers(words []uint64, coordinates [8][4]*big.Int) {
	for lane, c := range coordinates {
		for i, x := range c {
			for limb := range 5 {
				words[i*40+limb*8+lane] = digit(x, limb)
			}
		}
	}
}

// numberOf reads a number of a lane, whose digits have to be below 2^52.
func numberOf(t testing.TB, words []uint64, i, lane int) *big.Int {
	x := new(big.Int)
	for limb := 4; limb >= 0; limb-- {
		word := words[i*40+limb*8+lane]
		require.Less(t, word, uint64(1)<<52)
		x.Lsh(x, 52).Add(x, new(big.Int).SetUint64(word))
	}
	return x
}

// requirePoints requires that the coordinates are congruent to those wanted, and in the bounds.
func requirePoints(t testing.TB, p *big.Int, words []uint64, lane int, want [4]*big.Int) {
	t.Helper()
	for i := range want {
		got := numberOf(t, words, i, lane)
		require.LessOrEqual(t, got.Cmp(model.Bounds()[i]), 0, "coordinate %d: %x", i, got)
		require.Zero(t, got.Mod(got, p).Cmp(want[i]), "coordinate %d of lane %d", i, lane)
	}
}

// coordinatesFor returns coordinates within the bounds: all at their edges in the first rounds.
func coordinatesFor(t testing.TB, round int) (c [8][4]*big.Int) {
	for lane := range c {
		for i, limit := range model.Bounds() {
			switch {
			case round >= 32:
				c[lane][i] = pick(t, limit)
			case round>>i&1 == 1:
				c[lane][i] = limit
			default:
				c[lane][i] = new(big.Int)
			}
		}
	}
	return c
}

// entriesFor returns eight entries below p, and the lanes in which they are negated.
func entriesFor(t testing.TB, p *big.Int, round int) (q [8][2]*big.Int, negative, flip uint64) {
	last := new(big.Int).Sub(p, big.NewInt(1))
	for lane := range q {
		for i := range q[lane] {
			switch {
			case round >= 32:
				q[lane][i] = pick(t, last)
			case round&16 != 0:
				q[lane][i] = last
			default:
				q[lane][i] = new(big.Int)
			}
		}
	}
	var choice [2]byte
	rand.Read(choice[:])
	return q, uint64(choice[0]), uint64(choice[1])
}

func entryWords(q [8][2]*big.Int, negative uint64) []uint64 {
	words := make([]uint64, entriesWords)
	copy(words[80:], randomWords(8))
	for lane := range q {
		for i, x := range q[lane] {
			for limb := range 5 {
				words[i*40+limb*8+lane] = digit(x, limb)
			}
		}
		words[rowWords+lane] = -(negative >> lane & 1)
	}
	return words
}

// both runs f with the functions of the model, and with the assembly if there is one, which has to
// give the same words. It returns those.
func both(t testing.TB, p prime, words int, f func(f ecifma.Functions, words []uint64)) []uint64 {
	want := make([]uint64, words)
	f(p.model.Functions(), want)
	if p.assembly != nil {
		got := make([]uint64, words)
		f(p.assembly.FunctionsForTest(), got)
		require.Equal(t, want[:min(words, sumWords)], got[:min(words, sumWords)])
	}
	return want
}

// signed returns the multiplier, or minus it if the lowest bit of negative is set.
func signed(multiplier, negative uint64) uint64 {
	if negative&1 == 1 {
		return -multiplier
	}
	return multiplier
}

// TestBegin: entries, or their negatives, with a blind.
func TestBegin(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			f, last := newField(p.model.P), new(big.Int).Sub(p.model.P, big.NewInt(1))
			for round := range max(40, rounds(400, 500_000)) {
				q, negative, flip := entriesFor(t, p.model.P, round)
				blind := make([]uint64, 10)
				z := [2]*big.Int{pick(t, last), pick(t, last)}
				if round < 32 {
					z = [2]*big.Int{last, last}
				}
				for i := range blind {
					blind[i] = digit(z[i/5], i%5)
				}
				entries := entryWords(q, negative)
				words := both(t, p, pointWords, func(f ecifma.Functions, words []uint64) {
					f.Begin(&words[0], &entries[0], &blind[0], flip)
				})
				for lane := range q {
					require.Equal(t, signed(entries[80+lane], (negative^flip)>>lane), words[160+lane])
					y := f.mul(q[lane][1], z[1])
					if (negative^flip)>>lane&1 == 1 {
						y = f.sub(new(big.Int), y)
					}
					requirePoints(t, p.model.P, words, lane, [4]*big.Int{f.mul(q[lane][0], z[0]), y, z[0], z[1]})
				}
			}
		})
	}
}

// TestAddEntries: the sum with an entry, or its negative.
func TestAddEntries(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			f := newField(p.model.P)
			for round := range max(40, rounds(400, 500_000)) {
				c := coordinatesFor(t, round)
				q, negative, flip := entriesFor(t, p.model.P, round)
				entries, sums := entryWords(q, negative), randomWords(8)
				words := both(t, p, pointWords, func(f ecifma.Functions, words []uint64) {
					numbers(words, c)
					copy(words[160:], sums)
					f.AddEntries(&words[0], &entries[0], flip)
				})
				for lane, c := range c {
					require.Equal(t, -(sums[lane] + signed(entries[80+lane], (negative^flip)>>lane)), words[160+lane])
					y := q[lane][1]
					if (negative^flip)>>lane&1 == 1 {
						y = f.sub(new(big.Int), y)
					}
					want := f.add(c[0], c[1], f.sub(f.mul(q[lane][0], c[2]), c[0]), f.sub(f.mul(y, c[3]), c[1]), c[2], c[3])
					requirePoints(t, p.model.P, words, lane, want)
				}
			}
		})
	}
}

// TestAddPoints: the sum of two points.
func TestAddPoints(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			f := newField(p.model.P)
			for round := range max(40, rounds(400, 500_000)) {
				c, o := coordinatesFor(t, round), coordinatesFor(t, round)
				others, sums := append(make([]uint64, 160), randomWords(8)...), randomWords(8)
				numbers(others, o)
				words := both(t, p, pointWords, func(f ecifma.Functions, words []uint64) {
					numbers(words, c)
					copy(words[160:], sums)
					f.AddPoints(&words[0], &others[0])
				})
				for lane, c := range c {
					require.Equal(t, -(sums[lane] + others[160+lane]), words[160+lane])
					o := o[lane]
					u, s := f.mul(c[0], o[2]), f.mul(c[1], o[3])
					want := f.add(u, s, f.sub(f.mul(o[0], c[2]), u), f.sub(f.mul(o[1], c[3]), s), f.mul(c[2], o[2]), f.mul(c[3], o[3]))
					requirePoints(t, p.model.P, words, lane, want)
				}
			}
		})
	}
}

// randomWords returns random words below 2^52.
func randomWords(n int) []uint64 {
	b, words := make([]byte, 8*n), make([]uint64, n)
	rand.Read(b)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:]) >> 12
	}
	return words
}

// TestSelect: every digit finds its entry in every lane, with any bits around the digit.
func TestSelect(t *testing.T) {
	p := primes(t)["P-256"] // the same for all
	for _, bits := range []int{5, 4} {
		count := 1 << (bits - 1)
		rows := randomWords(count * rowWords)
		for e := range uint64(2 * count) {
			for shift := range uint64(28) {
				digits, around := make([]uint64, 8), randomWords(8)
				for lane := range digits {
					all := uint64(2*count-1) << shift
					digits[lane] = around[lane]&^all | (e+5*uint64(lane))<<shift&all
				}
				words := both(t, p, entriesWords, func(f ecifma.Functions, words []uint64) {
					f.Select[bits](&words[0], &rows[0], &digits[0], shift)
				})
				for lane := range digits {
					d := 2*int(digits[lane]>>shift&uint64(2*count-1)) + 1 - 2*count
					for i := range 11 {
						require.Equal(t, rows[(max(d, -d)/2*11+i)*8+lane], words[i*8+lane])
					}
					require.Equal(t, d < 0, words[rowWords+lane] == ^uint64(0))
					require.Equal(t, d > 0, words[rowWords+lane] == 0)
				}
			}
		}
	}
}

// TestSwap: the points and multipliers of the lane at a distance.
func TestSwap(t *testing.T) {
	p := primes(t)["P-256"]
	for level, distance := range []int{1, 2, 4} {
		points := randomWords(sumWords)
		words := both(t, p, sumWords, func(f ecifma.Functions, words []uint64) { f.Swap[level](&words[0], &points[0]) })
		for i, word := range words {
			require.Equal(t, points[i^distance], word)
		}
	}
}

// TestLatch: a key counts once, however often the lanes were wrong for it. No latch has failed already.
func TestLatch(t *testing.T) {
	before := ecifma.Withheld()
	latch := new(ecifma.Latch)
	require.False(t, latch.Failed())
	latch.Fail()
	latch.Fail()
	require.True(t, latch.Failed())
	require.Equal(t, before+1, ecifma.Withheld())
	latch = nil
	require.True(t, latch.Failed())
	latch.Fail()
	require.Equal(t, before+1, ecifma.Withheld())
}
