// SPDX-License-Identifier: Apache-2.0

package rsaifma

// Power runs the secret exponentiation for the timing test in internal/bench and returns
// part of its result. The message is below the modulus and as long; dp and dq, the
// exponents for the two primes, are each half as long.
func (k *Key) Power(message, dp, dq []byte) [32]byte {
	s := k.scratch.Get().(*scratch)
	exponents := [2][]uint64{make([]uint64, len(dp)/8), make([]uint64, len(dq)/8)}
	setWords(exponents[0], dp)
	setWords(exponents[1], dq)
	setWords(s.words, message)
	k.toResidues(s, s.x)
	k.power(s, exponents)
	var b [32]byte
	putWords(b[:], s.y[:4])
	s.wipe()
	k.kernel.clearRegisters()
	k.scratch.Put(s)
	return b
}
