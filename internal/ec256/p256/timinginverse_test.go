// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the timing test times is what it says, against math/big.
func TestTimedInverses(t *testing.T) {
	for _, x := range []*big.Int{one, big.NewInt(2), power2(128), new(big.Int).Sub(bigN, one)} {
		sum := new(big.Int).ModInverse(x, bigP)
		sum.Mod(sum, bigN).Add(sum, new(big.Int).ModInverse(x, bigN)).Mod(sum, bigN)
		require.Equal(t, *bytesFromBig(sum), Inverses(bytesFromBig(x)))
	}
	require.Zero(t, Inverses(new([32]byte)))
}
