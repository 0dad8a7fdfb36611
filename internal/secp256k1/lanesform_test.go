// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSetWide: what is above 256 bits comes back in.
func TestSetWide(t *testing.T) {
	random := newRand(t)
	for range cases() {
		x := new(big.Int).Add(random256(random), new(big.Int).Lsh(big.NewInt(int64(random.IntN(16))), 256))
		low := limbsOf(bytesFromBig(new(big.Int).Mod(x, power2(256))))
		var z fieldElement
		z.setWide(&low, new(big.Int).Rsh(x, 256).Uint64())
		require.Zero(t, bigFromLimbs(z.canonical()).Cmp(new(big.Int).Mod(x, bigP)), "%x", x)
	}
}
