// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// A faulty kernel flips one bit in the result of one of its products: a processor
// that computes wrongly, or a fault attack.
type fault struct {
	at    int // which product
	digit int
	bit   uint
	count int
}

func (f *fault) hit(z *uint64) {
	if f.count == f.at {
		*at8(z, f.digit) ^= 1 << f.bit
	}
	f.count++
}

func (f *fault) in(k *kernel, product func(*kernel) *func(z, x, y, n, k0 *uint64)) *kernel {
	faulty := *k
	right := *product(k)
	*product(&faulty) = func(z, x, y, n, k0 *uint64) {
		right(z, x, y, n, k0)
		f.hit(z)
	}
	if square := k.squarePair; square != nil && product(&faulty) == &faulty.multiplyPair {
		faulty.squarePair = func(z, n, k0 *uint64, times int) {
			for range times {
				square(z, n, k0, 1)
				f.hit(z)
			}
		}
	}
	if square := k.squareFull; square != nil && product(&faulty) == &faulty.multiplyFull {
		faulty.squareFull = func(z, n, k0 *uint64) {
			square(z, n, k0)
			f.hit(z)
		}
	}
	return &faulty
}

// faultIn returns a kernel with the fault in some of its products.
type faultIn func(*fault, *kernel) *kernel

// inLanes returns a kernel with lanes that replace has changed.
func inLanes(k *kernel, replace func(lanes *rsaifma.Lanes)) *kernel {
	faulty, lanes := *k, *k.lanes
	replace(&lanes)
	faulty.lanes = &lanes
	return &faulty
}

// inEightProducts is in, for the products of eight lanes.
func (f *fault) inEightProducts(k *kernel) *kernel {
	return inLanes(k, func(lanes *rsaifma.Lanes) {
		lanes.Multiply = func(z, x, y, n, k0 *uint64) {
			k.lanes.Multiply(z, x, y, n, k0)
			f.hit(z)
		}
	})
}

// inSquares is in, for the squares of eight lanes.
func (f *fault) inSquares(k *kernel) *kernel {
	return inLanes(k, func(lanes *rsaifma.Lanes) {
		lanes.Square = func(z, x, n, friendly, k0, t *uint64, times int) {
			k.lanes.Square(z, x, n, friendly, k0, t, times)
			f.hit(z)
		}
	})
}

// inMultiples is in, for the last step of the recombination of eight lanes.
func (f *fault) inMultiples(k *kernel) *kernel {
	return inLanes(k, func(lanes *rsaifma.Lanes) {
		lanes.AddMultipleFull = func(z, x, n []uint64) {
			k.lanes.AddMultipleFull(z, x, n)
			f.hit(&z[0])
		}
	})
}

// inFullProducts is in, for the products of eight lanes modulo n.
func (f *fault) inFullProducts(k *kernel) *kernel {
	return inLanes(k, func(lanes *rsaifma.Lanes) {
		lanes.MultiplyFull = func(z, x, y, n, k0, t []uint64) {
			k.lanes.MultiplyFull(z, x, y, n, k0, t)
			f.hit(&z[0])
		}
	})
}

// inFullSquares is in, for the squares of eight lanes modulo n.
func (f *fault) inFullSquares(k *kernel) *kernel {
	return inLanes(k, func(lanes *rsaifma.Lanes) {
		lanes.SquareFull = func(z, x, n, k0, t []uint64) {
			k.lanes.SquareFull(z, x, n, k0, t)
			f.hit(&z[0])
		}
	})
}

func pairProduct(k *kernel) *func(z, x, y, n, k0 *uint64) { return &k.multiplyPair }
func fullProduct(k *kernel) *func(z, x, y, n, k0 *uint64) { return &k.multiplyFull }

// TestAFlippedBitIsWithheld flips single bits in intermediate values all over a
// signature. A wrong signature never leaves: either the fault met a value that does
// not matter (half of a pair that is not read, an entry of the table that the
// exponent does not use) and the signature is right, or there is none.
func TestAFlippedBitIsWithheld(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		if spared(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := testKeys(t, kernel.primeBits())["published"]
			m := big.NewInt(0).Rsh(key.N, 3)
			message, want := bytesOf(key, m), bytesOf(key, new(big.Int).Exp(m, key.D, key.N))

			count := &fault{at: -1}
			require.Equal(t, want, faultyKey(newKey(key, kernel), count.in(kernel, pairProduct)).Sign(message))
			products := count.count
			table := 2 + 1<<window - 2 // the products before the exponentiation
			require.Greater(t, products, kernel.primeBits())

			caught := 0
			for i := range rsamodel.Rounds(60, 10_000) {
				f := &fault{at: rand.IntN(products), digit: rand.IntN(kernel.digits), bit: rand.UintN(uint(kernel.radix))}
				if i < 3 {
					f.at = products - 1 - i // the recombination
				}
				if rand.IntN(2) == 0 {
					f.digit += kernel.halfWords()
				}
				got := faultyKey(newKey(key, kernel), f.in(kernel, pairProduct)).Sign(message)
				if got == nil {
					caught++
					continue
				}
				require.Equal(t, want, got, "a wrong signature left: %+v", *f)
				require.False(t, f.at >= table && f.at < products-3, "a fault in the exponentiation went unseen: %+v", *f)
			}
			require.Positive(t, caught)

			// A fault in the check itself withholds a good signature.
			f := &fault{at: 3, digit: 5, bit: 7}
			require.Nil(t, faultyKey(newKey(key, kernel), f.in(kernel, fullProduct)).Sign(message))

			// A value that is right modulo n but not below it: verifiers refuse it.
			k := newKey(key, kernel)
			s := newScratchPublic(kernel)
			require.Zero(t, k.public.mismatch(s, want, message))
			require.Equal(t, ^uint64(0), k.public.mismatch(s, message, message))
			above := new(big.Int).Add(new(big.Int).SetBytes(bytesOf(key, big.NewInt(1))), key.N)
			require.Equal(t, ^uint64(0), k.public.mismatch(s, bytesOf(key, above), bytesOf(key, big.NewInt(1))))

			if !k.Lanes() {
				return
			}
			// A fault in one lane withholds that signature only.
			const lane = 3
			messages, got := make([][]byte, eight), make([][]byte, eight)
			for i := range messages {
				messages[i] = message
			}
			with := func(in faultIn) func(*fault) *Key {
				return func(f *fault) *Key { return faultyKey(newKey(key, kernel), in(f, kernel)) }
			}
			for what, faults := range map[string]struct {
				in func(*fault) *Key
				at []int // from the last one if negative
			}{
				// Residues, entries of the table, recombination.
				"products":         {with((*fault).inEightProducts), []int{10, 0, 1, 2, 3, -3, -2, -1}},
				"squares":          {with((*fault).inSquares), []int{0, 10, -1}},
				"multiples":        {with((*fault).inMultiples), []int{0}},
				"blinding":         {with((*fault).inFullProducts), []int{0, 1}},
				"checks":           {with((*fault).inFullProducts), []int{2, -1}},
				"squares modulo n": {with((*fault).inFullSquares), []int{0, -1}},
			} {
				count := &fault{at: -1}
				if testrun.Long() {
					faults.in(count).SignBatch(messages, got)
				} else {
					faults.at = faults.at[:1]
				}
				for _, at := range faults.at {
					if at < 0 {
						at += count.count
					}
					f := &fault{at: at, digit: 11*eight + lane, bit: 33}
					faults.in(f).SignBatch(messages, got)
					require.Greater(t, f.count, f.at)
					for i := range got {
						if i == lane {
							require.Nil(t, got[i], "%s %d", what, at)
						} else {
							require.Equal(t, want, got[i], "%s %d", what, at)
						}
					}
				}
			}
		})
	}
}

func faultyKey(k *Key, faulty *kernel) *Key {
	k.kernel, k.public.kernel = faulty, faulty
	return k
}
