// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the timing test times is what it says, against math/big.
func TestTimedInverses(t *testing.T) {
	for _, x := range []*big.Int{one, big.NewInt(2), power2(128), new(big.Int).Sub(bigN, one)} {
		require.Equal(t, *bytesFromBig(new(big.Int).ModInverse(x, bigP)), FieldInverse(bytesFromBig(x)))
		require.Equal(t, *bytesFromBig(new(big.Int).ModInverse(x, bigN)), ScalarInverse(bytesFromBig(x)))
	}
	require.Zero(t, FieldInverse(new([32]byte)))
	require.Zero(t, ScalarInverse(new([32]byte)))
}
