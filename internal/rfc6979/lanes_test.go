// SPDX-License-Identifier: Apache-2.0

package rfc6979

import (
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"os"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/hash16/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A variant is a hash in lanes and one by one.
type variant struct {
	lanes   *hash16.Hash
	newHash func() hash.Hash
}

// variants are the models and, where the machine has the lanes, the assembly.
func variants(t testing.TB) map[string]variant {
	all := map[string]variant{
		"SHA-256, model": {model.SHA256(), sha256.New},
		"SM3, model":     {model.SM3(), sm3.New},
	}
	if hash16.SHA256() == nil {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there are no lanes")
		t.Log("SKIPPED: the assembly: this machine has no AVX-512")
		return all
	}
	all["SHA-256"] = variant{hash16.SHA256(), sha256.New}
	all["SM3"] = variant{hash16.SM3(), sm3.New}
	return all
}

func TestLanes(t *testing.T) {
	for name, v := range variants(t) {
		t.Run(name, func(t *testing.T) {
			b, g := newBatch(v.lanes), New(v.newHash())
			for round := range 3 * hash16.Lanes {
				var key [size]byte
				rand.Read(key[:])
				count := 1 + round%hash16.Lanes
				digests, extras, nonces := make([][size]byte, count), make([][size]byte, count), make([][size]byte, count)
				for i := range digests {
					rand.Read(digests[i][:])
					rand.Read(extras[i][:])
				}
				digests[0] = [size]byte{}
				for i := range digests[count-1] {
					digests[count-1][i] = 0xff
				}

				b.nonces(nonces, &key, digests, nil)
				requireWiped(t, b)
				for i := range nonces {
					require.Equal(t, written(v.newHash, key[:], digests[i][:], nil, 1)[0], nonces[i][:])
					g.Start(&key, &digests[i], nil)
					require.Equal(t, *g.Next(), nonces[i])
				}
				b.nonces(nonces, &key, digests, extras)
				requireWiped(t, b)
				for i := range nonces {
					require.Equal(t, written(v.newHash, key[:], digests[i][:], extras[i][:], 1)[0], nonces[i][:])
				}
				b.noncesHedged(nonces, &key, digests, extras)
				requireWiped(t, b)
				for i := range nonces {
					g.StartHedged(&key, &digests[i], &extras[i])
					require.Equal(t, *g.Next(), nonces[i])
				}
			}
		})
	}
}

// TestLanes_count: how many at once, and that calls share nothing.
func TestLanes_count(t *testing.T) {
	require.Nil(t, NewLanes(nil))
	require.Zero(t, NewLanes(nil).Count(64))
	l := NewLanes(model.SM3())
	for n, want := range map[int]int{0: 0, 1: 1, 15: 15, 16: 16, 17: 16, 64: 16} {
		require.Equal(t, want, l.Count(n))
	}
	for name, v := range variants(t) {
		l := NewLanes(v.lanes)
		require.Zero(t, l.Count(v.lanes.Worth()-1), name)
		require.Equal(t, v.lanes.Worth(), l.Count(v.lanes.Worth()), name)

		key, digests := [size]byte{1}, make([][size]byte, 3)
		digests[1][0], digests[2][31] = 2, 3
		plain, hedged := make([][size]byte, 3), make([][size]byte, 3)
		l.Nonces(plain, &key, digests, nil)
		l.NoncesHedged(hedged, &key, digests, digests)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				got := make([][size]byte, 3)
				for range 5 {
					l.Nonces(got, &key, digests, nil)
					assert.Equal(t, plain, got)
					l.NoncesHedged(got, &key, digests, digests)
					assert.Equal(t, hedged, got)
				}
			})
		}
		wg.Wait()
	}
}

// requireWiped looks at all memory of the batch.
func requireWiped(t *testing.T, b *batch) {
	require.Equal(t, &batch{hash: b.hash, message: b.message}, b)
	for _, w := range b.message[:cap(b.message)] {
		require.Zero(t, w)
	}
}

func BenchmarkLanes(b *testing.B) {
	for name, v := range variants(b) {
		b.Run(name, func(b *testing.B) {
			batch := newBatch(v.lanes)
			var key [size]byte
			var digests, extras, nonces [hash16.Lanes][size]byte
			b.Run("lanes", func(b *testing.B) {
				for b.Loop() {
					batch.nonces(nonces[:], &key, digests[:], nil)
				}
			})
			b.Run("lanes, extra", func(b *testing.B) {
				for b.Loop() {
					batch.nonces(nonces[:], &key, digests[:], extras[:])
				}
			})
			b.Run("lanes, hedged", func(b *testing.B) {
				for b.Loop() {
					batch.noncesHedged(nonces[:], &key, digests[:], extras[:])
				}
			})
			g := New(v.newHash())
			b.Run("one by one", func(b *testing.B) {
				for b.Loop() {
					for i := range digests {
						g.Start(&key, &digests[i], nil)
						g.Next()
						g.Wipe()
					}
				}
			})
		})
	}
}
