// SPDX-License-Identifier: Apache-2.0

package rsaifma

// eight is the number of lanes of a register.
const eight = 8

// Lanes are the functions for eight numbers at once, digit by digit with the eight numbers in a
// row. A number is as long as a prime, or twice as long in the functions whose names say Full. The
// modulus n and k0 = -1 / n mod 2^52 are the same for all, and R is 2^52 to the number of digits of
// n. z may be x or y.
//
// Digits are below 2^52 except where a function says that they may hold carries.
type Lanes struct {
	// Multiply is the almost Montgomery product: z = x y / R mod n, below 2 n if x y is below R n.
	Multiply func(z, x, y, n, k0 *uint64)
	// Square squares x, and then z, as Multiply does, but for results below three times the
	// modulus: times squares in all, at least one. friendly is (n k0 + 1) / 2^52. t is memory for
	// twice as many digits. The digits of x and z may hold carries.
	Square func(z, x, n, friendly, k0, t *uint64, times int)
	// MultiplyEntry is Multiply with entry i of a table of 16 times eight numbers for y, but for
	// results below three times the modulus. The digits of x and z may hold carries. It reads all of
	// the table, or of what LayTable has made of it if that is not nil. t is memory for eight numbers.
	MultiplyEntry func(z, x, laid *uint64, i uint64, n, friendly, k0, t *uint64)
	// LayTable sets laid, which is as long as the table, to what MultiplyEntry reads.
	LayTable func(laid, table *uint64)
	// Carry sets z to t, with digits below 2^52.
	Carry func(z, t *uint64)

	// MultiplyFull and SquareFull are Multiply of x and y, and of x and x. t is memory for five
	// times eight numbers as long as a prime.
	MultiplyFull func(z, x, y, n, k0, t []uint64)
	SquareFull   func(z, x, n, k0, t []uint64)
	// AddMultipleFull adds x n to z for eight x and one n as long as a prime, where the sums have
	// no more digits than z.
	AddMultipleFull func(z, x, n []uint64)
}
