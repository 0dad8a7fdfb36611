// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// TestVerifyBatch: the verdicts are those of Verify, with and without lanes.
func TestVerifyBatch(t *testing.T) {
	random := newRand(t)
	test := func(t *testing.T) {
		k := privateKey(t, big.NewInt(99))
		sizes := []int{0, 1, 3, 4, 8, 33, 72}
		switch {
		case testrun.Brief():
			sizes = []int{0, 1, 13}
		case !testrun.Long():
			sizes = []int{0, 1, 13, 33}
		}
		for _, n := range sizes {
			digests := randomDigests(random, n)
			signatures, ok := k.SignBatch(digests, nil)
			require.True(t, ok)
			for i := range signatures {
				switch random.IntN(12) {
				case 0:
					signatures[i][random.IntN(64)] ^= 1 << random.IntN(8)
				case 1:
					digests[i][random.IntN(32)] ^= 1 << random.IntN(8)
				case 2:
					clear(signatures[i][:32])
				case 3:
					clear(signatures[i][32:])
				case 4:
					copy(signatures[i][random.IntN(2)*32:][:32], bytesFromBig(bigN)[:])
				case 5:
					signatures[i] = signatures[random.IntN(n)]
				}
			}
			key, other := k.PublicKey(), k.PublicKey()
			for range 3 {
				got := key.VerifyBatch(digests, signatures)
				require.Len(t, got, n)
				for i, valid := range got {
					want := other.Verify(&digests[i], (*[32]byte)(signatures[i][:32]), (*[32]byte)(signatures[i][32:]))
					require.Equal(t, want, valid, "%d of %d", i, n)
				}
			}
		}
	}
	withLanes(t, func(t *testing.T, _ *ecifma.Kernel) { test(t) })
	lanes = nil
	t.Run("without", test)
}

// TestPublicLanes_table: the table is made for the verification that is worth one, once, and others
// do not wait for it.
func TestPublicLanes_table(t *testing.T) {
	withLanes(t, func(t *testing.T, _ *ecifma.Kernel) {
		k := privateKey(t, big.NewInt(99))
		digest := bytesFromBig(one)
		r, s, _ := k.Sign(digest, nil)
		key := k.PublicKey()
		for i := range lanesFrom + 2 {
			require.Equal(t, i >= lanesFrom, key.point.lanesTable.Load() != nil)
			require.True(t, key.Verify(digest, &r, &s))
		}
		table := key.point.lanesTable.Load()
		require.NotNil(t, table)
		require.Same(t, table, key.point.forLanes(100))

		key = k.PublicKey()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 2 * lanesFrom {
					if !key.Verify(digest, &r, &s) {
						t.Error("not verified")
					}
				}
			})
		}
		wg.Wait()
		require.NotNil(t, key.point.lanesTable.Load())

		// Small batches count as many as they verify.
		key = k.PublicKey()
		signature := [64]byte(append(r[:], s[:]...))
		for i := range lanesFrom/3 + 1 {
			require.Equal(t, i >= lanesFrom/3, key.point.lanesTable.Load() != nil)
			valid := key.VerifyBatch([][32]byte{*digest, *digest, *digest}, [][64]byte{signature, signature, signature})
			require.Equal(t, []bool{true, true, true}, valid)
		}

		key = k.PublicKey()
		key.point.making.Store(true) // somewhere else
		for range 2 * lanesFrom {
			require.True(t, key.Verify(digest, &r, &s))
		}
		require.Nil(t, key.point.lanesTable.Load())
	})
}

// TestPublicLanes_faults flips single bits in what the lanes compute with. A valid signature is
// accepted all the same, and an invalid one is not; the lanes that were wrong are counted, and the
// key leaves them.
func TestPublicLanes_faults(t *testing.T) {
	random := newRand(t)
	k := privateKey(t, big.NewInt(99))
	digests := randomDigests(random, 8)
	signatures, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	want := make([]bool, len(digests))
	for i := range want {
		if want[i] = i != 5; !want[i] {
			signatures[i][40] ^= 1
		}
	}
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		table := k.PublicKey()
		made := table.point.inLanes(t)
		for name, c := range map[string]struct {
			adds, rounds int
			verify       func(key *PublicKey)
		}{
			"single": {13, max(6, pointCases()/4), func(key *PublicKey) {
				i := random.IntN(len(digests))
				got := key.Verify(&digests[i], (*[32]byte)(signatures[i][:32]), (*[32]byte)(signatures[i][32:]))
				require.Equal(t, want[i], got)
			}},
			"batch": {83, max(5, pointCases()/8), func(key *PublicKey) {
				require.Equal(t, want, key.VerifyBatch(digests, signatures))
			}},
		} {
			caught := 0
			for range c.rounds {
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
				key := k.PublicKey()
				key.point.lanesTable.Store(made)
				before := ecifma.Withheld()
				c.verify(key)
				require.Equal(t, c.adds, count)
				require.Equal(t, key.LanesFailed(), ecifma.Withheld() == before+1)
				require.LessOrEqual(t, ecifma.Withheld(), before+1)
				if key.LanesFailed() {
					caught++
					c.verify(key)
					require.Equal(t, c.adds, count, "the lanes are asked again")
				}
				lanes = kernel
			}
			require.Positive(t, caught, name)
		}

		// The rest of a batch is verified without them.
		count := 0
		lanes = kernel.Faulty(func(points *uint64) {
			*points ^= 1
			count++
		})
		key := k.PublicKey()
		key.point.lanesTable.Store(made)
		require.Equal(t, slices.Repeat(want, 2), key.VerifyBatch(slices.Repeat(digests, 2), slices.Repeat(signatures, 2)))
		require.True(t, key.LanesFailed())
		require.Equal(t, 83, count)
		lanes = kernel
	})
}
