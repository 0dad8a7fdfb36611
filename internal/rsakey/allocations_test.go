// SPDX-License-Identifier: Apache-2.0

//go:build !race

package rsakey

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// Under the race detector a pool forgets at random.
func TestSignAllocates(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		t.Run(name, func(t *testing.T) {
			key := testKeys(t, kernel.primeBits())["published"]
			k, message := newKey(key, kernel), bytesOf(key, big.NewInt(12345))
			require.LessOrEqual(t, testing.AllocsPerRun(3, func() { k.Sign(message) }), 1.0)
		})
	}
}
