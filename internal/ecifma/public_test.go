// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/stretchr/testify/require"
)

// TestAddPublic: the sum with a public point, or its negative.
func TestAddPublic(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			f := newField(p.model.P)
			for round := range rounds(2000, 500_000) {
				c := coordinatesFor(t, round)
				q, negative, _ := entriesFor(t, p.model.P, round)
				var entries [8]*uint64
				for lane := range q {
					entry := append(limbs(q[lane][0])[:], limbs(q[lane][1])[:]...)
					entries[(lane+round)%8] = &entry[0] // in any order in memory
				}
				words := both(t, p, pointWords, func(f ecifma.Functions, words []uint64) {
					numbers(words, c)
					f.AddPublic(&words[0], &entries[0], negative)
				})
				for lane, c := range c {
					q := q[(lane-round%8+8)%8]
					y := q[1]
					if negative>>lane&1 == 1 {
						y = f.sub(new(big.Int), y)
					}
					want := f.add(c[0], c[1], f.sub(f.mul(q[0], c[2]), c[0]), f.sub(f.mul(y, c[3]), c[1]), c[2], c[3])
					requirePoints(t, p.model.P, words, lane, want)
				}
			}
		})
	}
}

// montgomery returns x in the form of the lanes.
func (p prime) montgomery(x *big.Int) *[4]uint64 {
	x = new(big.Int).Lsh(x, 260)
	return limbs(x.Mod(x, p.model.P))
}

// publicTable returns the table of q G.
func (p prime) publicTable(q *big.Int, width int) *ecifma.PublicTable {
	table := ecifma.NewPublicTable(width)
	for i := range table.Digits() {
		for j := range table.Entries(i) {
			k := new(big.Int).Lsh(big.NewInt(int64(2*j+1)), uint(width*i))
			x, y := p.multiple(k.Mul(k, q))
			table.Set(i, j, p.montgomery(x), p.montgomery(y))
		}
	}
	return table
}

// TestPublicTable: tables have room for every digit of 256 bits, and no more.
func TestPublicTable(t *testing.T) {
	for width := 2; width <= 10; width++ {
		table := ecifma.NewPublicTable(width)
		top := table.Digits() - 1
		require.LessOrEqual(t, 255-top*width, width-1)
		require.GreaterOrEqual(t, 255-top*width, 0)
		require.Equal(t, 1<<(255-top*width), table.Entries(top))
		var x [4]uint64
		table.Set(top, table.Entries(top)-1, &x, &x)
		require.Panics(t, func() { table.Set(top, table.Entries(top), &x, &x) })
	}
}

// TestTerms: the terms of odd numbers and of their negatives add up to the points of crypto/elliptic,
// gmsm and decred, in every lane, and folded to one.
func TestTerms(t *testing.T) {
	for name, p := range primes(t) {
		kernels := map[string]*ecifma.Kernel{"model": p.model.Kernel()}
		if p.assembly != nil {
			kernels["assembly"] = p.assembly
		}
		modulus, n := p.curve.Params().P, p.curve.Params().N
		minusOne := p.montgomery(new(big.Int).Sub(modulus, big.NewInt(1)))
		q, err := rand.Int(rand.Reader, n) // not small: sums do not meet
		require.NoError(t, err)
		tables := []*ecifma.PublicTable{p.publicTable(big.NewInt(1), 6), p.publicTable(q, 5)}
		for kind, kernel := range kernels {
			t.Run(name+"/"+kind, func(t *testing.T) {
				s := ecifma.NewSum() // reused
				for round := range rounds(40, 5000) {
					var want [8]*big.Int
					end := 0
					total, tops := new(big.Int), [8]*big.Int{}
					for lane := range want {
						want[lane] = new(big.Int)
						end = lane
						for i, factor := range []*big.Int{big.NewInt(1), q} {
							v := pick(t, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))
							random, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
							require.NoError(t, err)
							v.Xor(v, random.Lsh(random, 100)) // nor do those of two lanes
							v.SetBit(v, 0, 1)
							negative := uint64(round+lane+i) % 2
							end = s.SetTerms(tables[i], limbs(new(big.Int).Rsh(v, 1)), negative, end, ecifma.Lanes)
							v.Mul(v, factor)
							if negative == 1 {
								v.Neg(v)
							}
							want[lane].Add(want[lane], v)
							// What is left of the scalar above the lower digits: of 5 bits, nothing.
							tops[lane] = new(big.Int).Lsh(factor, 255)
							if negative == 1 {
								tops[lane].Neg(tops[lane])
							}
						}
						total.Add(total, want[lane])
						if lane < 4 {
							total.Add(total, tops[lane])
						}
					}
					s.Begin(p.montgomery(big.NewInt(1)), minusOne)
					kernel.AddTerms(s, 1, 20)
					kernel.AddTerms(s, 20, end/ecifma.Lanes)
					for lane, want := range want {
						p.requireX(t, s, lane, want)
					}
					// Once more the terms of the last lanes, between two folds.
					kernel.Fold(s, 4)
					last := end/ecifma.Lanes - 1
					kernel.AddTerms(s, last, last+1)
					kernel.Fold(s, 2)
					kernel.Fold(s, 1)
					p.requireX(t, s, 0, total)
				}
			})
		}
	}
}

// requireX requires that the point of the lane has the x coordinate of k G.
func (p prime) requireX(t *testing.T, s *ecifma.Sum, lane int, k *big.Int) {
	t.Helper()
	coordinate := func(which int) *big.Int {
		low, high := s.Coordinate(lane, which)
		x := new(big.Int).SetUint64(high)
		for i := 3; i >= 0; i-- {
			x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(low[i]))
		}
		return x.Mod(x, p.model.P)
	}
	x, _ := p.multiple(k)
	zz := coordinate(ecifma.ZZ)
	require.NotZero(t, zz.Sign())
	require.Zero(t, x.Mul(x, zz).Mod(x, p.model.P).Cmp(coordinate(ecifma.X)), "%x", k)
}
