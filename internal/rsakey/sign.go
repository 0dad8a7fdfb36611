// SPDX-License-Identifier: Apache-2.0

package rsakey

// window is the number of exponent bits that one multiplication takes care of.
const window = 5

// scratch is the memory of one operation. What it held is secret until wiped. So are the
// vector registers: the kernels leave digits of the primes and of results there, and the
// next signal would write them to the thread's stack. clearRegisters comes last.
type scratch struct {
	table   []uint64 // 2^window pairs
	x, y, t []uint64 // pairs
	half    []uint64 // a number modulo a prime
	words   []uint64 // of the modulus's size
	product []uint64 // as many
	public  *scratchPublic

	blinding *blinding // for the next operation; it outlives the others
}

func newScratch(k *kernel) *scratch {
	return &scratch{
		table:   aligned(k.pairWords() << window),
		x:       aligned(k.pairWords()),
		y:       aligned(k.pairWords()),
		t:       aligned(k.pairWords()),
		half:    aligned(k.halfWords()),
		words:   make([]uint64, 2*k.primeBits()/64),
		product: make([]uint64, 2*k.primeBits()/64),
		public:  newScratchPublic(k),
	}
}

func (s *scratch) wipe() {
	for _, words := range [...][]uint64{s.table, s.x, s.y, s.t, s.half, s.words, s.product} {
		clear(words)
	}
	s.public.wipe()
}

// Sign returns message^d mod n. The message is an encoded one, as long as the modulus
// and below it. It returns nil if the result failed its check: another
// implementation has to answer. It makes one allocation.
func (k *Key) Sign(message []byte) []byte {
	s := k.scratch.Get().(*scratch)
	k.blind(s, message)
	k.toResidues(s, s.x)
	k.power(s, k.exponents)
	signature := k.recombine(s, s.y)
	signature = withhold(signature, k.public.mismatch(s.public, signature, message))
	k.renew(s, signature != nil)
	s.wipe()
	k.kernel.clearRegisters()
	k.scratch.Put(s)
	return signature
}

// toResidues sets z to s.public.z in Montgomery form modulo each prime, below twice the prime. It is
// lower + R upper, and each of the two is below R. With IFMA k.rr and k.rrr are below (1 + 2^-13) n:
// they are products of numbers below 2 n, less than n + 4 n n / R. Products with lower and upper
// are then below (2 + 2^-13) n, and below (1 + 2^-13) n after their reduction. With MULX all are
// below R before a reduction, and below n after it.
func (k *Key) toResidues(s *scratch, z []uint64) {
	digits := k.kernel.digits
	k.broadcast(s.t, s.public.z[:digits])
	k.multiply(z, s.t, k.rr)
	k.broadcast(s.t, s.public.z[digits:][:digits])
	k.multiply(s.t, s.t, k.rrr)
	for offset := 0; offset < len(z); offset += k.kernel.halfWords() {
		half, upper, n := z[offset:][:digits], s.t[offset:][:digits], k.n[offset:][:digits]
		k.kernel.reduce(half, 0, n, s.half[:digits])
		k.kernel.reduce(upper, 0, n, s.half[:digits])
		k.kernel.reduce(half, k.kernel.add(half, half, upper), n, s.half[:digits])
	}
}

// broadcast sets both numbers of z to x.
func (k *Key) broadcast(z, x []uint64) {
	copy(z, x)
	copy(z[k.kernel.halfWords():], x)
}

// power sets s.y to s.x to the exponents.
func (k *Key) power(s *scratch, exponents [2][]uint64) {
	words := k.kernel.pairWords()
	entry := func(i int) []uint64 { return s.table[i*words:][:words] }
	copy(entry(0), k.r)
	copy(entry(1), s.x)
	for i := 2; i < 1<<window; i += 2 {
		copy(entry(i), entry(i/2))
		k.square(entry(i), 1)
		k.multiply(entry(i+1), entry(i), entry(1))
	}
	selected := func(z []uint64, i int) {
		k.kernel.selectPair(&z[0], &s.table[0], windowAt(exponents[0], i, window), windowAt(exponents[1], i, window))
	}
	last := (k.kernel.primeBits() - 1) / window
	selected(s.y, last)
	for i := last - 1; i >= 0; i-- {
		k.square(s.y, window)
		selected(s.t, i)
		k.multiply(s.y, s.y, s.t)
	}
}

// square squares z so many times.
func (k *Key) square(z []uint64, times int) {
	if square := k.kernel.squarePair; square != nil {
		square(&z[0], &k.n[0], &k.k0[0], times)
		return
	}
	for range times {
		k.multiply(z, z, z)
	}
}

// windowAt returns the i-th group of so many bits of x.
func windowAt(x []uint64, i int, size uint) uint64 {
	bit := uint(i) * size
	at, shift := bit/64, bit%64
	w := x[at] >> shift
	if at+1 < uint(len(x)) {
		w |= x[at+1] << (64 - shift)
	}
	return w & (1<<size - 1)
}

// recombine makes the signature of its residues in Montgomery form, y, by Garner's formula:
// m = mq + q ((mp - mq) / q mod p). It takes the blinding off. The signature is still to be
// checked.
func (k *Key) recombine(s *scratch, y []uint64) []byte {
	digits, half := k.kernel.digits, k.kernel.halfWords()
	p, q := k.n[:digits], k.n[half:][:digits]

	k.multiply(s.t, y, k.one)
	mq := s.t[half:][:digits]
	k.kernel.reduce(mq, 0, q, s.half[:digits])
	lower, upper := s.words[:len(s.words)/2], s.words[len(s.words)/2:]
	k.kernel.putDigits(lower, mq)

	// y - mq, and p more if that is negative, is mp - mq in Montgomery form.
	clear(s.x)
	copy(s.x, mq)
	k.multiply(s.t, s.x, k.rr)
	h, m := y[:digits], s.t[:digits]
	k.kernel.reduce(h, 0, p, s.half[:digits])
	k.kernel.reduce(m, 0, p, s.half[:digits])
	k.kernel.addIf(-k.kernel.sub(h, h, m), h, p)
	k.multiply(s.t, y, k.qInv)
	h = s.t[:digits]
	k.kernel.reduce(h, 0, p, s.half[:digits])
	k.kernel.putDigits(upper, h)

	multiplyAdd(s.product, upper, k.q, lower)
	k.unblind(s)
	signature := make([]byte, k.size)
	putWords(signature, s.product)
	return signature
}

// withhold returns the signature, or nil if bad is all ones and not 0. A fault that skips
// the branch, too, finds zeros.
func withhold(signature []byte, bad uint64) []byte {
	for i := range signature {
		signature[i] &^= byte(bad)
	}
	if bad != 0 {
		return nil
	}
	return signature
}
