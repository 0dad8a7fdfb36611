// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rsa"
	"encoding/binary"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
)

// NewWithoutIFMA is [New] on a processor without IFMA, for the timing test in internal/bench.
func NewWithoutIFMA(key *rsa.PrivateKey) *Key {
	if !rsaadx.Supported() {
		return nil
	}
	return newKey(key, kernelFor(key.Primes[0].BitLen(), adxKernels))
}

// Power runs the secret exponentiation for the timing test in internal/bench and returns
// part of its result. The message is below the modulus and as long; dp and dq, the
// exponents for the two primes, are each half as long.
func (k *Key) Power(message, dp, dq []byte) [32]byte {
	s := k.scratch.Get().(*scratch)
	exponents := [2][]uint64{make([]uint64, len(dp)/8), make([]uint64, len(dq)/8)}
	setWords(exponents[0], dp)
	setWords(exponents[1], dq)
	setWords(s.words, message)
	k.kernel.setDigits(s.public.z, s.words)
	k.toResidues(s, s.x)
	k.power(s, exponents)
	var b [32]byte
	putWords(b[:], s.y[:4])
	s.wipe()
	k.kernel.clearRegisters()
	k.scratch.Put(s)
	return b
}

// PowerEight is Power of one prime and of eight times the same message, as a batch does it.
func (k *Key) PowerEight(message, dp []byte) [32]byte {
	s := k.scratchEight.Get().(*scratchEight)
	exponent := make([]uint64, len(dp)/8)
	setWords(exponent, dp)
	setWords(s.one.words, message)
	k.kernel.setDigits(s.public.one.z, s.one.words)
	spread(s.wide, s.public.one.z[:2*k.kernel.digits])
	k.toResiduesEight(s)
	k.powerEight(s, 0, exponent)
	var b [32]byte
	for i := range s.x[0][:4] {
		binary.LittleEndian.PutUint64(b[8*i:], s.x[0][i*eight])
	}
	s.wipe()
	k.kernel.clearRegisters()
	k.scratchEight.Put(s)
	return b
}
