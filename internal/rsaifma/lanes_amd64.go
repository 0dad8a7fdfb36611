// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsaifma

// Lanes20 and Lanes30 are for primes of 20 and of 30 digits.
var (
	Lanes20 = &Lanes{
		Multiply: multiply20x8, Square: square20x8, MultiplyEntry: multiplyEntry20, LayTable: layTable20x8,
		Carry:        carry20x8,
		MultiplyFull: halves20.multiply, SquareFull: halves20.squareOf, AddMultipleFull: halves20.addMultiple,
	}
	Lanes30 = &Lanes{
		Multiply: multiply30x8, Square: square30x8, MultiplyEntry: multiplyEntry30,
		Carry:        carry30x8,
		MultiplyFull: halves30.multiply, SquareFull: halves30.squareOf, AddMultipleFull: halves30.addMultiple,
	}
)

func multiplyEntry20(z, x, laid *uint64, i uint64, n, friendly, k0, _ *uint64) {
	multiplyEntry20x8(z, x, laid, i, n, friendly, k0)
}

func multiplyEntry30(z, x, table *uint64, i uint64, n, _, k0, t *uint64) {
	select30x8(t, table, i)
	carry30x8(z, x)
	multiply30x8(z, z, t, n, k0)
}
