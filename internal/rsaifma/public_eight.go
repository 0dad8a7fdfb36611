// SPDX-License-Identifier: Apache-2.0

package rsaifma

// scratchPublicEight is the memory of eight public operations.
type scratchPublicEight struct {
	plain, x, z []uint64 // eight numbers below some times the modulus, one a lane
	t           []uint64 // a product before its reduction
	one         *scratchPublic
}

func newScratchPublicEight(k *kernel) *scratchPublicEight {
	return &scratchPublicEight{
		plain: aligned(2 * k.eightWords()),
		x:     aligned(2 * k.eightWords()),
		z:     aligned(2 * k.eightWords()),
		t:     aligned(5 * k.eightWords()),
		one:   newScratchPublic(k),
	}
}

func (s *scratchPublicEight) wipe() {
	for _, words := range [...][]uint64{s.plain, s.x, s.z, s.t} {
		clear(words)
	}
	s.one.wipe()
}

// mismatchEight returns what mismatch does, of up to eight signatures, one a lane.
func (k *PublicKey) mismatchEight(s *scratchPublicEight, signatures, messages [][]byte) (bad [eight]uint64) {
	digits := 2 * k.kernel.digits
	one := s.one
	for lane, signature := range signatures {
		setWords(one.words, signature)
		setDigits(one.plain, one.words)
		bad[lane] = sub(one.t, one.plain, k.n) - 1 // not below n
		for i := range digits {
			s.plain[i*eight+lane] = one.plain[i]
			s.z[i*eight+lane] = k.rr[i]
		}
	}
	k.multiplyEight(s, s.x, s.plain, s.z)
	copy(s.z, s.x)
	k.chain(func() { k.kernel.squareFullEight(s.z, s.z, k.n, k.k0[:], s.t) },
		func() { k.multiplyEight(s, s.z, s.z, s.x) },
		func() { k.multiplyEight(s, s.z, s.z, s.plain) })
	for lane, message := range messages {
		for i := range digits {
			one.z[i] = s.z[i*eight+lane]
		}
		reduce(one.z, k.n, one.t)
		setWords(one.words, message)
		setDigits(one.t, one.words)
		bad[lane] |= ^equal(one.z, one.t)
	}
	return bad
}

// multiplyEight sets z = x y / R mod n, lane by lane.
func (k *PublicKey) multiplyEight(s *scratchPublicEight, z, x, y []uint64) {
	k.kernel.multiplyFullEight(z, x, y, k.n, k.k0[:], s.t)
}
