package secp256k1

import (
	"crypto/sha256"
	"encoding"
	"hash"
)

// A nonceGenerator is the HMAC_DRBG of RFC 6979, section 3.2, with HMAC-SHA-256. It is
// made by newNonceGenerator, and may be used for one signature after the other.
//
// The HMAC is its own for speed. crypto/hmac allocates six objects for each of the three
// keys of a signature, and hashes a padded key again for the first two messages.
type nonceGenerator struct {
	hash    hash.Hash // SHA-256
	blank   []byte    // its state at the start
	zero    hmacKey   // the key K of step c
	current hmacKey   // K

	key, value [32]byte // K and V
	block      [sha256.BlockSize]byte
	message    [32 + 1 + 3*32]byte
}

// An hmacKey is the state of SHA-256 after either padded key.
type hmacKey struct {
	inner, outer []byte
}

func newNonceGenerator() *nonceGenerator {
	g := &nonceGenerator{hash: sha256.New()}
	g.blank = g.appendState(nil)
	g.setKey(&g.zero)
	return g
}

// setKey sets k for the key K.
func (g *nonceGenerator) setKey(k *hmacKey) {
	k.inner = g.padded(k.inner, 0x36)
	k.outer = g.padded(k.outer, 0x5c)
}

// padded returns the state after the key with the padding, in the place of state.
func (g *nonceGenerator) padded(state []byte, padding byte) []byte {
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

// mac sets z to HMAC-SHA-256 of the message.
func (g *nonceGenerator) mac(z *[32]byte, k *hmacKey, message []byte) {
	g.restoreState(k.inner)
	g.hash.Write(message)
	g.hash.Sum(z[:0])
	g.restoreState(k.outer)
	g.hash.Write(z[:])
	g.hash.Sum(z[:0])
}

// appendState and restoreState panic on an error, which SHA-256 does not return: to go on
// would be to hash without the key.

func (g *nonceGenerator) appendState(b []byte) []byte {
	b, err := g.hash.(encoding.BinaryAppender).AppendBinary(b)
	if err != nil {
		panic("secp256k1: " + err.Error())
	}
	return b
}

func (g *nonceGenerator) restoreState(state []byte) {
	if err := g.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		panic("secp256k1: " + err.Error())
	}
}

// start does the steps b to g for the private key and the digest modulo n. If extra is
// not nil, it is the additional data k' of section 3.6.
func (g *nonceGenerator) start(key, digest, extra *[32]byte) {
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

// next sets k to the next nonce: step h. It branches on whether a value is one. That says
// nothing about the nonce that is accepted.
func (g *nonceGenerator) next(k *scalar) {
	g.mac(&g.value, &g.current, g.value[:])
	for !setNonce(k, &g.value) {
		g.reject()
		g.mac(&g.value, &g.current, g.value[:])
	}
}

// setNonce sets k to the value, and reports whether it is in [1, n-1].
func setNonce(k *scalar, value *[32]byte) bool {
	return k.setBytes(value)|k.isZero() == 0
}

// reject does what step h.3 does after a value that is no nonce, or whose signature is
// none.
func (g *nonceGenerator) reject() {
	m := append(append(g.message[:0], g.value[:]...), 0)
	g.mac(&g.key, &g.current, m)
	g.setKey(&g.current)
	g.mac(&g.value, &g.current, g.value[:])
}

// wipe zeroes what depends on the private key.
func (g *nonceGenerator) wipe() {
	g.restoreState(g.blank)
	clear(g.current.inner)
	clear(g.current.outer)
	clear(g.key[:])
	clear(g.value[:])
	clear(g.block[:])
	clear(g.message[:])
}
