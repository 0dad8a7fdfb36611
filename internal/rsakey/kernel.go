// SPDX-License-Identifier: Apache-2.0

package rsakey

import "github.com/kmsigner/kmsigner/internal/rsaifma"

// A kernel is the arithmetic for one size of key: the functions of package rsaifma or of package
// rsaadx, and in tests their models of package rsamodel. z may be x or y.
type kernel struct {
	radix
	// digits is the number of digits of a prime: of 52 bits 20 for 1024 bits and 30 for 1536,
	// of 64 bits 16 and 24.
	digits int
	// multiplyPair is the Montgomery product of two numbers of digits digits, each in
	// pairWords/2 words, one for each prime: see [Key.multiply].
	multiplyPair func(z, x, y, n, k0 *uint64)
	// squarePair, if it is not nil, squares z so many times for less than multiplyPair.
	squarePair func(z, n, k0 *uint64, times int)
	// selectPair reads one number of entry i and one of entry j of a table.
	selectPair func(z, table *uint64, i, j uint64)
	// multiplyFull is the Montgomery product of one number of twice as many
	// digits, in fullWords words, for the modulus: see [PublicKey.multiply].
	multiplyFull func(z, x, y, n, k0 *uint64)
	// squareFull, if it is not nil, squares z for less than multiplyFull.
	squareFull func(z, n, k0 *uint64)
	// lanes, if it is not nil, computes with eight numbers at once.
	lanes *rsaifma.Lanes
	// clearRegisters empties the registers in which the other functions leave digits
	// of the key and of results.
	clearRegisters func()
}

// kernelFor returns the kernel for primes of so many bits, or nil.
func kernelFor(primeBits int, kernels []*kernel) *kernel {
	for _, k := range kernels {
		if k.primeBits() == primeBits {
			return k
		}
	}
	return nil
}

func (k *kernel) bitsOfR() int    { return k.digits * int(k.radix) }
func (k *kernel) primeBits() int  { return k.bitsOfR() &^ 511 }
func (k *kernel) halfWords() int  { return (k.digits + 7) &^ 7 }
func (k *kernel) pairWords() int  { return 2 * k.halfWords() }
func (k *kernel) fullWords() int  { return (2*k.digits + 7) &^ 7 }
func (k *kernel) eightWords() int { return 8 * k.digits }

// tableWords is the length of a table for a kernel's lanes.
func (k *kernel) tableWords() int { return k.eightWords() << windowEight }
