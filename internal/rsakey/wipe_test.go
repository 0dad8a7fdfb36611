// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"bytes"
	"math/big"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMemoryIsWiped: an operation leaves no numbers in the memory that it worked in, but for the
// blinding of the next.
func TestMemoryIsWiped(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		if spared(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := testKeys(t, kernel.primeBits())["published"]
			k := newKey(key, kernel)
			one, all := newScratch(kernel), newScratchEight(kernel)
			k.scratch.New = func() any { return one }
			k.scratchEight.New = func() any { return all }
			message := bytesOf(key, new(big.Int).Rsh(key.N, 1))
			half := bytes.Repeat([]byte{0xa5}, key.Size()/2)

			require.NotNil(t, k.Sign(message))
			requireZero(t, reflect.ValueOf(one))
			require.NotEmpty(t, one.blinding.blind, "the operation ran in this memory")
			k.Power(message, half, half)
			requireZero(t, reflect.ValueOf(one))
			if !k.Lanes() {
				return
			}
			k.SignBatch(slices.Repeat([][]byte{message}, eight), make([][]byte, eight))
			requireZero(t, reflect.ValueOf(all))
			require.NotEmpty(t, all.one.blinding.blind, "the operation ran in this memory")
			k.PowerEight(message, half)
			requireZero(t, reflect.ValueOf(all))
		})
	}
}

// requireZero: all words of a scratch are zero, but for its blinding.
func requireZero(t *testing.T, x reflect.Value) {
	t.Helper()
	switch x.Kind() {
	case reflect.Pointer:
		if x.Type() != reflect.TypeFor[*blinding]() {
			requireZero(t, x.Elem())
		}
	case reflect.Struct:
		for i := range x.NumField() {
			requireZero(t, x.Field(i))
		}
	case reflect.Array, reflect.Slice:
		for i := range x.Len() {
			requireZero(t, x.Index(i))
		}
	default:
		require.True(t, x.IsZero())
	}
}

// TestWithhold: a result that failed its check is gone, even where a fault skips the branch.
func TestWithhold(t *testing.T) {
	signature := []byte{1, 2, 3}
	require.Equal(t, []byte{1, 2, 3}, withhold(signature, 0))
	require.Nil(t, withhold(signature, ^uint64(0)))
	require.Equal(t, make([]byte, 3), signature)
}
