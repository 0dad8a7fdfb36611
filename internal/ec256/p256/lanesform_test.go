// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSetWide: numbers up to 4 p.
func TestSetWide(t *testing.T) {
	random := newRand(t)
	four := new(big.Int).Lsh(bigP, 2)
	for i := range cases() {
		x := new(big.Int).Mul(random256(random), big.NewInt(int64(random.IntN(4))))
		if i%2 == 0 {
			x.Add(new(big.Int).Mul(bigP, big.NewInt(int64(i%5))), big.NewInt(int64(random.IntN(5)-2)))
		}
		x.Mod(x, four)
		low := limbsOf(bytesFromBig(new(big.Int).Mod(x, power2(256))))
		var z fieldElement
		z.setWide(&low, new(big.Int).Rsh(x, 256).Uint64())
		require.Zero(t, bigFromLimbs(z).Cmp(new(big.Int).Mod(x, bigP)), "%x", x)
	}
}
