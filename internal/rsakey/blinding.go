// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rand"
	"math/big"
)

// A blinding is a random number r, for the modulus, that changes with each use. What is
// raised to the private exponent is m r^e instead of m, and the result, m^d r, is divided
// by r: an attacker who observes the values in between, by power or radiation or by a
// fault, cannot choose or repeat them (P. Kocher, "Timing attacks on implementations of
// Diffie-Hellman, RSA, DSS, and other systems", 1996).
type blinding struct {
	blind   []uint64 // r^e in Montgomery form
	unblind []uint64 // 1 / r in Montgomery form
}

// newBlinding draws r. It takes some tenths of a signature's time, once a scratch.
func (k *Key) newBlinding(s *scratchPublic) *blinding {
	public := k.public
	b := &blinding{aligned(len(public.n)), aligned(len(public.n))}
	random := make([]byte, public.size)
	draw := func(z []uint64) {
		rand.Read(random) // never fails
		random[0] &= 0x7f // below n, whose top bit is set
		setWords(s.words, random)
		k.kernel.setDigits(z, s.words)
	}
	inverse := new(big.Int)
	for {
		draw(b.unblind) // r, for now
		public.power(s, random)
		public.multiply(b.blind, s.z, public.rr)

		// 1 / r = t / (r t) for a random t: math/big sees only the product.
		draw(s.x)
		public.multiply(s.x, s.x, public.rr)
		public.multiply(s.z, s.x, b.unblind)
		k.kernel.reduce(s.z, 0, public.n, s.t)
		k.kernel.putDigits(s.words, s.z)
		putWords(random, s.words)
		if inverse.ModInverse(inverse.SetBytes(random), k.modulus) != nil {
			break
		}
	}
	setWords(s.words, inverse.FillBytes(random))
	k.kernel.setDigits(s.z, s.words)
	public.multiply(s.z, s.z, public.rr)
	public.multiply(b.unblind, s.z, s.x)
	clear(random)
	return b
}

// renew squares r for the next operation, or forgets it after a wrong result: it may be
// what is wrong.
func (k *Key) renew(s *scratch, ok bool) {
	if !ok {
		s.blinding = nil
		return
	}
	for _, x := range [...][]uint64{s.blinding.blind, s.blinding.unblind} {
		k.public.multiply(x, x, x)
	}
}

// drawBlinding sets s.blinding if there is none.
func (k *Key) drawBlinding(s *scratch) {
	if s.blinding == nil {
		s.blinding = k.newBlinding(s.public)
	}
}

// blind sets s.public.z to m r^e mod n, below 2 n.
func (k *Key) blind(s *scratch, message []byte) {
	k.drawBlinding(s)
	setWords(s.words, message)
	k.kernel.setDigits(s.public.x, s.words)
	k.public.multiply(s.public.z, s.public.x, s.blinding.blind)
}

// unblind sets s.product to s.product / r mod n.
func (k *Key) unblind(s *scratch) {
	k.kernel.setDigits(s.public.x, s.product)
	k.public.multiply(s.public.z, s.public.x, s.blinding.unblind)
	k.kernel.reduce(s.public.z, 0, k.public.n, s.public.t)
	k.kernel.putDigits(s.product, s.public.z)
}
