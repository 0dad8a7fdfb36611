// SPDX-License-Identifier: Apache-2.0

package rsakey

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

// worthPublicEight is the number of signatures from which eight lanes, some of them idle, are
// faster than one signature after the other.
const worthPublicEight = 4

// RecoverBatch does what [PublicKey.Recover] does for every signature, with messages that are as
// long as the modulus, eight at a time.
func (k *PublicKey) RecoverBatch(messages, signatures [][]byte) (recovered []bool) {
	recovered = make([]bool, len(signatures))
	group := make([]int, 0, eight) // of which signatures
	for i, signature := range signatures {
		if len(signature) == k.size {
			group = append(group, i)
		}
		if len(group) < eight && i < len(signatures)-1 {
			continue
		}
		if len(group) < worthPublicEight || !k.Lanes() {
			for _, j := range group {
				recovered[j] = k.Recover(messages[j], signatures[j])
			}
		} else {
			k.recoverEight(messages, signatures, recovered, group)
		}
		group = group[:0]
	}
	return recovered
}

// Lanes reports whether the kernel computes eight powers at once.
func (k *PublicKey) Lanes() bool { return k.kernel.lanes != nil }

// recoverEight is RecoverBatch for a group of up to eight.
func (k *PublicKey) recoverEight(messages, signatures [][]byte, recovered []bool, group []int) {
	s := k.scratchEight.Get().(*scratchPublicEight)
	defer k.scratchEight.Put(s)
	var lanes [eight][]byte
	for lane, i := range group {
		lanes[lane] = signatures[i]
	}
	below := k.powerEight(s, lanes[:len(group)])
	for lane, i := range group {
		if recovered[i] = below[lane] == 1; recovered[i] {
			k.takeLane(s, lane)
			k.kernel.putDigits(s.one.words, s.one.z)
			putWords(messages[i], s.one.words)
		}
	}
}

// mismatchEight returns what mismatch does, of up to eight signatures, one a lane.
func (k *PublicKey) mismatchEight(s *scratchPublicEight, signatures, messages [][]byte) (bad [eight]uint64) {
	below := k.powerEight(s, signatures)
	one := s.one
	for lane, message := range messages {
		k.takeLane(s, lane)
		setWords(one.words, message)
		k.kernel.setDigits(one.t, one.words)
		bad[lane] = (below[lane] - 1) | ^equal(one.z, one.t)
	}
	return bad
}

// powerEight is power for up to eight signatures, one a lane: s.z becomes the powers, not yet
// reduced.
func (k *PublicKey) powerEight(s *scratchPublicEight, signatures [][]byte) (below [eight]uint64) {
	digits := 2 * k.kernel.digits
	one := s.one
	for lane, signature := range signatures {
		setWords(one.words, signature)
		k.kernel.setDigits(one.plain, one.words)
		below[lane] = k.kernel.sub(one.t, one.plain, k.n)
		putLane(s.plain, lane, one.plain[:digits])
	}
	spread(s.z, k.rr[:digits])
	k.multiplyEight(s, s.x, s.plain, s.z)
	copy(s.z, s.x)
	k.chain(func() { k.kernel.lanes.SquareFull(s.z, s.z, k.n, k.k0[:], s.t) },
		func() { k.multiplyEight(s, s.z, s.z, s.x) },
		func() { k.multiplyEight(s, s.z, s.z, s.plain) })
	return below
}

// takeLane sets s.one.z to the power of a lane.
func (k *PublicKey) takeLane(s *scratchPublicEight, lane int) {
	takeLane(s.one.z[:2*k.kernel.digits], s.z, lane)
	k.kernel.reduce(s.one.z, 0, k.n, s.one.t)
}

// multiplyEight sets z = x y / R mod n, lane by lane.
func (k *PublicKey) multiplyEight(s *scratchPublicEight, z, x, y []uint64) {
	k.kernel.lanes.MultiplyFull(z, x, y, k.n, k.k0[:], s.t)
}
