// SPDX-License-Identifier: Apache-2.0

package rfc6979

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"math/rand/v2"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"github.com/stretchr/testify/require"
)

// written is RFC 6979, section 3.2, written out: the first values of step h.
func written(newHash func() hash.Hash, key, digest, extra []byte, count int) (values [][]byte) {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(newHash, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	v, k := bytes.Repeat([]byte{1}, 32), make([]byte, 32)
	k = mac(k, v, []byte{0}, key, digest, extra)
	v = mac(k, v)
	k = mac(k, v, []byte{1}, key, digest, extra)
	v = mac(k, v)
	for range count {
		v = mac(k, v)
		values = append(values, v)
		k = mac(k, v, []byte{0})
		v = mac(k, v)
	}
	return values
}

func TestGenerator(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	for name, newHash := range map[string]func() hash.Hash{"SHA-256": sha256.New, "SM3": sm3.New} {
		g := New(newHash())
		for i := range 200 {
			var key, digest, extra [32]byte
			random.Read(key[:])
			random.Read(digest[:])
			random.Read(extra[:])
			more, asBytes := &extra, extra[:]
			if i%2 == 0 {
				more, asBytes = nil, nil
			}
			g.Start(&key, &digest, more)
			for _, want := range written(newHash, key[:], digest[:], asBytes, 4) {
				require.Equal(t, want, g.Next()[:], name)
				g.Reject()
			}
			if i%3 == 0 { // or a generator that was not wiped
				g.Wipe()
			}
		}
	}
}

func TestGenerator_StartHedged(t *testing.T) {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	key, digest, extra := [32]byte{1}, [32]byte{2}, [32]byte{3}
	g := New(sha256.New())
	for range 2 {
		g.StartHedged(&key, &digest, &extra)
		v := mac(key[:], mac(key[:], extra[:], digest[:]))
		require.Equal(t, v, g.Next()[:])
		g.Reject()
		k := mac(key[:], v, []byte{0})
		require.Equal(t, mac(k, mac(k, v)), g.Next()[:])
		g.Wipe()
		require.Zero(t, g.key)
		require.Zero(t, g.message)
	}
}

// RFC 6979, appendix A.2.5, with SHA-256 and the message "sample".
func TestGenerator_published(t *testing.T) {
	key, err := hex.DecodeString("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
	require.NoError(t, err)
	digest := sha256.Sum256([]byte("sample"))
	g := New(sha256.New())
	g.Start((*[32]byte)(key), &digest, nil)
	require.Equal(t, "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60", hex.EncodeToString(g.Next()[:]))
}

// TestGenerator_Wipe: nothing of a signature is left in the memory that the next one uses.
func TestGenerator_Wipe(t *testing.T) {
	g, fresh := New(sha256.New()), New(sha256.New())
	key := [32]byte{1, 2, 3}
	g.Start(&key, &key, &key)
	g.Next()
	g.Wipe()
	fresh.hash.Reset()
	require.Equal(t, fresh.hash, g.hash)
	require.Zero(t, g.key)
	require.Zero(t, g.value)
	require.Zero(t, g.block)
	require.Zero(t, g.message)
	require.Equal(t, make([]byte, len(g.current.inner)), g.current.inner)
	require.Equal(t, make([]byte, len(g.current.outer)), g.current.outer)
}

// TestNew_invalid: a hash of another size, or one whose state cannot be had, panics.
func TestNew_invalid(t *testing.T) {
	require.Panics(t, func() { New(sha512.New()) })
	require.Panics(t, func() { New(opaque{sha256.New()}) })
}

type opaque struct{ h hash.Hash }

func (o opaque) Write(p []byte) (int, error) { return o.h.Write(p) }
func (o opaque) Sum(b []byte) []byte         { return o.h.Sum(b) }
func (o opaque) Reset()                      { o.h.Reset() }
func (o opaque) Size() int                   { return o.h.Size() }
func (o opaque) BlockSize() int              { return o.h.BlockSize() }
