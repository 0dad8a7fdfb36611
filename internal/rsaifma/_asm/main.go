// SPDX-License-Identifier: Apache-2.0

// Command asm writes the assembly of internal/rsaifma: go generate there runs it.
//
// In the comments i counts rounds, x[j] is a digit, and m the quotient digits so far.
//
// All kernels are almost Montgomery multiplications (S. Gueron, "Efficient software
// implementations of modular exponentiation", J. Cryptogr. Eng. 2, 2012) in radix
// 2^52 with the fused multiply-adds of AVX-512 IFMA, as in N. Drucker and S. Gueron,
// "Fast modular squaring with AVX512IFMA", 2018: with D digits and R = 2^(52 D),
// z = x y / R mod n, where z < 2 n as long as x y < R n. There is no final
// subtraction, and no branch or address that depends on anything but D.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!purego,!boringcrypto")

	// Digits across the lanes: the latency of one product.
	montgomery("Multiply20x2", 20, 2)
	montgomery("Multiply30x2", 30, 2)
	montgomery("Multiply40", 40, 1)
	montgomery("Multiply60", 60, 1)
	selectPair("Select20x2", 20)
	selectPair("Select30x2", 30)

	// One number a lane: the throughput of eight.
	montgomeryEight("multiply20x8", 20)
	montgomeryEight("multiply30x8", 30)
	squareEight("square20x8", 20)
	squareEight("square30x8", 30)
	multiplyEntry("multiplyEntry20x8", 20)
	layTable("layTable20x8", 20)
	selectEight("select30x8", 30) // 30 digits leave no registers for multiplyEntry

	// Parts of the throughput of eight, for numbers of twice as many digits.
	for _, digits := range []int{20, 30} {
		name := func(part string) string { return fmt.Sprintf("%s%dx8", part, digits) }
		squareHalf(name("squareHalf"), digits)
		addProduct(name("addProduct"), digits, once)
		addProduct(name("addTwiceProduct"), digits, twice)
		addProduct(name("addMultiple"), digits, shared)
		reduceHalf(name("reduceHalf"), digits)
		carryDigits(name("carryWide"), 2*digits)
		carryDigits(name("carry"), digits)
	}

	clearRegisters("ClearRegisters")

	Generate()
}

// radix is the number of bits of a digit.
const radix = 52

// vectors returns how many registers of eight lanes hold digits.
func vectors(digits int) int { return (digits + 7) / 8 }
