// SPDX-License-Identifier: Apache-2.0

// Command asm writes the assembly of internal/ecmulx: go generate there runs it.
//
// A field element is four limbs of 64 bits. A point operation is one function, which has in
// memory what the registers do not hold, and calls routines for products and squares.
//
// No branch and no address depends on anything.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!purego,!boringcrypto")
	for _, p := range primes {
		routines(p)
		products(p)
		add(p)
		double(p)
		differences(p)
		chord(p)
	}
	selectEntry()
	Generate()
}
