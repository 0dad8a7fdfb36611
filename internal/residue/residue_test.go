// SPDX-License-Identifier: Apache-2.0

package residue

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

var bigModulus = big.NewInt(modulus)

func TestOf(t *testing.T) {
	words := []uint64{0, 1, 1<<57 - 2, 1<<57 - 1, 1 << 57, 1<<57 + 1, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1}
	for i := range 20_000 {
		var x [4]uint64
		want := new(big.Int)
		for j := 3; j >= 0; j-- {
			x[j] = words[rand.IntN(len(words))]
			if i%2 == 0 {
				x[j] = rand.Uint64()
			}
			want.Lsh(want, 64).Add(want, new(big.Int).SetUint64(x[j]))
		}
		require.Equal(t, want.Mod(want, bigModulus).Uint64(), Of(&x), "%x", x)
	}
}

func TestShifted(t *testing.T) {
	for place := range 257 {
		for _, x := range []uint64{0, 1, 3, 31, modulus - 1, rand.Uint64N(modulus)} {
			want := new(big.Int).Lsh(new(big.Int).SetUint64(x), uint(place))
			require.Equal(t, want.Mod(want, bigModulus).Uint64(), Shifted(x, place), "%x 2^%d", x, place)
		}
	}
}

func TestReduce(t *testing.T) {
	check := func(sum int64) {
		want := big.NewInt(sum)
		require.Equal(t, want.Mod(want, bigModulus).Uint64(), Reduce(uint64(sum)), "%d", sum)
	}
	for i := int64(-63); i <= 63; i++ {
		for d := int64(-70); d <= 70; d++ {
			check(max(min(i, 62), -62)*modulus + d)
		}
		check(i * modulus)
	}
	for range 20_000 {
		check(int64(rand.Uint64()))
	}
}
