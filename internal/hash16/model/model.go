// SPDX-License-Identifier: Apache-2.0

// Package model is package hash16 in plain Go, for tests: lane by lane, as the standards have
// it.
package model

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/kmsigner/kmsigner/internal/hash16"
)

// lanes applies f to every lane: to its state, and to its block.
func lanes(state *hash16.State, block *hash16.Block, f func(v *[8]uint32, w *[16]uint32)) {
	for lane := range hash16.Lanes {
		var v [8]uint32
		var w [16]uint32
		for i := range v {
			v[i] = state[i][lane]
		}
		for i := range w {
			w[i] = block[i][lane]
		}
		f(&v, &w)
		for i := range v {
			state[i][lane] = v[i]
		}
	}
}

func right(x uint32, by int) uint32 { return bits.RotateLeft32(x, -by) }
func left(x uint32, by int) uint32  { return bits.RotateLeft32(x, by) }

// CompressSHA256 is FIPS 180-4, section 6.2.2.
func CompressSHA256(state *hash16.State, block *hash16.Block) {
	lanes(state, block, func(v *[8]uint32, m *[16]uint32) {
		var w [64]uint32
		copy(w[:], m[:])
		for t := 16; t < 64; t++ {
			s0 := right(w[t-15], 7) ^ right(w[t-15], 18) ^ w[t-15]>>3
			s1 := right(w[t-2], 17) ^ right(w[t-2], 19) ^ w[t-2]>>10
			w[t] = s1 + w[t-7] + s0 + w[t-16]
		}
		a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
		for t, w := range w {
			t1 := h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + (e&f ^ ^e&g) + cubeRoots[t] + w
			t2 := (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + (a&b ^ a&c ^ b&c)
			h, g, f, e, d, c, b, a = g, f, e, d+t1, c, b, a, t1+t2
		}
		for i, x := range [...]uint32{a, b, c, d, e, f, g, h} {
			v[i] += x
		}
	})
}

// cubeRoots are the constants of FIPS 180-4, section 4.2.2.
var cubeRoots = func() (k [64]uint32) {
	p := int64(2)
	for i := range k {
		for !big.NewInt(p).ProbablyPrime(0) {
			p++
		}
		_, fraction := math.Modf(math.Cbrt(float64(p)))
		k[i] = uint32(fraction * (1 << 32))
		p++
	}
	return k
}()

// CompressSM3 is GB/T 32905-2016, section 5.3.
func CompressSM3(state *hash16.State, block *hash16.Block) {
	lanes(state, block, func(v *[8]uint32, m *[16]uint32) {
		var w [68]uint32
		copy(w[:], m[:])
		for j := 16; j < 68; j++ {
			x := w[j-16] ^ w[j-9] ^ left(w[j-3], 15)
			w[j] = x ^ left(x, 15) ^ left(x, 23) ^ left(w[j-13], 7) ^ w[j-6]
		}
		a, b, c, d, e, f, g, h := v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]
		for j := range 64 {
			constant, ff, gg := uint32(0x79cc4519), a^b^c, e^f^g
			if j >= 16 {
				constant, ff, gg = 0x7a879d8a, a&b|a&c|b&c, e&f|^e&g
			}
			ss1 := left(left(a, 12)+e+left(constant, j), 7)
			tt1 := ff + d + (ss1 ^ left(a, 12)) + (w[j] ^ w[j+4])
			tt2 := gg + h + ss1 + w[j]
			d, c, b, a = c, left(b, 9), a, tt1
			h, g, f, e = g, left(f, 19), e, tt2^left(tt2, 9)^left(tt2, 17)
		}
		for i, x := range [...]uint32{a, b, c, d, e, f, g, h} {
			v[i] ^= x
		}
	})
}

// SHA256 returns [CompressSHA256] with the initial state of FIPS 180-4, section 5.3.3.
func SHA256() *hash16.Hash {
	return hash16.New([8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}, CompressSHA256, func() {})
}

// SM3 returns [CompressSM3] with the initial state of GB/T 32905-2016, section 4.1.
func SM3() *hash16.Hash {
	return hash16.New([8]uint32{
		0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
	}, CompressSM3, func() {})
}
