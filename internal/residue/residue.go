// SPDX-License-Identifier: Apache-2.0

// Package residue says which multiple of the base point a sum is.
//
// Each entry of a table of multiples has its multiplier modulo 2^57 - 1 with it. The multiplier is
// selected, negated and added up as the entry is, by the same masks and in the same functions, and
// the sum of the multipliers has to be the scalar in the end: a wrong digit, mask, sign, entry or
// order, or an addition that is missing, makes it another number. (In the terms of fault-tolerant
// arithmetic it is a low-cost residue code, whose modulus is one less than a power of two.)
//
// 2 has the order 57 modulo 2^57 - 1, so that the same digit in two places has two residues if
// 57 does not divide the distance of the places.
//
// All of it is constant time: multipliers are secret.
package residue

const (
	width   = 57
	modulus = 1<<width - 1
)

// Of returns x modulo 2^57 - 1.
func Of(x *[4]uint64) uint64 {
	return Reduce(x[0]&modulus +
		(x[0]>>57|x[1]<<7)&modulus +
		(x[1]>>50|x[2]<<14)&modulus +
		(x[2]>>43|x[3]<<21)&modulus +
		x[3]>>36)
}

// Shifted returns x 2^place modulo 2^57 - 1, for an x below that.
func Shifted(x uint64, place int) uint64 {
	place %= width
	return (x<<place | x>>(width-place)) & modulus
}

// Reduce returns a sum of up to 63 residues and negatives of residues, in two's complement, modulo
// 2^57 - 1.
func Reduce(sum uint64) uint64 {
	z := uint64(int64(sum)>>width) + sum&modulus // between -64 and the modulus + 63
	z += uint64(int64(z)>>63) & modulus
	return (z + (z+1)>>width) & modulus
}
