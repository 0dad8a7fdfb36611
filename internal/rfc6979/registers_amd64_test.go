// SPDX-License-Identifier: Apache-2.0

package rfc6979

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/registers"
	"github.com/stretchr/testify/require"
)

// TestRegistersAreCleared looks into the vector registers after a batch. What stays there does so
// until other code needs the registers, and the next signal writes it to memory.
func TestRegistersAreCleared(t *testing.T) {
	for name, v := range variants(t) {
		if v.lanes.Worth() == 1 {
			continue // the model
		}
		t.Run(name, func(t *testing.T) {
			// The last blocks of a batch have the nonces in them, as their state after the last.
			left := func(hash *hash16.Hash) (found []string) {
				var key [size]byte
				digests, nonces := make([][size]byte, hash16.Lanes), make([][size]byte, hash16.Lanes)
				rand.Read(key[:])
				for i := range digests {
					rand.Read(digests[i][:])
				}
				newBatch(hash).nonces(nonces, &key, digests, nil)
				var z [32][8]uint64
				var k [8]uint64
				registers.Dump(&z, &k)
				secret := map[uint32]bool{}
				for _, nonce := range nonces {
					for i := 0; i < size; i += 4 {
						secret[uint32(nonce[i])<<24|uint32(nonce[i+1])<<16|uint32(nonce[i+2])<<8|uint32(nonce[i+3])] = true
					}
				}
				delete(secret, 0) // what the registers hold
				for i, lanes := range z {
					for lane, word := range lanes {
						if secret[uint32(word)] || secret[uint32(word>>32)] {
							found = append(found, fmt.Sprintf("Z%d lane %d: %x", i, lane, word))
						}
					}
				}
				return found
			}
			for range 5 {
				require.Empty(t, left(v.lanes))
			}

			// The test would see them: without the clearing they are there.
			seen := false
			for try := 0; try < 100 && !seen; try++ { // a signal may have come in between
				seen = len(left(v.lanes.Careless())) >= 16
			}
			require.True(t, seen)
		})
	}
}
