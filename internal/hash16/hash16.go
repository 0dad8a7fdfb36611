// SPDX-License-Identifier: Apache-2.0

// Package hash16 computes the compression functions of SHA-256 and SM3 for sixteen messages
// at once, one in each of sixteen lanes of AVX-512.
//
// # Constant time
//
// No branch, no address and no instruction of varying time depends on the messages: the
// functions of compress_amd64.s have no jump at all. What they leave in registers is cleared
// by [Hash.Clear].
package hash16

// Lanes is the number of messages.
const Lanes = 16

// Words is one 32-bit word of each message.
type Words = [Lanes]uint32

// A State is the state of each message between two blocks: eight words.
type State = [8]Words

// A Block is a block of each message, of 64 bytes: sixteen words, big-endian in the bytes.
type Block = [16]Words

// A Hash is a hash function in lanes.
type Hash struct {
	initial  State
	worth    int
	compress func(*State, *Block)
	clear    func()
}

// New returns a hash of other functions than those of this package, for tests. compress takes
// a block into a state, and clear empties the registers that compress used.
func New(initial [8]uint32, compress func(*State, *Block), clear func()) *Hash {
	h := &Hash{worth: 1, compress: compress, clear: clear}
	for i, w := range initial {
		h.initial[i] = Same(w)
	}
	return h
}

// Worth returns the number of messages from which the lanes, some of them idle, are faster than
// one message after the other.
func (h *Hash) Worth() int { return h.worth }

// Start sets s to the state before the first block.
func (h *Hash) Start(s *State) { *s = h.initial }

// Compress takes a block into the state.
func (h *Hash) Compress(s *State, b *Block) { h.compress(s, b) }

// Clear empties the registers that hold parts of blocks and states.
func (h *Hash) Clear() { h.clear() }

// Careless returns a hash that does not clear the registers, for tests.
func (h *Hash) Careless() *Hash {
	careless := *h
	careless.clear = func() {}
	return &careless
}

// Same returns words that are w in every lane.
func Same(w uint32) (z Words) {
	for lane := range z {
		z[lane] = w
	}
	return z
}

var (
	initialSHA256 = [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	initialSM3 = [8]uint32{
		0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
	}
)
