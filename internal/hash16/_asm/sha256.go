// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"
	"math/big"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// compressSHA256 writes the compression function of SHA-256 (FIPS 180-4, section 6.2.2).
func compressSHA256(name string) {
	k := table("sha256Constants", sha256Constants())
	stateAt := begin(name, "SHA-256")
	s := state
	for j := range 64 {
		a, b, c, d, e, f, g, h := s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]
		w := words[j%16]
		sum, t := free[0], free[1]
		Commentf("round %d", j)
		VPADDD(w, h, h)
		VPADDD_BCST(k.Offset(4*j), h, h)
		sigma(sum, e, 6, 11, 25)
		VMOVDQA64(e, t)
		logic(choose, g, f, t)
		VPADDD(sum, h, h)
		VPADDD(t, h, h)
		VPADDD(h, d, d)
		sigma(sum, a, 2, 13, 22)
		VMOVDQA64(a, t)
		logic(majority, c, b, t)
		VPADDD(sum, h, h)
		VPADDD(t, h, h)
		s = []VecPhysical{h, a, b, c, d, e, f, g}
		if j < 48 {
			sigmaOfMessage(sum, words[(j+1)%16], 7, 18, 3)
			sigmaOfMessage(t, words[(j+14)%16], 17, 19, 10)
			VPADDD(words[(j+9)%16], w, w)
			VPADDD(sum, w, w)
			VPADDD(t, w, w)
		}
	}
	end(s, stateAt, VPADDD)
}

// sigma writes z = x rotated right by a ^ by b ^ by c.
func sigma(z, x VecPhysical, a, b, c uint64) {
	t, u := free[2], free[3]
	VPRORD(Imm(a), x, z)
	VPRORD(Imm(b), x, t)
	VPRORD(Imm(c), x, u)
	logic(parity, u, t, z)
}

// sigmaOfMessage writes z = x rotated right by a ^ by b ^ shifted right by c.
func sigmaOfMessage(z, x VecPhysical, a, b, c uint64) {
	t, u := free[2], free[3]
	VPRORD(Imm(a), x, z)
	VPRORD(Imm(b), x, t)
	VPSRLD(Imm(c), x, u)
	logic(parity, u, t, z)
}

// sha256Constants returns the first 32 bits of the fractions of the cube roots of the first
// 64 primes (FIPS 180-4, section 4.2.2).
func sha256Constants() (k []uint32) {
	for p := int64(2); len(k) < 64; p++ {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		// The root has at most 3 bits before the point: 53 are enough for 32 behind it.
		_, fraction := math.Modf(math.Cbrt(float64(p)))
		k = append(k, uint32(fraction*(1<<32)))
	}
	return k
}
