// SPDX-License-Identifier: Apache-2.0

package rsakey

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
	table  []uint64 // 2^windowEight entries
	laid   []uint64 // the same, for MultiplyEntry of the lanes
	x      [2][]uint64
	t      []uint64
	wide   []uint64 // a square before its reduction, or eight numbers modulo n
	factor []uint64 // as many
	one    *scratch

	public *scratchPublicEight
}

func newScratchEight(k *kernel) *scratchEight {
	return &scratchEight{
		table:  aligned(k.tableWords()),
		laid:   aligned(k.tableWords()),
		x:      [2][]uint64{aligned(k.eightWords()), aligned(k.eightWords())},
		t:      aligned(k.eightWords()),
		wide:   aligned(2 * k.eightWords()),
		factor: aligned(2 * k.eightWords()),
		one:    newScratch(k),

		public: newScratchPublicEight(k),
	}
}

func (s *scratchEight) wipe() {
	for _, words := range [...][]uint64{s.table, s.laid, s.x[0], s.x[1], s.t, s.wide, s.factor} {
		clear(words)
	}
	s.one.wipe()
	s.public.wipe()
}

// SignBatch sets signatures[i] to what [Key.Sign] returns for messages[i], eight at a
// time.
func (k *Key) SignBatch(messages, signatures [][]byte) {
	for len(messages) >= worthEight && k.Lanes() {
		n := min(eight, len(messages))
		k.signEight(messages[:n], signatures[:n])
		messages, signatures = messages[n:], signatures[n:]
	}
	for i, message := range messages {
		signatures[i] = k.Sign(message)
	}
}

// Lanes reports whether the kernel computes eight powers at once.
func (k *Key) Lanes() bool { return k.kernel.lanes != nil }

// signEight signs up to eight messages with one message a lane.
func (k *Key) signEight(messages, signatures [][]byte) {
	s := k.scratchEight.Get().(*scratchEight)
	k.blindEight(s, messages)
	k.toResiduesEight(s)
	for prime := range s.x {
		k.powerEight(s, prime, k.exponents[prime])
	}
	k.recombineEight(s)
	var unchecked [eight][]byte
	for lane := range messages {
		unchecked[lane] = make([]byte, k.size)
		takeLane(s.public.one.z[:2*k.kernel.digits], s.wide, lane)
		k.kernel.putDigits(s.one.words, s.public.one.z)
		putWords(unchecked[lane], s.one.words)
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

// timesShared sets s.wide to s.wide y / R mod n, below 2 n, for one number y.
func (k *Key) timesShared(s *scratchEight, y []uint64) {
	spread(s.factor, y[:2*k.kernel.digits])
	k.public.multiplyEight(s.public, s.wide, s.wide, s.factor)
}

// blindEight sets s.wide to m r^e mod n for every message, not reduced. r is the same for all.
func (k *Key) blindEight(s *scratchEight, messages [][]byte) {
	k.drawBlinding(s.one)
	digits := s.public.one.plain
	for lane, message := range messages {
		setWords(s.one.words, message)
		k.kernel.setDigits(digits, s.one.words)
		putLane(s.wide, lane, digits[:2*k.kernel.digits])
	}
	k.timesShared(s, s.one.blinding.blind)
}

// toResiduesEight sets s.x to s.wide as toResidues does, but for results below 5 times the prime:
// products are below (2 + 2^-13) times the prime, and not reduced.
func (k *Key) toResiduesEight(s *scratchEight) {
	lower, upper := s.wide[:len(s.t)], s.wide[len(s.t):]
	for prime, x := range s.x {
		k.multiplyShared(s, prime, x, lower, k.rr)
		k.multiplyShared(s, prime, s.factor[len(s.t):], upper, k.rrr)
		addEight(x, s.factor[len(s.t):])
	}
}

// multiplyShared sets z = x y / R modulo a prime for eight numbers, where y, a pair, is the same
// for all.
func (k *Key) multiplyShared(s *scratchEight, prime int, z, x, y []uint64) {
	offset := prime * k.kernel.halfWords()
	spread(s.t, y[offset:][:k.kernel.digits])
	k.kernel.lanes.Multiply(&z[0], &x[0], &s.t[0], &k.n[offset], &k.k0[prime])
}

// recombineEight sets s.wide to the signatures of their residues in Montgomery form, s.x, as
// recombine does.
func (k *Key) recombineEight(s *scratchEight) {
	digits := k.kernel.digits
	p, q := k.n[:digits], k.n[k.kernel.halfWords():][:digits]
	mq, above := s.wide[:len(s.t)], s.wide[len(s.t):]
	k.multiplyShared(s, 1, mq, s.x[1], k.one)
	reduceEight(mq, q, s.t)

	h, product := s.x[0], s.x[1]
	k.multiplyShared(s, 0, product, mq, k.rr)
	negateEight(product, p)
	addEight(h, product) // mp - mq in Montgomery form, below 5 p
	k.multiplyShared(s, 0, h, h, k.qInv)
	reduceEight(h, p, s.t)

	clear(above)
	k.kernel.lanes.AddMultipleFull(s.wide, h, q)
	k.timesShared(s, s.one.blinding.unblind)
	reduceEight(s.wide, k.public.n[:2*digits], s.factor)
}

// powerEight raises the eight numbers of s.x[prime] to the exponent.
func (k *Key) powerEight(s *scratchEight, prime int, exponent []uint64) {
	offset := prime * k.kernel.halfWords()
	n, friendly, k0 := k.n[offset:], k.friendly[offset:], &k.k0[prime]
	lanes := k.kernel.lanes
	multiply := func(z, x, y []uint64) {
		lanes.Multiply(&z[0], &x[0], &y[0], &n[0], k0)
	}
	words := k.kernel.eightWords()
	entry := func(i int) []uint64 { return s.table[i*words:][:words] }
	for i := range entry(0) {
		entry(0)[i] = k.r[offset+i/eight]
	}
	x := s.x[prime]
	copy(entry(1), x)
	for i := 2; i < 1<<windowEight; i++ {
		multiply(entry(i), entry(i-1), x)
	}
	laid := s.table
	if lay := lanes.LayTable; lay != nil {
		laid = s.laid
		lay(&laid[0], &s.table[0])
	}
	timesEntry := func(z, x []uint64, i int) {
		lanes.MultiplyEntry(&z[0], &x[0], &laid[0], windowAt(exponent, i, windowEight),
			&n[0], &friendly[0], k0, &s.t[0])
	}
	last := (k.kernel.primeBits() - 1) / windowEight
	timesEntry(x, entry(0), last)
	for i := last - 1; i >= 0; i-- {
		lanes.Square(&x[0], &x[0], &n[0], &friendly[0], k0, &s.wide[0], windowEight)
		timesEntry(x, x, i)
	}
	lanes.Carry(&x[0], &x[0])
}
