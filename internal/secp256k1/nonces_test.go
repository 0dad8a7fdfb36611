// Code generated from p256/nonces_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
	"github.com/stretchr/testify/require"
)

// withNonceLanes has the nonces of a test derived in other lanes.
func withNonceLanes(t *testing.T, plain, hedged *rfc6979.Lanes) {
	plainHere, hedgedHere := plainLanes, hedgedLanes
	plainLanes, hedgedLanes = plain, hedged
	t.Cleanup(func() { plainLanes, hedgedLanes = plainHere, hedgedHere })
}

// TestNonces: in lanes and without them, batches have the same nonces.
func TestNonces(t *testing.T) {
	random := newRand(t)
	variants := [][2]*rfc6979.Lanes{
		{nil, nil}, {plainLanes, hedgedLanes}, {rfc6979.NewLanes(plainModel), rfc6979.NewLanes(hedgedModel)},
	}
	for range 3 {
		k := privateKey(t, new(big.Int).SetBit(new(big.Int).Rsh(random256(random), 1), 0, 1))
		digests, extras := randomDigests(random, 19), randomDigests(random, 19)
		copy(digests[3][:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) // above n
		for _, extras := range [][][32]byte{nil, extras} {
			var want [][64]byte
			for _, v := range variants {
				withNonceLanes(t, v[0], v[1])
				got, ok := k.SignBatch(digests, extras)
				require.True(t, ok)
				if want == nil {
					want = got
				}
				require.Equal(t, want, got)
			}
		}
	}
}

// TestNonces_rejected: a first value that is no nonce, which comes once in 2^32 times or less.
func TestNonces_rejected(t *testing.T) {
	k, digests := privateKey(t, big.NewInt(12345)), randomDigests(newRand(t), 18)
	want, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	asked := 0
	rejected := rfc6979.NewLanes(hash16.New([8]uint32{}, func(s *hash16.State, _ *hash16.Block) {
		asked++
		for i := range s {
			s[i] = hash16.Same(0xffffffff)
		}
	}, func() {}))
	withNonceLanes(t, rejected, rejected)
	got, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	require.Positive(t, asked)
	require.Equal(t, want, got)
}
