// SPDX-License-Identifier: Apache-2.0

//go:build !race

package signer

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Under the race detector a pool forgets at random.
func TestKernelAllocates(t *testing.T) {
	if here, _ := kernelHere(t); !here {
		t.Skip("SKIPPED: crypto/rsa allocates as it likes")
	}
	digest := sha256.Sum256(nil)
	for _, pair := range keyspec.Pairs()[:4] { // RSA
		for _, opts := range [][]Option{nil, {Deterministic()}} {
			s, err := New(rsaKey(t, pair.KeySpec), pair.Algorithm, opts...)
			require.NoError(t, err)
			allocations := testing.AllocsPerRun(3, func() {
				if _, err := s.SignDigest(context.Background(), digest[:]); err != nil {
					panic(err)
				}
			})
			require.LessOrEqual(t, allocations, 3.0, "%s", pair)
		}
	}
}
