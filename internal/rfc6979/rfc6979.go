// SPDX-License-Identifier: Apache-2.0

// Package rfc6979 derives the nonces of ECDSA and SM2 (RFC 6979, section 3.2) from
// digests and private keys of 256 bits, with a hash of 256 bits.
package rfc6979

import (
	"encoding"
	"hash"
)

// size is the length of a key, of a digest and of what the hash returns, in bytes.
const size = 32

// blockSize is the length of a block of SHA-256 and of SM3.
const blockSize = 64

// A Generator is the HMAC_DRBG of RFC 6979, section 3.2. It is made by [New], and may be
// used for one signature after the other, but not for two at once. Between [Generator.Start]
// and [Generator.Wipe] it holds secrets.
//
// The HMAC is its own for speed. crypto/hmac allocates six objects for each of the three
// keys of a signature, and hashes a padded key again for the first two messages.
type Generator struct {
	hash    hash.Hash
	blank   []byte  // its state at the start
	zero    hmacKey // the key K of step c
	current hmacKey // K

	key, value [size]byte // K and V
	block      [blockSize]byte
	message    [size + 1 + 3*size]byte
}

// An hmacKey is the state of the hash after either padded key.
type hmacKey struct {
	inner, outer []byte
}

// New returns a generator with HMAC of the hash, which has blocks of 64 bytes and results
// of 32, and states that can be saved, as SHA-256 and SM3 have.
func New(h hash.Hash) *Generator {
	if h.Size() != size || h.BlockSize() != blockSize {
		panic("rfc6979: the hash has another size")
	}
	g := &Generator{hash: h}
	g.hash.Reset()
	g.blank = g.appendState(nil)
	g.setKey(&g.zero)
	return g
}

// setKey sets k for the key K.
func (g *Generator) setKey(k *hmacKey) {
	k.inner = g.padded(k.inner, 0x36)
	k.outer = g.padded(k.outer, 0x5c)
}

// padded returns the state after the key with the padding, in the place of state.
func (g *Generator) padded(state []byte, padding byte) []byte {
	for i := range g.block {
		g.block[i] = padding
	}
	for i, k := range g.key {
		g.block[i] ^= k
	}
	g.hash.Reset()
	g.hash.Write(g.block[:])
	return g.appendState(state[:0])
}

// mac sets z to HMAC of the message.
func (g *Generator) mac(z *[size]byte, k *hmacKey, message []byte) {
	g.restoreState(k.inner)
	g.hash.Write(message)
	g.hash.Sum(z[:0])
	g.restoreState(k.outer)
	g.hash.Write(z[:])
	g.hash.Sum(z[:0])
}

// appendState and restoreState panic on an error, which these hashes do not return: to go on
// would be to hash without the key.

func (g *Generator) appendState(b []byte) []byte {
	b, err := g.hash.(encoding.BinaryAppender).AppendBinary(b)
	if err != nil {
		panic("rfc6979: " + err.Error())
	}
	return b
}

func (g *Generator) restoreState(state []byte) {
	if err := g.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("rfc6979: " + err.Error())
	}
}

// Start does the steps b to g for the private key and the digest modulo n. If extra is
// not nil, it is the additional data k' of section 3.6.
func (g *Generator) Start(key, digest, extra *[size]byte) {
	for i := range g.value {
		g.value[i] = 1
	}
	k := &g.zero
	for separator := range byte(2) {
		m := append(g.message[:0], g.value[:]...)
		m = append(m, separator)
		m = append(m, key[:]...)
		m = append(m, digest[:]...)
		if extra != nil {
			m = append(m, extra[:]...)
		}
		g.mac(&g.key, k, m)
		g.setKey(&g.current)
		k = &g.current
		g.mac(&g.value, k, g.value[:])
	}
}

// StartHedged starts with another construction, of a third of the cost, for nonces that are
// never made again: K is the private key, and V is HMAC_K(extra || digest). Without the key,
// the values are indistinguishable from random ones as long as HMAC is a pseudo-random
// function, even if extra is known and repeats.
func (g *Generator) StartHedged(key, digest, extra *[size]byte) {
	g.key = *key
	g.setKey(&g.current)
	g.mac(&g.value, &g.current, append(append(g.message[:0], extra[:]...), digest[:]...))
}

// Next returns the next value of step h, big-endian, which the next call overwrites. It is
// a nonce only if it is in [1, n-1]; otherwise, or if it makes no signature, call
// [Generator.Reject] and take the one after it.
func (g *Generator) Next() *[size]byte {
	g.mac(&g.value, &g.current, g.value[:])
	return &g.value
}

// Reject does what step h.3 does after a value that is no nonce, or whose signature is
// none.
func (g *Generator) Reject() {
	m := append(append(g.message[:0], g.value[:]...), 0)
	g.mac(&g.key, &g.current, m)
	g.setKey(&g.current)
	g.mac(&g.value, &g.current, g.value[:])
}

// Wipe zeroes what depends on the private key.
func (g *Generator) Wipe() {
	g.restoreState(g.blank)
	clear(g.current.inner)
	clear(g.current.outer)
	clear(g.key[:])
	clear(g.value[:])
	clear(g.block[:])
	clear(g.message[:])
}
