// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/stretchr/testify/require"
)

// TestLanes: sums, differences and reductions of eight numbers, at edges and at random, in lanes
// that have nothing to do with each other.
func TestLanes(t *testing.T) {
	for _, primeBits := range []int{1024, 1536} {
		digits := modelKernel(primeBits / 512 * 10).digits
		n := rsamodel.Modulus(primeBits)
		twice, one := new(big.Int).Lsh(n, 1), big.NewInt(1)
		edges := []*big.Int{
			new(big.Int), one, new(big.Int).Sub(n, one), n, new(big.Int).Add(n, one), new(big.Int).Sub(twice, one),
		}
		number := make([]uint64, digits)
		radix52.digitsOf(n, number)
		modulus := append([]uint64(nil), number...)
		for round := range rsamodel.Rounds(200, 10_000) {
			x, y, scratch := aligned(digits*eight), aligned(digits*eight), aligned(digits*eight)
			var xs, ys [eight]*big.Int
			for lane := range eight {
				xs[lane], ys[lane] = rsamodel.Pick(twice), rsamodel.Pick(twice)
				if at := round*eight + lane; at < len(edges)*len(edges) {
					xs[lane], ys[lane] = edges[at/len(edges)], edges[at%len(edges)]
				}
				radix52.digitsOf(xs[lane], number)
				putLane(x, lane, number)
				radix52.digitsOf(ys[lane], number)
				putLane(y, lane, number)
			}
			requireLanes := func(z []uint64, want func(x, y *big.Int) *big.Int) {
				t.Helper()
				for lane := range eight {
					takeLane(number, z, lane)
					require.Zero(t, radix52.numberOf(number).Cmp(want(xs[lane], ys[lane])), "x %x y %x", xs[lane], ys[lane])
					for _, digit := range number {
						require.LessOrEqual(t, digit, uint64(digitMask))
					}
				}
			}
			z := append([]uint64(nil), x...)
			addEight(z, y)
			requireLanes(z, func(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) })

			z = append([]uint64(nil), x...)
			negateEight(z, modulus)
			requireLanes(z, func(x, _ *big.Int) *big.Int { return new(big.Int).Sub(twice, x) })

			z = append([]uint64(nil), x...)
			reduceEight(z, modulus, scratch)
			requireLanes(z, func(x, _ *big.Int) *big.Int { return new(big.Int).Mod(x, n) })

			radix52.digitsOf(ys[0], number)
			spread(z, number)
			requireLanes(z, func(_, _ *big.Int) *big.Int { return ys[0] })
		}
	}
}
