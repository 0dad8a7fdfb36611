// SPDX-License-Identifier: Apache-2.0

package rsaifma_test

import (
	"maps"
	"math/big"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/rsamodel"
)

// Package rsakey tests these functions in signatures, and that they leave no digits in registers.

const (
	radix       = 52
	eight       = 8  // lanes
	pairEntries = 32 // of a table for selectPair
	entries     = 16 // of a table for the lanes
)

// A kernel is the functions for primes of so many digits, and for moduli of twice as many.
type kernel struct {
	digits       int
	multiplyPair func(z, x, y, n, k0 *uint64)
	selectPair   func(z, table *uint64, i, j uint64)
	multiplyFull func(z, x, y, n, k0 *uint64)
	lanes        *rsaifma.Lanes
}

func modelOf(digits int) *kernel {
	half := (digits + 7) &^ 7
	return &kernel{
		digits, rsamodel.MultiplyPair(digits), rsamodel.SelectPair(half),
		rsamodel.Multiply(2 * digits), rsamodel.Lanes(digits),
	}
}

func (k *kernel) primeBits() int { return k.digits * radix &^ 511 }
func (k *kernel) halfWords() int { return (k.digits + 7) &^ 7 }
func (k *kernel) fullWords() int { return (2*k.digits + 7) &^ 7 }

// kernelsHere returns the models, and the assembly that the machine has.
func kernelsHere(t *testing.T) map[string]*kernel {
	all := map[string]*kernel{"model 2048": modelOf(20), "model 3072": modelOf(30)}
	if !rsaifma.Supported() {
		if os.Getenv("KMSIGNER_IFMA") != "" {
			t.Fatal("KMSIGNER_IFMA is set, and there is no AVX-512 IFMA")
		}
		t.Log("SKIPPED: the assembly: this machine has no AVX-512 IFMA")
		return all
	}
	maps.Copy(all, assembly)
	return all
}

func setDigits(z []uint64, x *big.Int)     { rsamodel.SetDigits(z, x, 1, radix) }
func numberOf(z []uint64) *big.Int         { return rsamodel.Number(z, 1, radix) }
func inLane(z []uint64, lane int) *big.Int { return rsamodel.Number(z[lane:], eight, radix) }
func inverseOf(n *big.Int) uint64          { return rsamodel.NegativeInverse(n, radix) }

// pickEight sets eight numbers.
func pickEight(z []uint64, limit *big.Int) {
	for lane := range eight {
		rsamodel.SetDigits(z[lane:], rsamodel.Pick(limit), eight, radix)
	}
}

// TestProducts: the assembly gives the model's digits. The model in turn
// is held to its definition: congruent to x y / R, and below twice the modulus.
func TestProducts(t *testing.T) {
	for name, k := range kernelsHere(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := modelOf(k.digits)
			for range rsamodel.Rounds(2000, 1_000_000) {
				checkPair(t, k, model)
			}
			for range rsamodel.Rounds(1000, 500_000) {
				checkFull(t, k, model)
			}
			for range rsamodel.Rounds(500, 250_000) {
				checkEight(t, k, model)
			}
			for range rsamodel.Rounds(200, 100_000) {
				checkFullEight(t, k, model)
			}
		})
	}
}

func checkPair(t *testing.T, k, model *kernel) {
	half := k.halfWords()
	x, y, n := make([]uint64, 2*half), make([]uint64, 2*half), make([]uint64, 2*half)
	got, want := make([]uint64, 2*half), make([]uint64, 2*half)
	var k0 [2]uint64
	of := func(z []uint64, prime int) []uint64 { return z[prime*half:][:k.digits] }
	for prime := range 2 {
		modulus := rsamodel.Modulus(k.primeBits())
		limit := new(big.Int).Lsh(modulus, 8)
		setDigits(of(n, prime), modulus)
		setDigits(of(x, prime), rsamodel.Pick(limit))
		setDigits(of(y, prime), rsamodel.Pick(limit))
		k0[prime] = inverseOf(modulus)
	}
	k.multiplyPair(&got[0], &x[0], &y[0], &n[0], &k0[0])
	model.multiplyPair(&want[0], &x[0], &y[0], &n[0], &k0[0])
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	for prime := range 2 {
		number := func(z []uint64) *big.Int { return numberOf(of(z, prime)) }
		checkBelow(t, number(got), number(x), number(y), number(n), k.digits, 2)
	}
	inPlace(t, func(z, x, y *uint64) { k.multiplyPair(z, x, y, &n[0], &k0[0]) }, x, y)
}

// inPlace: the result may take the place of either factor, or of both.
func inPlace(t *testing.T, multiply func(z, x, y *uint64), x, y []uint64) {
	want, z := make([]uint64, len(x)), make([]uint64, len(x))
	multiply(&want[0], &x[0], &y[0])
	copy(z, x)
	multiply(&z[0], &z[0], &y[0])
	require.Equal(t, want, z, "in place of x")
	copy(z, y)
	multiply(&z[0], &x[0], &z[0])
	require.Equal(t, want, z, "in place of y")
	multiply(&want[0], &x[0], &x[0])
	copy(z, x)
	multiply(&z[0], &z[0], &z[0])
	require.Equal(t, want, z, "a square in place")
}

// checkBelow: z = x y / R mod n, and below so many times n: x y is below R n.
func checkBelow(t *testing.T, z, x, y, n *big.Int, digits int, times int64) {
	require.Negative(t, z.Cmp(new(big.Int).Mul(n, big.NewInt(times))), "z is not below %d n", times)
	left := new(big.Int).Lsh(z, uint(digits)*radix)
	left.Sub(left, new(big.Int).Mul(x, y))
	require.Zero(t, left.Mod(left, n).Sign(), "z R is not x y")
}

func checkFull(t *testing.T, k, model *kernel) {
	words, digits := k.fullWords(), 2*k.digits
	x, y, got, want := make([]uint64, words), make([]uint64, words), make([]uint64, words), make([]uint64, words)
	n, modulus := make([]uint64, words), rsamodel.Modulus(2*k.primeBits())
	limit := new(big.Int).Lsh(modulus, 2)
	setDigits(n, modulus)
	setDigits(x, rsamodel.Pick(limit))
	setDigits(y, rsamodel.Pick(limit))
	k0 := inverseOf(modulus)
	k.multiplyFull(&got[0], &x[0], &y[0], &n[0], &k0)
	model.multiplyFull(&want[0], &x[0], &y[0], &n[0], &k0)
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	checkBelow(t, numberOf(got), numberOf(x), numberOf(y), modulus, digits, 2)
	inPlace(t, func(z, x, y *uint64) { k.multiplyFull(z, x, y, &n[0], &k0) }, x, y)
}

func checkEight(t *testing.T, k, model *kernel) {
	words := eight * k.digits
	x, y, got, want := make([]uint64, words), make([]uint64, words), make([]uint64, words), make([]uint64, words)
	n, modulus := make([]uint64, k.digits), rsamodel.Modulus(k.primeBits())
	limit := new(big.Int).Lsh(modulus, 8)
	setDigits(n, modulus)
	pickEight(x, limit)
	pickEight(y, limit)
	k0 := inverseOf(modulus)
	k.lanes.Multiply(&got[0], &x[0], &y[0], &n[0], &k0)
	model.lanes.Multiply(&want[0], &x[0], &y[0], &n[0], &k0)
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	for lane := range eight {
		checkBelow(t, inLane(got, lane), inLane(x, lane), inLane(y, lane), modulus, k.digits, 2)
	}
	inPlace(t, func(z, x, y *uint64) { k.lanes.Multiply(z, x, y, &n[0], &k0) }, x, y)

	friendly, wide := friendlyOf(t, k, modulus), make([]uint64, 2*words)
	square := func(z, x []uint64, times int) {
		k.lanes.Square(&z[0], &x[0], &n[0], &friendly[0], &k0, &wide[0], times)
		k.lanes.Carry(&z[0], &z[0])
	}
	square(got, x, 1)
	model.lanes.Square(&want[0], &x[0], &n[0], &friendly[0], &k0, nil, 1)
	require.Equal(t, want, got, "square of x %x n %x", x, n)
	for lane := range eight {
		number := inLane(x, lane)
		checkBelow(t, inLane(got, lane), number, number, modulus, k.digits, 3)
	}
	carries := carriesDown(x)
	square(got, carries, 1)
	require.Equal(t, want, got, "square of x with carries %x n %x", carries, n)
	square(x, x, 3)
	model.lanes.Square(&want[0], &want[0], &n[0], &friendly[0], &k0, nil, 2)
	require.Equal(t, want, x, "squares in place")
}

// friendlyOf returns (n k0 + 1) / 2^52.
func friendlyOf(t *testing.T, k *kernel, n *big.Int) []uint64 {
	friendly := make([]uint64, k.digits)
	f := new(big.Int).SetUint64(inverseOf(n))
	f.Mul(f, n).Add(f, big.NewInt(1))
	require.GreaterOrEqual(t, f.TrailingZeroBits(), uint(radix))
	setDigits(friendly, f.Rsh(f, radix))
	return friendly
}

// carriesDown returns eight numbers x with carries in their digits that have not gone up.
func carriesDown(x []uint64) []uint64 {
	z := slices.Clone(x)
	for i := range z[eight:] {
		down := min(z[eight+i], 1<<9)
		z[eight+i] -= down
		z[i] += down << radix
	}
	return z
}

func checkFullEight(t *testing.T, k, model *kernel) {
	words, digits := 2*eight*k.digits, 2*k.digits
	x, y, z, want := make([]uint64, words), make([]uint64, words), make([]uint64, words), make([]uint64, words)
	n, modulus := make([]uint64, k.fullWords()), rsamodel.Modulus(2*k.primeBits())
	limit := new(big.Int).Lsh(modulus, 8)
	setDigits(n, modulus)
	pickEight(x, limit)
	pickEight(y, limit)
	k0, memory := []uint64{inverseOf(modulus)}, make([]uint64, 5*eight*k.digits)
	k.lanes.MultiplyFull(z, x, y, n, k0, memory)
	model.lanes.MultiplyFull(want, x, y, n, k0, memory)
	require.Equal(t, want, z, "x %x y %x n %x", x, y, n)
	for lane := range eight {
		checkBelow(t, inLane(z, lane), inLane(x, lane), inLane(y, lane), modulus, digits, 2)
	}
	copy(z, y)
	k.lanes.MultiplyFull(z, x, z, n, k0, memory)
	require.Equal(t, want, z, "in place of y")

	k.lanes.SquareFull(z, x, n, k0, memory)
	model.lanes.SquareFull(want, x, n, k0, memory)
	require.Equal(t, want, z, "square of x %x n %x", x, n)
	k.lanes.SquareFull(x, x, n, k0, memory)
	require.Equal(t, want, x, "a square in place")

	short := slices.Clone(y[:eight*k.digits])
	copy(z, x)
	for lane := range eight { // the sum has no more digits
		short[len(short)-eight+lane] >>= 2
		z[len(z)-eight+lane] >>= 2
	}
	copy(want, z)
	copy(x, z)
	k.lanes.AddMultipleFull(z, short, n[:k.digits])
	model.lanes.AddMultipleFull(want, short, n[:k.digits])
	require.Equal(t, want, z, "z + y n")
	for lane := range eight {
		sum := new(big.Int).Mul(inLane(short, lane), numberOf(n[:k.digits]))
		require.Zero(t, sum.Add(sum, inLane(x, lane)).Cmp(inLane(z, lane)))
	}
}

// TestSelections: every entry can be read, and the digits of no other get in.
func TestSelections(t *testing.T) {
	for name, k := range kernelsHere(t) {
		t.Run(name, func(t *testing.T) {
			checkPairEntries(t, k)
			checkEntries(t, k)
		})
	}
}

func checkPairEntries(t *testing.T, k *kernel) {
	half := k.halfWords()
	words := 2 * half
	table, z := make([]uint64, words*pairEntries), make([]uint64, words)
	for i := range table {
		table[i] = uint64(i)<<20 | 0xabcde
	}
	for i := range pairEntries {
		for j := range pairEntries {
			k.selectPair(&z[0], &table[0], uint64(i), uint64(j))
			require.Equal(t, table[i*words:][:half], z[:half])
			require.Equal(t, table[j*words+half:][:half], z[half:])
		}
	}
}

func checkEntries(t *testing.T, k *kernel) {
	words := eight * k.digits
	n, modulus := make([]uint64, k.digits), rsamodel.Modulus(k.primeBits())
	setDigits(n, modulus)
	k0, friendly := inverseOf(modulus), friendlyOf(t, k, modulus)
	limit := new(big.Int).Lsh(modulus, 2)
	x, z, memory := make([]uint64, words), make([]uint64, words), make([]uint64, words)
	pickEight(x, limit)
	table := make([]uint64, words*entries)
	for i := range entries {
		pickEight(table[i*words:][:words], limit)
	}
	laid := slices.Clone(table)
	if k.lanes.LayTable != nil {
		k.lanes.LayTable(&laid[0], &table[0])
	}
	held := slices.Clone(laid)
	for i := range entries {
		multiply := func(z, x []uint64) {
			k.lanes.MultiplyEntry(&z[0], &x[0], &laid[0], uint64(i), &n[0], &friendly[0], &k0, &memory[0])
			k.lanes.Carry(&z[0], &z[0])
		}
		for _, from := range [][]uint64{x, carriesDown(x)} {
			multiply(z, from)
			for lane := range eight {
				y := inLane(table[i*words:][:words], lane)
				checkBelow(t, inLane(z, lane), inLane(x, lane), y, modulus, k.digits, 3)
			}
		}
		in := slices.Clone(x)
		multiply(in, in)
		require.Equal(t, z, in, "in place, entry %d", i)
	}
	require.Equal(t, held, laid)
}
