// SPDX-License-Identifier: Apache-2.0

package rfc6979

import (
	"encoding/binary"
	"sync"

	"github.com/kmsigner/kmsigner/internal/hash16"
)

// Lanes derive nonces of several digests at once with one private key: what a [Generator]
// returns first, each in one of sixteen lanes. They are made by [NewLanes], and safe for
// concurrent use. Nil Lanes count 0: see [Lanes.Count].
type Lanes struct {
	hash    *hash16.Hash
	batches sync.Pool
}

// NewLanes returns lanes with HMAC of the hash, or nil if that is nil.
func NewLanes(h *hash16.Hash) *Lanes {
	if h == nil {
		return nil
	}
	return &Lanes{hash: h, batches: sync.Pool{New: func() any { return newBatch(h) }}}
}

// Count returns how many of n nonces to derive in one call: 0 if a [Generator] is faster.
func (l *Lanes) Count(n int) int {
	if l == nil || n < l.hash.Worth() {
		return 0
	}
	return min(n, hash16.Lanes)
}

// Nonces sets nonces to what [Generator.Next] returns after [Generator.Start] with the key and
// each of the digests and extras. extras is nil, or as long as digests: up to [Lanes.Count].
func (l *Lanes) Nonces(nonces [][size]byte, key *[size]byte, digests, extras [][size]byte) {
	b := l.batches.Get().(*batch)
	b.nonces(nonces, key, digests, extras)
	l.batches.Put(b)
}

// NoncesHedged is Nonces after [Generator.StartHedged].
func (l *Lanes) NoncesHedged(nonces [][size]byte, key *[size]byte, digests, extras [][size]byte) {
	b := l.batches.Get().(*batch)
	b.noncesHedged(nonces, key, digests, extras)
	l.batches.Put(b)
}

// A batch is the memory for [hash16.Lanes] nonces. When nonces or noncesHedged returns, it
// holds no secrets.
//
// All lanes hash messages of one length, and so go through the same blocks.
type batch struct {
	hash *hash16.Hash

	key, value   words        // K and V
	inner, outer hash16.State // after K with either padding
	inputs       [3]words     // private key, digest and additional data
	state        hash16.State
	message      []hash16.Words
	block        hash16.Block
}

// words is a number of 256 bits in each lane, the most significant word first.
type words = [size / 4]hash16.Words

// Words that are the same in every lane.
var (
	end        = hash16.Same(0x80000000) // after a message: a bit of 1 (FIPS 180-4, section 5.1.1)
	innerPad   = hash16.Same(0x36363636)
	outerPad   = hash16.Same(0x5c5c5c5c)
	firstValue = hash16.Same(0x01010101)
	separators = [2]hash16.Words{{}, hash16.Same(1)}
)

func newBatch(h *hash16.Hash) *batch {
	return &batch{hash: h, message: make([]hash16.Words, 0, 3*len(hash16.Block{}))}
}

func (b *batch) nonces(nonces [][size]byte, key *[size]byte, digests, extras [][size]byte) {
	for i := range b.value {
		b.key[i], b.value[i] = hash16.Words{}, firstValue
	}
	b.setKey()
	inputs := b.load(key, digests, extras)
	for separator := range separators {
		// The separator is one byte, and moves what follows it by that.
		b.message = append(b.message[:0], b.value[:]...)
		last := &separators[separator]
		for i := range inputs {
			for j := range inputs[i] {
				b.appendShifted(last, &inputs[i][j])
				last = &inputs[i][j]
			}
		}
		b.appendShifted(last, &end)
		b.mac(&b.key, size+1+len(inputs)*size)
		b.setKey()
		b.macOfValue()
	}
	b.macOfValue()
	b.finish(nonces)
}

func (b *batch) noncesHedged(nonces [][size]byte, key *[size]byte, digests, extras [][size]byte) {
	inputs := b.load(key, digests, extras)
	b.key = inputs[0]
	b.setKey()
	b.message = append(append(append(b.message[:0], inputs[2][:]...), inputs[1][:]...), end)
	b.mac(&b.value, 2*size)
	b.macOfValue()
	b.finish(nonces)
}

// load returns what to hash beside V: two numbers, or three if there are extras.
func (b *batch) load(key *[size]byte, digests, extras [][size]byte) []words {
	for i := range b.inputs[0] {
		b.inputs[0][i] = hash16.Same(binary.BigEndian.Uint32(key[4*i:]))
	}
	for which, numbers := range [...][][size]byte{digests, extras} {
		for lane := range numbers {
			for i := range b.inputs[1+which] {
				b.inputs[1+which][i][lane] = binary.BigEndian.Uint32(numbers[lane][4*i:])
			}
		}
	}
	if extras == nil {
		return b.inputs[:2]
	}
	return b.inputs[:]
}

// finish sets nonces to V, and wipes.
func (b *batch) finish(nonces [][size]byte) {
	for lane := range nonces {
		for i := range b.value {
			binary.BigEndian.PutUint32(nonces[lane][4*i:], b.value[i][lane])
		}
	}
	b.hash.Clear()
	clear(b.message[:cap(b.message)])
	*b = batch{hash: b.hash, message: b.message}
}

// setKey sets the states after K.
func (b *batch) setKey() {
	b.padded(&b.inner, &innerPad)
	b.padded(&b.outer, &outerPad)
}

// padded sets s to the state after K with the padding.
func (b *batch) padded(s *hash16.State, padding *hash16.Words) {
	for i := range b.block {
		if i >= len(b.key) {
			b.block[i] = *padding
			continue
		}
		z, k := &b.block[i], &b.key[i]
		for lane := range z {
			z[lane] = k[lane] ^ padding[lane]
		}
	}
	b.hash.Start(s)
	b.hash.Compress(s, &b.block)
}

// macOfValue sets V to HMAC of V.
func (b *batch) macOfValue() {
	b.message = append(append(b.message[:0], b.value[:]...), end)
	b.mac(&b.value, size)
}

// mac sets z to HMAC of the message, which has so many bytes, and the end behind them.
func (b *batch) mac(z *words, length int) {
	b.state = b.inner
	b.compress(length)
	b.message = append(append(b.message[:0], b.state[:]...), end)
	b.state = b.outer
	b.compress(size)
	*z = b.state
}

// compress takes the message into the state, which is after a block, with the length of both behind it.
func (b *batch) compress(length int) {
	const perBlock = len(b.block)
	for len(b.message)%perBlock != perBlock-1 {
		b.message = append(b.message, hash16.Words{})
	}
	b.message = append(b.message, hash16.Same(uint32(blockSize+length)*8))
	for at := 0; at < len(b.message); at += perBlock {
		b.hash.Compress(&b.state, (*hash16.Block)(b.message[at:]))
	}
}

// appendShifted appends the last byte of x and the first three of y to the message.
func (b *batch) appendShifted(x, y *hash16.Words) {
	b.message = b.message[:len(b.message)+1]
	z := &b.message[len(b.message)-1]
	for lane := range z {
		z[lane] = x[lane]<<24 | y[lane]>>8
	}
}
