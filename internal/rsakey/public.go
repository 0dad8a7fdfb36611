// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/fips140"
	"crypto/rsa"
	"math/big"
	"math/bits"
	"sync"
)

// A PublicKey is an RSA public key in the form that the kernels take. It does not change
// and is safe for concurrent use.
type PublicKey struct {
	kernel *kernel
	size   int // of the modulus, in bytes
	n      []uint64
	k0     [1]uint64 // -1 / n modulo the radix
	rr     []uint64  // R^2 mod n: a product with it gives the Montgomery form
	e      uint

	scratch, scratchEight sync.Pool
}

// NewPublicKey returns the key for the kernels, or nil where [New] does, for a modulus of
// other than 2048 or 3072 bits, and for one that is even. The exponent is odd, from 3 to
// 2^31-1.
func NewPublicKey(key *rsa.PublicKey) *PublicKey {
	if fips140.Enabled() {
		return nil
	}
	return newPublicKey(key, kernelOf(key.N.BitLen()/2))
}

// newPublicKey is NewPublicKey on a given kernel.
func newPublicKey(key *rsa.PublicKey, kernel *kernel) *PublicKey {
	if kernel == nil || key.N.BitLen() != 2*kernel.primeBits() || key.N.Bit(0) == 0 {
		return nil
	}
	modulusBits := 2 * kernel.primeBits()
	k := &PublicKey{kernel: kernel, size: modulusBits / 8, e: uint(key.E)}
	k.scratch.New = func() any { return newScratchPublic(kernel) }
	k.scratchEight.New = func() any { return newScratchPublicEight(kernel) }
	k.n, k.rr = aligned(kernel.fullWords()), aligned(kernel.fullWords())
	kernel.setDigits(k.n, wordsOf(key.N, modulusBits))
	k.k0[0] = kernel.negativeInverse(k.n[0])
	rr := new(big.Int).Lsh(big.NewInt(1), uint(4*kernel.bitsOfR()))
	kernel.setDigits(k.rr, wordsOf(rr.Mod(rr, key.N), modulusBits))
	return k
}

// scratchPublic is the memory of one public operation.
type scratchPublic struct {
	plain, x, z, t []uint64 // numbers below some times the modulus
	words          []uint64 // of the modulus's size
}

func newScratchPublic(k *kernel) *scratchPublic {
	return &scratchPublic{
		plain: aligned(k.fullWords()),
		x:     aligned(k.fullWords()),
		z:     aligned(k.fullWords()),
		t:     aligned(k.fullWords()),
		words: make([]uint64, 2*k.primeBits()/64),
	}
}

func (s *scratchPublic) wipe() {
	for _, words := range [...][]uint64{s.plain, s.x, s.z, s.t, s.words} {
		clear(words)
	}
}

// Recover sets message to signature^e mod n: RSAVP1 of RFC 8017, section 5.2.2. Both are
// as long as the modulus. It returns false, and does not touch message, if the signature
// is not as long or not below the modulus. It is for public values: it wipes nothing.
func (k *PublicKey) Recover(message, signature []byte) bool {
	if len(signature) != k.size {
		return false
	}
	s := k.scratch.Get().(*scratchPublic)
	defer k.scratch.Put(s)
	if k.power(s, signature) == 0 {
		return false
	}
	k.kernel.putDigits(s.words, s.z)
	putWords(message, s.words)
	return true
}

// power sets s.z to signature^e mod n. It returns 1 if the signature is below n and else
// 0: signature + n would have the same power. Its time tells no more of the signature, and
// the exponent.
func (k *PublicKey) power(s *scratchPublic, signature []byte) (below uint64) {
	setWords(s.words, signature)
	k.kernel.setDigits(s.plain, s.words)
	k.multiply(s.x, s.plain, k.rr)
	copy(s.z, s.x)
	k.chain(func() { k.square(s.z) },
		func() { k.multiply(s.z, s.z, s.x) },
		func() { k.multiply(s.z, s.z, s.plain) })
	k.kernel.reduce(s.z, 0, k.n, s.t)
	return k.kernel.sub(s.t, s.plain, k.n)
}

// chain makes x^e of z = x in Montgomery form: by squares of z, products of it with x, and
// as e is odd a last one with x as it was before, which leaves the Montgomery form.
func (k *PublicKey) chain(square, timesX, timesPlain func()) {
	for i := bits.Len(k.e) - 2; i >= 0; i-- {
		square()
		switch {
		case i == 0:
			timesPlain()
		case k.e>>i&1 == 1:
			timesX()
		}
	}
}

// square squares z.
func (k *PublicKey) square(z []uint64) {
	if square := k.kernel.squareFull; square != nil {
		square(&z[0], &k.n[0], &k.k0[0])
		return
	}
	k.multiply(z, z, z)
}

// mismatch returns all ones if the signature is not below n or its power e is not the
// message, and else 0, in time that does not tell.
func (k *PublicKey) mismatch(s *scratchPublic, signature, message []byte) uint64 {
	below := k.power(s, signature)
	setWords(s.words, message)
	k.kernel.setDigits(s.t, s.words)
	return (below - 1) | ^equal(s.z, s.t)
}

// multiply sets z = x y / R mod n. With IFMA z is below twice n, and as R is at least 2^32 n, x
// and y may be up to 2^16 n. With MULX x, y and z are below R, which is less than 2 n.
func (k *PublicKey) multiply(z, x, y []uint64) {
	k.kernel.multiplyFull(&z[0], &x[0], &y[0], &k.n[0], &k.k0[0])
}
