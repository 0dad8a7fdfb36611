// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the timing test times is what it says, against math/big and decred.
func TestTimedOperations(t *testing.T) {
	one := big.NewInt(1)
	for _, x := range []*big.Int{
		one,
		big.NewInt(2),
		new(big.Int).Lsh(one, 128),
		new(big.Int).Sub(bigN, one),
		new(big.Int).Sub(new(big.Int).Lsh(one, 256), bigN), // where the comb's last addition is a doubling
		big.NewInt(0).SetBytes([]byte("timed operations of secp256k1 ..")),
	} {
		b := bytesFromBig(x)
		require.Equal(t, *bytesFromBig(new(big.Int).ModInverse(x, bigP)), FieldInverse(b))
		require.Equal(t, *bytesFromBig(new(big.Int).ModInverse(x, bigN)), ScalarInverse(b))
		p, finite := referenceMultiple(x)
		require.True(t, finite)
		require.Equal(t, p.x.bytes(), BaseMult(b))
		require.Equal(t, p.x.bytes(), BaseMultEight(b))
		require.Equal(t, p.x.bytes(), BaseMultSpread(b))
	}
	require.Zero(t, FieldInverse(new([32]byte)))
	require.Zero(t, ScalarInverse(new([32]byte)))
}
