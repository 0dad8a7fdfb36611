// SPDX-License-Identifier: Apache-2.0

// Package rsakey is the RSA private operation, RSASP1 of RFC 8017, section 5.2.1, and the public
// one, RSAVP1 of section 5.2.2, for keys of 2048 and 3072 bits. It multiplies with one of two
// kernels: package rsaifma on amd64 processors with AVX-512 IFMA, and package rsaadx on those with
// BMI2, ADX and AVX2. Elsewhere [New] and [NewPublicKey] return nil.
//
// It works by the Chinese remainder theorem, with IFMA on both primes at once, and in a batch on
// eight messages. An exponentiation takes fixed windows of 5 bits, of a batch 4 bits,
// out of tables that are read whole; no branch and no address depends on the private
// key or on the message, which is blinded. Every result is raised to the public exponent
// before it is returned, and withheld if that is not the message: a processor that
// computes wrongly, by itself or under attack, gives nothing away
// about the primes (D. Boneh, R. DeMillo, R. Lipton, "On the importance of checking
// cryptographic protocols for faults", 1997).
//
// [New] and [NewPublicKey] make keys (key.go, public.go), [Key.Sign] is one private operation, from
// blinding to check (sign.go), [Key.SignBatch] is eight at once (batch.go), and [PublicKey.Recover]
// is the public operation (public.go). kernel.go says what a kernel computes.
package rsakey

import (
	"crypto/fips140"
	"crypto/rsa"
	"math/big"
	"math/bits"
	"sync"
)

// A Key is an RSA private key in the form that the kernels take. It is as secret as
// the key, does not change, and is safe for concurrent use.
type Key struct {
	kernel *kernel
	size   int // of the modulus, in bytes

	// Pairs: for p, then for q.
	n         []uint64  // the primes themselves
	k0        [2]uint64 // -1 / n modulo the radix
	friendly  []uint64  // (n k0 + 1) / 2^52, for lanes: n k0 is -1 mod 2^52
	r         []uint64  // R mod n: 1 in Montgomery form
	rr        []uint64  // R^2 mod n: a product with it gives the Montgomery form
	rrr       []uint64  // R^3 mod n: the same for what stands R higher
	qInv      []uint64  // 1 / q mod p for p; nothing for q
	one       []uint64  // 1 and 1: a product with it leaves the Montgomery form
	exponents [2][]uint64
	q         []uint64 // in words

	public  *PublicKey // checks results, and blinds
	modulus *big.Int

	scratch, scratchEight sync.Pool
}

// New returns the key for the kernels, or nil where crypto/rsa has to do: on another
// processor, in a build without assembly or with BoringCrypto, in Go's FIPS 140 mode,
// and for a key that is not two primes of 1024 or of 1536 bits. The key has been
// validated by [rsa.PrivateKey.Validate] and precomputed.
func New(key *rsa.PrivateKey) *Key {
	if fips140.Enabled() || len(key.Primes) != 2 {
		return nil
	}
	return newKey(key, kernelOf(key.Primes[0].BitLen()))
}

// newKey is New on a given kernel, for a key of two factors.
func newKey(key *rsa.PrivateKey, kernel *kernel) *Key {
	if kernel == nil || key.Precomputed.Qinv == nil {
		return nil
	}
	b := kernel.primeBits()
	if key.N.BitLen() != 2*b || key.Primes[0].BitLen() != b || key.Primes[1].BitLen() != b {
		return nil
	}
	k := &Key{
		kernel: kernel, size: b / 4,
		public: newPublicKey(&key.PublicKey, kernel), modulus: new(big.Int).Set(key.N),
	}
	k.scratch.New = func() any { return newScratch(kernel) }
	k.scratchEight.New = func() any { return newScratchEight(kernel) }

	pair := func(p, q []uint64) []uint64 {
		z := aligned(kernel.pairWords())
		kernel.setDigits(z[:kernel.digits], p)
		kernel.setDigits(z[kernel.halfWords():][:kernel.digits], q)
		return z
	}
	p, q := wordsOf(key.Primes[0], b), wordsOf(key.Primes[1], b)
	k.q = q
	k.exponents = [2][]uint64{wordsOf(key.Precomputed.Dp, b), wordsOf(key.Precomputed.Dq, b)}
	k.n = pair(p, q)
	k.k0 = [2]uint64{kernel.negativeInverse(k.n[0]), kernel.negativeInverse(k.n[kernel.halfWords()])}
	if k.Lanes() {
		k.friendly = aligned(kernel.pairWords())
		k.setFriendly(0, p)
		k.setFriendly(1, q)
	}
	qInv := wordsOf(key.Precomputed.Qinv, b)
	k.qInv = pair(qInv, nil)
	clear(p)
	clear(qInv)
	k.one = pair([]uint64{1}, []uint64{1})
	k.setMontgomery()
	kernel.clearRegisters()
	return k
}

// setFriendly sets a half of k.friendly.
func (k *Key) setFriendly(prime int, n []uint64) {
	product, digits := make([]uint64, len(n)+1), make([]uint64, k.kernel.digits+1)
	multiplyAdd(product, k.k0[prime:prime+1], n, []uint64{1})
	k.kernel.setDigits(digits, product)
	copy(k.friendly[prime*k.kernel.halfWords():], digits[1:])
	clear(product)
	clear(digits)
}

// setMontgomery computes the constants of the reduction. A prime has its top bit
// set, so that 2^b mod n is 2^b - n; the rest is doubling and multiplying.
func (k *Key) setMontgomery() {
	kernel := k.kernel
	b, digits, bitsOfR := kernel.primeBits(), kernel.digits, kernel.bitsOfR()
	power := make([]uint64, b/64+1) // 2^b
	power[b/64] = 1
	words := k.kernel.pairWords()
	k.r, k.rr, k.rrr = aligned(words), aligned(words), aligned(words)
	z := aligned(digits)
	difference := make([]uint64, digits)
	// 2^(doublings << squarings) = R: 65 << 4 = 1040, 195 << 3 = 1560, 1 << 10, 3 << 9.
	squarings := bits.TrailingZeros(uint(bitsOfR))
	doublings := bitsOfR >> squarings
	for offset := 0; offset < words; offset += kernel.halfWords() {
		n := k.n[offset:][:digits]
		kernel.setDigits(z, power) // of 64 bits: without its one
		kernel.sub(z, z, n)
		double := func(times int) {
			for range times {
				carry := kernel.add(z, z, z)
				kernel.reduce(z, carry, n, difference)
			}
		}
		double(bitsOfR - b)
		copy(k.r[offset:], z) // R
		double(doublings)
		copy(k.rr[offset:], z) // 2^doublings R
	}
	for range squarings {
		k.multiply(k.rr, k.rr, k.rr) // at the end R R: R in Montgomery form
	}
	k.multiply(k.rrr, k.rr, k.rr)
	clear(z)
	clear(difference)
}

// wordsOf returns a number of up to so many bits, a multiple of 64.
func wordsOf(x *big.Int, bits int) []uint64 {
	b := x.FillBytes(make([]byte, bits/8))
	defer clear(b)
	words := make([]uint64, bits/64)
	setWords(words, b)
	return words
}

// multiply sets z = x y / R modulo each prime. With IFMA z is below twice the prime, and as R
// is at least 2^16 times the prime, x and y may be up to 2^8 times the prime. With MULX x, y and
// z are below R, which is less than twice the prime.
func (k *Key) multiply(z, x, y []uint64) {
	k.kernel.multiplyPair(&z[0], &x[0], &y[0], &k.n[0], &k.k0[0])
}
