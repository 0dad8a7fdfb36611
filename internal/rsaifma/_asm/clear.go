// SPDX-License-Identifier: Apache-2.0

package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// clearRegisters writes the function that empties the registers in which the other
// functions leave digits of primes and of results. VZEROUPPER does not reach Z16 to
// Z31, and not the lower quarter of the others.
func clearRegisters(name string) {
	TEXT(name, NOSPLIT, "func()")
	Doc(name + " sets Z0 to Z31 and the mask registers K1 and K2 to zero.")
	var free zmm
	for _, z := range free.takeAll(32) {
		VPXORQ(z, z, z)
	}
	KXORB(K1, K1, K1)
	KXORB(K2, K2, K2)
	VZEROUPPER()
	RET()
}
