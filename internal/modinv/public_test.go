// SPDX-License-Identifier: Apache-2.0

package modinv

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPublicDivsteps compares 62 divsteps, several of which are done at once, with the definition, one
// after the other.
func TestPublicDivsteps(t *testing.T) {
	random := newRand(t)
	for range cases() / 8 {
		first := random.IntN(41) - 20
		low, high := random.Uint64()|1, random.Uint64()
		if random.IntN(4) == 0 {
			high <<= random.IntN(64)
		}
		delta, f, g := first, new(big.Int).SetUint64(low), new(big.Int).SetUint64(high)
		// The rows of T, not divided by 2: those of f double instead.
		u, v, q, r := big.NewInt(1), new(big.Int), new(big.Int), big.NewInt(1)
		for range 62 {
			switch {
			case g.Bit(0) == 0:
				delta++
			case delta > 0:
				delta = 1 - delta
				f, g = g, new(big.Int).Sub(g, f)
				u, q = q, new(big.Int).Sub(q, u)
				v, r = r, new(big.Int).Sub(r, v)
			default:
				delta++
				g = new(big.Int).Add(g, f)
				q, r = new(big.Int).Add(q, u), new(big.Int).Add(r, v)
			}
			g = new(big.Int).Rsh(g, 1)
			u, v = new(big.Int).Lsh(u, 1), new(big.Int).Lsh(v, 1)
		}
		gotDelta, got := publicDivsteps(first, low, high)
		want := matrix{uint64(u.Int64()), uint64(v.Int64()), uint64(q.Int64()), uint64(r.Int64())}
		require.Equal(t, want, got, "%d %x %x", first, low, high)
		require.Equal(t, delta, gotDelta, "%d %x %x", first, low, high)
	}
}
