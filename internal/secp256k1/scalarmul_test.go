// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestScalarFold takes the reduction to its bounds, which products do not reach.
func TestScalarFold(t *testing.T) {
	r := newRand(t)
	ones := [4]uint64{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}
	check := func(x, y [4]uint64) {
		// Not reduced: mul does not need it.
		sx, sy := scalar(x), scalar(y)
		var z scalar
		z.mul(&sx, &sy)
		requireScalar(t, "mul", new(big.Int).Mul(bigFromLimbs(x), bigFromLimbs(y)), z, bigFromLimbs(x), bigFromLimbs(y))
	}
	check(ones, ones)
	for range cases() {
		check(limbsFromBig(random256(r)), limbsFromBig(random256(r)))
	}
}

func TestIsHigh(t *testing.T) {
	r, half := newRand(t), new(big.Int).Rsh(bigN, 1)
	check := func(x *big.Int) {
		s := scalarFromBig(x)
		require.Equal(t, maskOf(bigFromLimbs(s).Cmp(half) > 0), s.isHigh(), "%x", x)
	}
	for _, x := range edges {
		for d := int64(-2); d <= 2; d++ {
			check(new(big.Int).Add(x, big.NewInt(d)))
		}
	}
	for range cases() {
		check(random256(r))
	}
}

// TestScalarInverse_manySteps takes 536 divsteps, more than nine times 59, which random numbers hardly
// ever do.
func TestScalarInverse_manySteps(t *testing.T) {
	x := fromHex(t, "cfe56a2250a5f16a28cd76ee83c43916a2d7ec7f9afb0945e1f6bca93573c79d")
	s := scalarFromBig(x)
	s.inverse(&s)
	requireScalar(t, "1/", new(big.Int).ModInverse(x, bigN), s, x)
}
