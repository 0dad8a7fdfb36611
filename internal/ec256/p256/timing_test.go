// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the timing test times is what it says, against the reference.
func TestTimedMultiples(t *testing.T) {
	for _, x := range []*big.Int{
		one,
		big.NewInt(2),
		power2(128),
		new(big.Int).Sub(bigN, one),
		new(big.Int).Sub(power2(256), bigN), // where the comb's last addition is a doubling
		new(big.Int).SetBytes([]byte("timed operations of the curves .")),
	} {
		p, finite := referenceMultiple(x)
		require.True(t, finite)
		require.Equal(t, p.x.bytes(), BaseMult(bytesFromBig(x)))
		require.Equal(t, p.x.bytes(), BaseMultEight(bytesFromBig(x)))
		require.Equal(t, p.x.bytes(), BaseMultSpread(bytesFromBig(x)))
	}
}
