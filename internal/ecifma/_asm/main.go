// SPDX-License-Identifier: Apache-2.0

// Command asm writes the assembly of internal/ecifma: go generate there runs it.
//
// A field element is five digits of 52 bits, and a register holds one digit of eight elements:
// eight lanes. The products are Montgomery's, with R = 2^260, by the fused multiply-adds of
// AVX-512 IFMA. They read the lowest 52 bits of a factor and ignore the others. So the generator
// follows the least and the greatest number that every digit can be, and stops where a digit
// of a factor might have more bits, or where a sum might not fit into its 64 bits.
//
// No branch and no address depends on anything, except for -public.
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	public := flag.Bool("public", false, "write what is for public numbers only")
	flag.Parse()
	ConstraintExpr("amd64,!purego,!boringcrypto")
	if *public {
		for _, p := range primes {
			addPublic(p)
		}
	} else {
		secret()
	}
	Generate()
}

func secret() {
	for _, p := range primes {
		addBlock(p)
		begin(p)
		addEntries(p)
		addPoints(p)
	}
	selectEntries(16)
	selectEntries(8)
	swap(1)
	swap(2)
	swap(4)
	clearRegisters("clearRegisters")
}
