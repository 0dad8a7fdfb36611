// SPDX-License-Identifier: Apache-2.0

package rsakey

// A kernel is the arithmetic for one size of key: the functions of amm_amd64.s or of package
// rsaadx, and in tests their model in plain Go. z may be x or y.
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

	// The functions from here to layTable are nil in a kernel that has no lanes.

	// multiplyEight is the almost Montgomery product of eight numbers, each as long as a
	// prime, with one modulus.
	multiplyEight func(z, x, y, n, k0 *uint64)
	// squareEight squares x, and then z, as multiplyEight does, but for results below three
	// times the modulus: times squares in all, at least one. friendly is (n k0 + 1) / 2^52. t is
	// memory for twice as many digits. The digits of x and z may hold carries, above 2^52.
	squareEight func(z, x, n, friendly, k0, t *uint64, times int)
	// multiplyFullEight and squareFullEight are multiplyEight and squareEight of numbers of
	// twice as many digits: z and x are eight each and n is one, in words. t is memory for
	// five times eight numbers as long as a prime.
	multiplyFullEight func(z, x, y, n, k0, t []uint64)
	squareFullEight   func(z, x, n, k0, t []uint64)
	// carryEight sets z to t, with digits below 2^52.
	carryEight func(z, t *uint64)
	// addMultipleEight adds x n to z for eight numbers x and one n: z has twice as many digits,
	// which are below 2^52 before and afterwards.
	addMultipleEight func(z, x, n []uint64)
	// multiplyEntry is multiplyEight with entry i of a table of eight numbers for y, but for
	// results below three times the modulus. The digits of x and z may hold carries. It reads all
	// of the table, or of what layTable has made of it if that is not nil: laid has entryWords. t
	// is memory for eight numbers.
	multiplyEntry func(z, x, laid *uint64, i uint64, n, friendly, k0, t *uint64)
	layTable      func(laid, table *uint64)

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

// entryWords is the length of a table for multiplyEntry.
func (k *kernel) entryWords() int { return k.eightWords() << windowEight }
