// SPDX-License-Identifier: Apache-2.0

//go:build !race

package signer

import (
	"context"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A signature of our own arithmetic costs one allocation: itself. A deterministic one is verified
// as it is returned, which reads its DER. The race detector makes
// sync.Pool drop workspaces at random, and so this test is not for it.
func TestOwnAllocations(t *testing.T) {
	if !ownCurves(false) {
		t.Skip("the curves use the primitives in this build or mode")
	}
	ctx, digest := context.Background(), make([]byte, 32)
	for _, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K, keyspec.ECSM2} {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		for _, c := range []struct {
			opts        []Option
			allocations float64
		}{{nil, 1}, {[]Option{Deterministic()}, 3}} {
			s, err := New(key, spec.Algorithms()[0], c.opts...)
			require.NoError(t, err)
			sign := func() {
				_, err := s.SignDigest(ctx, digest)
				require.NoError(t, err)
			}
			for range 12 { // until the tables to verify with are made
				sign()
			}
			require.LessOrEqual(t, testing.AllocsPerRun(50, sign), c.allocations)
		}
	}
}
