package secp256k1

import "crypto/sha256"

// A nonceGenerator is the HMAC_DRBG of RFC 6979, section 3.2, with HMAC-SHA-256. It
// is an own HMAC only in that it works in place: crypto/hmac allocates six objects
// for each of the five or more keys of a signature.
type nonceGenerator struct {
	key, value   [32]byte
	inner, outer [sha256.BlockSize + 32 + 1 + 3*32]byte // what HMAC hashes: padded key, message
}

const (
	innerPad = 0x36
	outerPad = 0x5c
)

// mac sets z to HMAC-SHA-256 of the first size bytes of the message, which the caller
// has put into g.message().
func (g *nonceGenerator) mac(z *[32]byte, size int) {
	for i := range sha256.BlockSize {
		g.inner[i], g.outer[i] = innerPad, outerPad
	}
	for i, k := range g.key {
		g.inner[i] ^= k
		g.outer[i] ^= k
	}
	hash := sha256.Sum256(g.inner[:sha256.BlockSize+size])
	copy(g.outer[sha256.BlockSize:], hash[:])
	*z = sha256.Sum256(g.outer[:sha256.BlockSize+sha256.Size])
}

// message is where the message of mac goes.
func (g *nonceGenerator) message() []byte {
	return g.inner[sha256.BlockSize:]
}

// init does the steps a to g for the private key and the digest modulo n. If extra is
// not nil, it is the additional data k' of section 3.6.
func (g *nonceGenerator) init(key, digest, extra *[32]byte) {
	*g = nonceGenerator{}
	for i := range g.value {
		g.value[i] = 1
	}
	for separator := range byte(2) {
		m := append(g.message()[:0], g.value[:]...)
		m = append(m, separator)
		m = append(m, key[:]...)
		m = append(m, digest[:]...)
		if extra != nil {
			m = append(m, extra[:]...)
		}
		g.mac(&g.key, len(m))
		g.update()
	}
}

// update sets V = HMAC_K(V).
func (g *nonceGenerator) update() {
	copy(g.message(), g.value[:])
	g.mac(&g.value, len(g.value))
}

// first returns the first nonce, and next each further one: step h.
func (g *nonceGenerator) first(k *scalar) {
	g.update()
	g.accept(k)
}

func (g *nonceGenerator) next(k *scalar) {
	copy(g.message(), g.value[:])
	g.message()[len(g.value)] = 0
	g.mac(&g.key, len(g.value)+1)
	g.update()
	g.update()
	g.accept(k)
}

// accept sets k to the value, or to the next one in [1, n-1]. It branches on whether
// the value is one. That says nothing about the nonce that is accepted.
func (g *nonceGenerator) accept(k *scalar) {
	if k.setBytes(&g.value)|k.isZero() != 0 {
		g.next(k)
	}
}
