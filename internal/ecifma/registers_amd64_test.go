// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/registers"
	"github.com/stretchr/testify/require"
)

// TestRegistersAreCleared looks into the vector registers after a multiplication. What an addition leaves
// there stays until other code needs the registers, and the next signal writes it to memory.
func TestRegistersAreCleared(t *testing.T) {
	for name, p := range primes(t) {
		if p.assembly == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			registers.Quiet(t)
			table := ecifma.NewTable()
			for i := range ecifma.Digits {
				for j := range ecifma.Entries {
					table.Set(i, j, ecifma.X, limbs(pick(t, p.model.P)))
					table.Set(i, j, ecifma.Y, limbs(pick(t, p.model.P)))
				}
			}
			spread := ecifma.NewSpreadTable()
			for lane := range ecifma.Lanes {
				for i, window := range ecifma.Windows {
					for j := range window.Entries() {
						spread.Set(lane, i, j, ecifma.X, limbs(pick(t, p.model.P)))
						spread.Set(lane, i, j, ecifma.Y, limbs(pick(t, p.model.P)))
					}
				}
			}
			one := func(kernel *ecifma.Kernel) func(word uint64) bool {
				s := ecifma.NewSpread()
				s.SetScalar(limbs(pick(t, p.model.P)))
				s.SetBlind(ecifma.ZZ, limbs(pick(t, p.model.P)))
				s.SetBlind(ecifma.ZZZ, limbs(pick(t, p.model.P)))
				kernel.Multiply(s, spread)
				return s.HoldsForTest
			}
			eight := func(kernel *ecifma.Kernel) func(word uint64) bool {
				points := ecifma.NewPoints()
				for lane := range ecifma.Lanes {
					points.SetScalar(lane, limbs(pick(t, p.model.P)))
					for which := range 4 {
						points.Set(lane, which, limbs(pick(t, new(big.Int).Rsh(p.model.P, 1))))
					}
				}
				kernel.AddDigits(points, table)
				return points.HoldsForTest
			}
			left := func(multiply func(*ecifma.Kernel) func(uint64) bool, kernel *ecifma.Kernel) (found []string, masks uint64) {
				holds := multiply(kernel)
				var z [32][8]uint64
				var k [8]uint64
				registers.Dump(&z, &k)
				for i, lanes := range z {
					for lane, word := range lanes {
						if holds(word) {
							found = append(found, fmt.Sprintf("Z%d lane %d: %x", i, lane, word))
						}
					}
				}
				return found, k[1] | k[2]
			}
			for _, multiply := range []func(*ecifma.Kernel) func(uint64) bool{one, eight} {
				for range 5 {
					found, masks := left(multiply, p.assembly)
					require.Empty(t, found)
					require.Zero(t, masks)
				}

				// The test would see them: without the clearing they are there.
				seen := false
				for try := 0; try < 100 && !seen; try++ { // a signal may have come in between
					found, masks := left(multiply, p.assembly.CarelessForTest())
					seen = len(found) >= 16 && masks != 0
				}
				require.True(t, seen)
			}
		})
	}
}
