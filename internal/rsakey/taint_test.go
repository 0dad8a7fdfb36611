// SPDX-License-Identifier: Apache-2.0

//go:build valgrind

package rsakey

import (
	"math/big"
	"slices"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/taint"
)

// TestTaint signs with a secret key and a secret message, on the models and on the assembly with
// MULX, which valgrind can run. The selections of the models are masked here, as those of the
// assembly are.
func TestTaint(t *testing.T) {
	if !taint.Running() {
		t.Skip("it is for valgrind")
	}
	models := []*kernel{modelKernel(20), modelKernel(30)}
	if len(adxKernels) == 0 {
		models = append(models, modelKernel64(16), modelKernel64(24))
	}
	for _, model := range append(models, adxKernels...) {
		key := testKeys(t, model.primeBits())["published"]
		pre := &key.Precomputed
		for _, x := range []*big.Int{key.Primes[0], key.Primes[1], pre.Dp, pre.Dq, pre.Qinv} {
			taint.SecretSlice(x.Bits())
		}
		if slices.Contains(models, model) {
			maskSelections(model)
		}
		k := newKey(key, model)

		message := make([]byte, k.size)
		message[1] = 1
		messages := make([][]byte, eight)
		for i := range messages {
			messages[i] = append([]byte(nil), message...)
			taint.SecretSlice(messages[i])
		}
		taint.SecretSlice(message)
		if k.Sign(message) == nil {
			t.Fatal("withheld")
		}
		if !k.Lanes() {
			continue
		}
		signatures := make([][]byte, eight)
		k.SignBatch(messages, signatures)
	}
}

func maskSelections(model *kernel) {
	half, words := model.halfWords(), model.eightWords()
	model.selectPair = func(z, table *uint64, i, j uint64) {
		selectMasked(z, table, i, 1<<window, half, 2*half)
		selectMasked(at8(z, half), at8(table, half), j, 1<<window, half, 2*half)
	}
	if lanes := model.lanes; lanes != nil {
		lanes.MultiplyEntry = func(z, x, table *uint64, i uint64, n, _, k0, t *uint64) {
			selectMasked(t, table, i, 1<<windowEight, words, words)
			lanes.Multiply(z, x, t, n, k0)
		}
	}
}

// selectMasked sets z to entry i, of so many words, of a table of entries that begin stride
// words apart, and reads all of them.
func selectMasked(z, table *uint64, i, entries uint64, words, stride int) {
	to := unsafe.Slice(z, words)
	clear(to)
	for entry := range entries {
		different := entry ^ i
		mask := (different|-different)>>63 - 1
		for j, word := range unsafe.Slice(at8(table, int(entry)*stride), words) {
			to[j] |= word & mask
		}
	}
}
