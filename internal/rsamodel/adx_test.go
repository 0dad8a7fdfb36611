// SPDX-License-Identifier: Apache-2.0

package rsamodel

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMultiplyWords holds the model to its definition. The model of package rsaifma is held to its
// own there, where the assembly is.
func TestMultiplyWords(t *testing.T) {
	for _, words := range []int{16, 24, 32, 48} {
		power := new(big.Int).Lsh(big.NewInt(1), uint(64*words))
		for range Rounds(500, 250_000) {
			x, y, modulus := Pick(power), Pick(power), Modulus(64*words)
			of := func(x *big.Int) []uint64 {
				z := make([]uint64, words)
				SetDigits(z, x, 1, 64)
				return z
			}
			z, xs, ys, n := make([]uint64, words), of(x), of(y), of(modulus)
			MultiplyWords(&z[0], &xs[0], &ys[0], &n[0], NegativeInverse(modulus, 64), words)
			left := new(big.Int).Mul(Number(z, 1, 64), power)
			left.Sub(left, new(big.Int).Mul(x, y))
			require.Zero(t, left.Mod(left, modulus).Sign(), "x %x y %x n %x", x, y, modulus)
		}
	}
}
