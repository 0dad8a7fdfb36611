// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/big"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	own "github.com/kmsigner/kmsigner/internal/secp256k1"
	"github.com/stretchr/testify/require"
)

// t of samples that can be worked out by hand: means 1 and 3, variances 2 each.
func TestWelch(t *testing.T) {
	var w welch
	for range 1000 {
		for _, d := range []float64{-1, 1} {
			w.add(0, 1+d)
			w.add(1, 3+d)
		}
	}
	// The variance of each mean is 2000/1999 / 2000.
	require.InDelta(t, -2/0.0316306, w.t(), 0.01)
	var few welch
	few.add(0, 1)
	few.add(1, 2)
	require.Zero(t, few.t())
	tooFew := newTest([]float64{1, 2, 3})
	for i := range 2*enough - 2 {
		tooFew.add(i%2, float64(i%2)) // as far apart as can be
	}
	require.Equal(t, "too few", verdict(tooFew.max()))
	tooFew.add(0, 0)
	tooFew.add(1, 1)
	require.NotEqual(t, "too few", verdict(tooFew.max()))
}

// The test tells classes apart by their means, by their fast samples only, and by
// their variance, and does not tell the same ones apart.
func TestTellsClassesApart(t *testing.T) {
	normal := func(r *rand.Rand, _ int) float64 { return 1000 + 10*r.NormFloat64() }
	for name, c := range map[string]struct {
		sample func(r *rand.Rand, class int) float64
		leaks  bool
	}{
		"the same": {normal, false},
		"mean":     {func(r *rand.Rand, class int) float64 { return normal(r, class) + float64(class) }, true},
		"fast ones under rare great delays": {func(r *rand.Rand, class int) float64 {
			x := normal(r, class) + 2*float64(class)
			if r.IntN(20) == 0 {
				x += 1e6 * r.Float64()
			}
			return x
		}, true},
		"variance": {func(r *rand.Rand, class int) float64 { return 1000 + (10+float64(class))*r.NormFloat64() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			first := make([]float64, 1000)
			for i := range first {
				first[i] = c.sample(r, i%2)
			}
			test := newTest(first)
			for range 100_000 {
				class := r.IntN(2)
				test.add(class, c.sample(r, class))
			}
			if c.leaks {
				require.Greater(t, test.max(), float64(definite))
			} else {
				require.Less(t, test.max(), suspicious)
			}
		})
	}
}

// Whatever is measured reads the same memory, and each class is measured.
func TestMeasuredMemory(t *testing.T) {
	type memory struct{ in, ours, theirs, wide any }
	places, seen := map[memory]bool{}, map[[32]byte]int{}
	record := func(in *input) [32]byte {
		if *in.ours == (own.PrivateKey{}) || in.wide[0] != in.number[0] {
			t.Error("not loaded")
		}
		places[memory{in, in.ours, in.theirs, &in.wide[0]}] = true
		seen[in.number]++
		return in.number
	}
	fixed := numbers(big.NewInt(1))[0]
	measure(2*chunk, target{ours: record, peers: record, prepare: func(in *input) {
		in.setKeys()
		in.wide = append([]byte(nil), in.number[:]...)
	}}, &fixed)
	require.Len(t, places, 1)
	require.InDelta(t, 3*chunk, seen[fixed.number], 300) // half of 2 sides, 3 chunks each
	require.Greater(t, len(seen), poolSize/2)
}

// One suspicious run is not enough.
func TestConfirmed(t *testing.T) {
	for _, c := range []struct {
		runs []float64
		want float64
	}{{[]float64{4.4}, 4.4}, {[]float64{12, 3}, 3}, {[]float64{5, 11}, 5}, {[]float64{20, 11}, 11}} {
		runs := c.runs
		got, theirs := confirmed(func() (float64, float64) {
			ours := runs[0]
			runs = runs[1:]
			return ours, 1
		})
		require.Equal(t, c.want, got)
		require.Equal(t, 1.0, theirs)
		require.Empty(t, runs)
	}
}

// A run of the targets makes a table. What it finds is for a quiet machine to say. Those that are
// slow do what they do once.
func TestRun(t *testing.T) {
	var all []target
	for _, target := range targets() {
		if target.share <= 1 {
			all = append(all, target)
			continue
		}
		for _, in := range target.fixed {
			if target.prepare != nil {
				target.prepare(&in)
			}
			require.Equal(t, target.ours(&in), target.ours(&in), target.operation)
			require.Equal(t, target.peers(&in), target.peers(&in), target.operation)
		}
	}
	require.GreaterOrEqual(t, len(all), 4)
	table := tableOf(all, run(2000, all), "")
	for _, target := range all {
		require.Contains(t, table, "| "+target.operation+" |")
	}
	require.Equal(t, 2+len(all), strings.Count(table, "\n"))
}

// A run of some operations replaces their rows, adds those that the page lacks, and leaves others as they are.
func TestTableOf(t *testing.T) {
	var all []target
	for _, operation := range []string{"curve: old", "curve: again", "curve: new", "hash: none yet"} {
		all = append(all, target{operation: operation})
	}
	chosen := matching(all, regexp.MustCompile("^curve: (again|new)"))
	require.Len(t, chosen, 2)
	require.Len(t, matching(all, regexp.MustCompile("")), len(all))
	head := tableOf(nil, nil, "")
	require.Equal(t, 2, strings.Count(head, "\n"))
	before := "\n" + head + "| curve: again | 1 |\n| curve: dropped | 1 |\n| curve: old | 1 |\n\n"
	measured := map[string]string{"curve: again": "| curve: again | 2 |\n", "curve: new": "| curve: new | 2 |\n"}
	require.Equal(t, head+"| curve: old | 1 |\n| curve: again | 2 |\n| curve: new | 2 |\n", tableOf(all, measured, before))
	require.Equal(t, head+"| curve: again | 2 |\n| curve: new | 2 |\n", tableOf(chosen, measured, ""))
}
