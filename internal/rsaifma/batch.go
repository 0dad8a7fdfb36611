// SPDX-License-Identifier: Apache-2.0

package rsaifma

// eight is the number of lanes of a register.
const eight = 8

// windowEight is window for eight at once, where a table costs eight times as much to
// fill and to read.
const windowEight = 4

// worthEight is the number of messages from which eight lanes, some of them idle, are
// faster than one message after the other: eight take the time of some five.
const worthEight = 6

// scratchEight is the memory of eight operations.
type scratchEight struct {
	table []uint64 // 2^windowEight entries
	laid  []uint64 // the same, for multiplyEntry
	x     [2][]uint64
	t     []uint64
	wide  []uint64 // a square before its reduction
	pair  []uint64
	one   *scratch

	public *scratchPublicEight
}

func newScratchEight(k *kernel) *scratchEight {
	return &scratchEight{
		table: aligned(k.eightWords() << windowEight),
		laid:  aligned(k.entryWords()),
		x:     [2][]uint64{aligned(k.eightWords()), aligned(k.eightWords())},
		t:     aligned(k.eightWords()),
		wide:  aligned(2 * k.eightWords()),
		pair:  aligned(k.pairWords()),
		one:   newScratch(k),

		public: newScratchPublicEight(k),
	}
}

func (s *scratchEight) wipe() {
	for _, words := range [...][]uint64{s.table, s.laid, s.x[0], s.x[1], s.t, s.wide, s.pair} {
		clear(words)
	}
	s.one.wipe()
	s.public.wipe()
}

// SignBatch sets signatures[i] to what [Key.Sign] returns for messages[i], eight at a
// time.
func (k *Key) SignBatch(messages, signatures [][]byte) {
	for len(messages) >= worthEight {
		n := min(eight, len(messages))
		k.signEight(messages[:n], signatures[:n])
		messages, signatures = messages[n:], signatures[n:]
	}
	for i, message := range messages {
		signatures[i] = k.Sign(message)
	}
}

// signEight signs up to eight messages with one message a lane. Only the two
// exponentiations are worth it; what comes before and after is done one by one.
func (k *Key) signEight(messages, signatures [][]byte) {
	s := k.scratchEight.Get().(*scratchEight)
	for lane, message := range messages {
		k.blind(s.one, message) // r is the same for all
		k.toResidues(s.one, s.pair)
		for prime := range s.x {
			number := s.pair[prime*k.kernel.halfWords():]
			for digit := range k.kernel.digits {
				s.x[prime][digit*eight+lane] = number[digit]
			}
		}
	}
	for prime := range s.x {
		k.powerEight(s, prime, k.exponents[prime])
	}
	var unchecked [eight][]byte
	for lane := range messages {
		for prime := range s.x {
			number := s.pair[prime*k.kernel.halfWords():]
			for digit := range k.kernel.digits {
				number[digit] = s.x[prime][digit*eight+lane]
			}
		}
		unchecked[lane] = k.recombine(s.one, s.pair)
	}
	ok := true
	bad := k.public.mismatchEight(s.public, unchecked[:len(messages)], messages)
	for lane := range messages {
		signatures[lane] = withhold(unchecked[lane], bad[lane])
		ok = ok && signatures[lane] != nil
	}
	k.renew(s.one, ok)
	s.wipe()
	k.kernel.clearRegisters()
	k.scratchEight.Put(s)
}

// powerEight raises the eight numbers of s.x[prime] to the exponent.
func (k *Key) powerEight(s *scratchEight, prime int, exponent []uint64) {
	offset := prime * k.kernel.halfWords()
	n, k0 := k.n[offset:], &k.k0[prime]
	multiply := func(z, x, y []uint64) {
		k.kernel.multiplyEight(&z[0], &x[0], &y[0], &n[0], k0)
	}
	square := func(z, x []uint64, times int) {
		k.kernel.squareEight(&z[0], &x[0], &n[0], &k.friendly[offset], k0, &s.wide[0], times)
	}
	words := k.kernel.eightWords()
	entry := func(i int) []uint64 { return s.table[i*words:][:words] }
	for i := range entry(0) {
		entry(0)[i] = k.r[offset+i/eight]
	}
	x := s.x[prime]
	copy(entry(1), x)
	for i := 2; i < 1<<windowEight; i += 2 {
		square(entry(i), entry(i/2), 1)
		multiply(entry(i+1), entry(i), entry(1))
	}
	laid := s.table
	if lay := k.kernel.layTable; lay != nil {
		laid = s.laid
		lay(&laid[0], &s.table[0])
	}
	timesEntry := func(z, x []uint64, i int) {
		k.kernel.multiplyEntry(&z[0], &x[0], &laid[0], windowAt(exponent, i, windowEight), &n[0], k0, &s.t[0])
	}
	last := (k.kernel.primeBits() - 1) / windowEight
	timesEntry(x, entry(0), last)
	for i := last - 1; i >= 0; i-- {
		square(x, x, windowEight)
		timesEntry(x, x, i)
	}
}
