// Code generated from p256/lanes_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// withLanes runs a test with the model of the lanes and, where the machine has them, with the
// assembly. It does not run beside other tests.
func withLanes(t *testing.T, test func(t *testing.T, kernel *ecifma.Kernel)) {
	here := lanes
	t.Cleanup(func() { lanes = here })
	kernels := map[string]*ecifma.Kernel{"model": lanesModel.Kernel()}
	if here != nil {
		kernels["assembly"] = here
	} else {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there is no kernel")
		t.Log("SKIPPED: the assembly: this machine has no AVX-512 IFMA")
	}
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			lanes = kernel
			test(t, kernel)
		})
	}
}

// withoutLanes runs the rest of a test without lanes. It does not run beside other tests.
func withoutLanes(t *testing.T) {
	here := lanes
	t.Cleanup(func() { lanes = here })
	lanes = nil
}

func randomDigests(r *rand.Rand, n int) [][32]byte {
	digests := make([][32]byte, n)
	for i := range digests {
		digests[i] = *bytesFromBig(random256(r))
	}
	return digests
}

// TestLanes: with lanes, one digest after the other and a batch, of every number of digests, have
// the signatures that there are without.
func TestLanes(t *testing.T) {
	random := newRand(t)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		some := new(big.Int).Rsh(random256(random), 1)
		keys := []*big.Int{one, largestKey, new(big.Int).Rsh(bigP, 3), some.SetBit(some, 0, 1)}
		sizes := []int{5, 6, 8, 14, 64}
		switch {
		case testrun.Brief():
			sizes = []int{5, 14}
		case testrun.Long():
			sizes = []int{64}
			for n := range 41 {
				sizes = append(sizes, n)
			}
		}
		before := ecifma.Withheld()
		for i, n := range sizes {
			k := privateKey(t, keys[i%len(keys)])
			digests, extras := randomDigests(random, n), randomDigests(random, n)
			plain, ok := k.SignBatch(digests, nil)
			require.True(t, ok)
			hedged, ok := k.SignBatch(digests, extras)
			require.True(t, ok)
			public := k.PublicKey()
			for i := range n {
				for _, lanes = range []*ecifma.Kernel{nil, kernel} {
					r, s, ok := k.Sign(&digests[i], nil)
					require.True(t, ok)
					require.Equal(t, append(r[:], s[:]...), plain[i][:], "%d of %d", i, n)
					r, s, ok = k.Sign(&digests[i], &extras[i])
					require.True(t, ok)
					require.Equal(t, append(r[:], s[:]...), hedged[i][:], "%d of %d", i, n)
					require.True(t, public.Verify(&digests[i], &r, &s))
				}
			}
			require.False(t, k.LanesFailed())
		}
		require.Equal(t, before, ecifma.Withheld())
	})
}

// TestLanes_points: the lanes lead to the points of setGeneratorMultiple.
func TestLanes_points(t *testing.T) {
	random := newRand(t)
	nonces := []*big.Int{
		one, big.NewInt(2), new(big.Int).Sub(bigN, one), new(big.Int).Rsh(bigN, 1), power2(255),
		new(big.Int).Sub(power2(256), bigN), big.NewInt(31), new(big.Int).Sub(power2(255), one),
		new(big.Int).Add(power2(255), one), new(big.Int).Sub(bigN, big.NewInt(2)),
	}
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		for range pointCases() / 2 {
			ws := make([]work, 1+random.IntN(ecifma.Lanes))
			blinds := make([]fieldElement, len(ws))
			for i := range ws {
				k := new(big.Int).Add(new(big.Int).Mod(randomMultiplier(random), largestKey), one)
				if random.IntN(3) == 0 {
					k = nonces[random.IntN(len(nonces))]
				}
				ws[i].k = scalarFromBig(k)
				blinds[i] = blindOf(bytesFromBig(random256(random)))
			}
			check := func(w *work) {
				var want extendedPoint
				want.setGeneratorMultiple(&w.k, &noBlind)
				require.True(t, w.inLanes)
				require.Equal(t, want.affine(), w.point.affine(), "%x", w.k)
				require.Zero(t, w.multiplierDiffers(&w.k))
				var zz3, zzz2 fieldElement
				zz3.sqr(&w.point.zz)
				zz3.mul(&zz3, &w.point.zz)
				zzz2.sqr(&w.point.zzz)
				require.NotZero(t, zz3.equal(&zzz2), "zz^3 != zzz^2")
			}
			setInLanes(kernel, ws, func(i int) fieldElement { return blinds[i] })
			for i := range ws {
				check(&ws[i])
				ws[i].point, ws[i].inLanes = extendedPoint{}, false
				ws[i].setSpread(kernel, spreadTable(), &blinds[i])
				check(&ws[i])
			}
		}
	})
}

// TestSetPoints_blinds: no two points of a batch have one blind.
func TestSetPoints_blinds(t *testing.T) {
	var random [2 * ecifma.Lanes * 32]byte
	for i := range random {
		random[i] = byte(i/32 + 1)
	}
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		seen := map[fieldElement]bool{}
		ws := make([]work, 2*ecifma.Lanes)
		for i := range ws {
			ws[i].k = scalar{12345}
		}
		setPoints(ws, random[:], kernel)
		for i := range ws {
			require.False(t, seen[ws[i].point.zz.canonical()], "point %d", i)
			seen[ws[i].point.zz.canonical()] = true
		}
	})
}

// TestLanes_exceptional: the one scalar that the lanes have no sum for, and its negative, are
// computed without them, and the others of the batch are not touched.
func TestLanes_exceptional(t *testing.T) {
	v := new(big.Int).Sub(bigN, new(big.Int).Lsh(big.NewInt(62), 250)) // package ecifma
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		for _, k := range []*big.Int{v, new(big.Int).Sub(bigN, v)} {
			ws := make([]work, ecifma.Lanes)
			for i := range ws {
				ws[i].k = scalarFromBig(big.NewInt(int64(1000 + i)))
			}
			ws[5].k = scalarFromBig(k)
			setInLanes(kernel, ws, func(i int) fieldElement { return fieldElement{uint64(i) + 1} })
			for i := range ws {
				require.Equal(t, i != 5, ws[i].inLanes)
				want, _ := referenceMultiple(bigFromLimbs(ws[i].k))
				require.Equal(t, want, ws[i].point.affine())
				require.Zero(t, ws[i].multiplierDiffers(&ws[i].k))
			}
		}
		// One scalar in all lanes has another exception: n - 2 (n mod 2^128), if n / 2^128,
		// rounded down, is odd (spread.go there).
		b := new(big.Int).Mod(bigN, power2(128))
		v := new(big.Int).Sub(bigN, b.Lsh(b, 1))
		for _, k := range []*big.Int{v, new(big.Int).Sub(bigN, v), new(big.Int).Add(v, one), new(big.Int).Sub(v, one)} {
			w := work{k: scalarFromBig(k)}
			w.setSpread(kernel, spreadTable(), &fieldElement{7})
			exceptional := new(big.Int).Rsh(bigN, 128).Bit(0) == 1 && (k == v || new(big.Int).Add(k, v).Cmp(bigN) == 0)
			require.Equal(t, !exceptional, w.inLanes)
			want, _ := referenceMultiple(k)
			require.Equal(t, want, w.point.affine())
		}
	})
}

// TestLanes_faults flips single bits in what one lane computes with. The wrong signature is
// not returned: it is computed again without lanes, counted, and the key no longer uses them.
func TestLanes_faults(t *testing.T) {
	random := newRand(t)
	digests := randomDigests(random, 11)
	here := lanes
	lanes = nil
	want, ok := privateKey(t, big.NewInt(987654321)).SignBatch(digests, nil)
	lanes = here
	require.True(t, ok)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		batch := func(k *PrivateKey) {
			got, ok := k.SignBatch(digests, nil)
			require.True(t, ok)
			require.Equal(t, want, got)
		}
		single := func(k *PrivateKey) {
			r, s, ok := k.Sign(&digests[0], nil)
			require.True(t, ok)
			require.Equal(t, want[0][:], append(r[:], s[:]...))
		}
		for _, c := range []struct {
			sign func(k *PrivateKey)
			adds int
		}{{batch, ecifma.Digits}, {single, len(ecifma.Windows) + 3}} {
			caught := 0
			for range max(6, pointCases()/4) {
				at, word, bit := random.IntN(c.adds), random.IntN(4*40), random.IntN(52)
				if word/8%5 == 4 {
					bit %= 44 // what is a number below p at least
				}
				count := 0
				lanes = kernel.Faulty(func(points *uint64) {
					if count == at {
						unsafe.Slice(points, 4*40)[word] ^= 1 << bit
					}
					count++
				})
				k := privateKey(t, big.NewInt(987654321))
				before := ecifma.Withheld()
				c.sign(k)
				require.Equal(t, k.LanesFailed(), ecifma.Withheld() == before+1)
				require.LessOrEqual(t, ecifma.Withheld(), before+1)
				if k.LanesFailed() {
					caught++
					asked := count
					c.sign(k)
					require.Equal(t, asked, count, "the lanes are asked again")
				}
				lanes = kernel
			}
			require.Positive(t, caught)
		}

		// Digits, and what they select for one scalar in all lanes: other points of the curve.
		for _, c := range []struct {
			sign    func(k *PrivateKey)
			selects int
			bit     func(at int) int // of the digit
		}{
			{batch, ecifma.Digits, func(at int) int { return at%11*5 + random.IntN(5) }},
			{single, len(ecifma.Windows), func(at int) int {
				return ecifma.Windows[at].Place + random.IntN(ecifma.Windows[at].Bits)
			}},
		} {
			caught := 0
			for i := range max(6, pointCases()/4) {
				at, lane, sign := random.IntN(c.selects), random.IntN(ecifma.Lanes), i%4 == 0
				bit, count := c.bit(at), 0
				lanes = kernel.FaultySelections(func(digits *uint64) {
					if count == at && !sign {
						unsafe.Slice(digits, ecifma.Lanes)[lane] ^= 1 << bit
					}
					count++
				}, func(entries *uint64) {
					if count == at+1 && sign {
						unsafe.Slice(entries, 12*ecifma.Lanes)[11*ecifma.Lanes+lane] ^= 1 << 63
					}
				})
				k := privateKey(t, big.NewInt(987654321))
				c.sign(k)
				if k.LanesFailed() {
					caught++
				}
				lanes = kernel
			}
			require.Positive(t, caught)
		}

		// Tables that have changed in memory.
		table := lanesTable()
		for range max(6, pointCases()/4) {
			i, j, which := random.IntN(ecifma.Digits), random.IntN(ecifma.Entries), random.IntN(2)
			small := comb().blocks[i]
			x := small.x[j].toLanes()
			if which == ecifma.Y {
				x = small.y[j].toLanes()
			}
			wrong := x
			flip((*[4]uint64)(&wrong), random.IntN(250))
			table.Set(i, j, which, (*[4]uint64)(&wrong))
			batch(privateKey(t, big.NewInt(987654321)))
			table.Set(i, j, which, (*[4]uint64)(&x))
		}
		require.Equal(t, newLanesTable(), table)
		here := spreadTable
		defer func() { spreadTable = here }()
		for lane := range ecifma.Lanes {
			for i, window := range ecifma.Windows {
				table := newSpreadTable()
				wrong := generator.x
				flip((*[4]uint64)(&wrong), random.IntN(250))
				for j := range window.Entries() {
					table.Set(lane, i, j, random.IntN(2), (*[4]uint64)(&wrong))
				}
				spreadTable = func() *ecifma.SpreadTable { return table }
				k := privateKey(t, big.NewInt(987654321))
				single(k)
				require.True(t, k.LanesFailed())
			}
		}
		spreadTable = here

		// A key that has changed in memory has no signature with lanes either.
		k := privateKey(t, big.NewInt(987654321))
		flip((*[4]uint64)(&k.d), 77)
		got, ok := k.SignBatch(digests, nil)
		require.False(t, ok)
		require.Nil(t, got)
		require.False(t, k.LanesFailed(), "the lanes are not at fault")
	})
}

// TestLanes_nonceFault: a signature that is wrong with the lanes, because its nonce or the copy of it has
// changed in memory, is made again with a nonce that is derived anew.
func TestLanes_nonceFault(t *testing.T) {
	digests, k := randomDigests(newRand(t), ecifma.WorthLanes), big.NewInt(987654321)
	want, ok := privateKey(t, k).SignBatch(digests, nil)
	require.True(t, ok)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		for _, count := range []int{1, len(digests)} {
			for name, change := range map[string]func(w *work){
				"nonce":             func(w *work) { flip((*[4]uint64)(&w.k), 77) },
				"copy of the nonce": func(w *work) { w.secondK[7] ^= 8 },
			} {
				ws, key := make([]work, count), privateKey(t, k)
				changed := false
				lanes = kernel.Faulty(func(*uint64) {
					if !changed {
						change(&ws[count-1])
						changed = true
					}
				})
				w, got := workspaces.New().(*workspace), make([][64]byte, count)
				require.True(t, key.signShare(got, digests[:count], nil, ws, w), "%s, %d", name, count)
				require.True(t, changed)
				require.Equal(t, want[:count], got, "%s, %d", name, count)
			}
		}
	})
}

// TestLanes_wipes: nothing of a batch is left in the memory that the next one uses.
func TestLanes_wipes(t *testing.T) {
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		ws := []work{{k: scalarFromBig(big.NewInt(12345))}}
		wiped := 0
		for range 20 { // under the race detector a pool forgets at random
			points := ecifma.NewPoints()
			lanesPoints.Put(points)
			setInLanes(kernel, ws, func(int) fieldElement { return noBlind })
			if lanesPoints.Get() == any(points) {
				wiped++
				require.Equal(t, ecifma.NewPoints(), points)
			}
		}
		require.Positive(t, wiped)
		wiped = 0
		for range 20 {
			spread := ecifma.NewSpread()
			lanesSpread.Put(spread)
			ws[0].setSpread(kernel, spreadTable(), &noBlind)
			if lanesSpread.Get() == any(spread) {
				wiped++
				require.Equal(t, ecifma.NewSpread(), spread)
			}
		}
		require.Positive(t, wiped)
	})
}

func TestLanes_concurrent(t *testing.T) {
	digests := randomDigests(newRand(t), 17)
	withLanes(t, func(t *testing.T, _ *ecifma.Kernel) {
		k := privateKey(t, largestKey)
		want, ok := k.SignBatch(digests, nil)
		require.True(t, ok)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 3 {
					got, ok := k.SignBatch(digests, nil)
					if !ok || !slices.Equal(want, got) {
						t.Error("the signatures changed")
					}
				}
			})
		}
		wg.Wait()
	})
}
