// SPDX-License-Identifier: Apache-2.0

//go:build amd64 && !purego && !boringcrypto

package rsaadx

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"os"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsamodel"
)

// Package rsakey tests these functions in signatures.

func skipWithout(t testing.TB) {
	if !Supported() {
		if os.Getenv("KMSIGNER_ADX") != "" {
			t.Fatal("KMSIGNER_ADX is set, and there is no ADX")
		}
		t.Skip("SKIPPED: this machine has no ADX")
	}
}

func numberOf(words []uint64) *big.Int { return rsamodel.Number(words, 1, 64) }

// block is the number of words of a block.
const block = 8

// check multiplies x and y, and squares x, modulo n, an odd number with its top bit set.
func check(t *testing.T, x, y, n []uint64) {
	length := len(n)
	modulus := numberOf(n)
	k0 := rsamodel.NegativeInverse(modulus, 64)
	inverse := new(big.Int).Lsh(big.NewInt(1), uint(64*length))
	inverse.ModInverse(inverse, modulus)
	z, held := make([]uint64, length), slices.Clone(x)
	same := func(want *big.Int) {
		t.Helper()
		got := numberOf(z)
		want.Mod(want.Mul(want, inverse), modulus)
		require.Zero(t, want.Cmp(got.Mod(got, modulus)), "%x is not %x", got, want)
	}
	Multiply(&z[0], &x[0], &y[0], &n[0], k0, length/8)
	same(new(big.Int).Mul(numberOf(x), numberOf(y)))
	Square(&z[0], &x[0], &n[0], k0, length/8, 1)
	same(new(big.Int).Mul(numberOf(x), numberOf(x)))
	once := numberOf(z)
	Square(&z[0], &x[0], &n[0], k0, length/8, 2)
	same(once.Mul(once, once))
	require.Equal(t, held, x)
}

// TestProducts: the assembly gives the model's words, which are x y / R mod n, also in place of x, of
// y or of both, for numbers as long as the primes and the moduli of keys.
func TestProducts(t *testing.T) {
	skipWithout(t)
	for _, length := range []int{16, 24, 32, 48} {
		t.Run(fmt.Sprint(64*length), func(t *testing.T) {
			t.Parallel()
			power := new(big.Int).Lsh(big.NewInt(1), uint(64*length))
			of := func(x *big.Int) []uint64 {
				words := make([]uint64, length)
				rsamodel.SetDigits(words, x, 1, 64)
				return words
			}
			for round := range rsamodel.Rounds(1000, 500_000) {
				modulus := rsamodel.Modulus(64 * length)
				k0 := rsamodel.NegativeInverse(modulus, 64)
				x, y, n := of(rsamodel.Pick(power)), of(rsamodel.Pick(power)), of(modulus)
				model := func(x, y []uint64) []uint64 {
					z := make([]uint64, length)
					rsamodel.MultiplyWords(&z[0], &x[0], &y[0], &n[0], k0, length)
					return z
				}
				multiply := func(z, x, y []uint64) []uint64 {
					Multiply(&z[0], &x[0], &y[0], &n[0], k0, length/block)
					return z
				}
				check(t, x, y, n)
				product, square := model(x, y), model(x, x)
				require.Equal(t, product, multiply(make([]uint64, length), x, y), "x %x y %x n %x", x, y, n)
				z := slices.Clone(x)
				require.Equal(t, product, multiply(z, z, y), "in place of x")
				z = slices.Clone(y)
				require.Equal(t, product, multiply(z, x, z), "in place of y")
				z = slices.Clone(x)
				require.Equal(t, square, multiply(z, z, z), "a square in place")

				times := 1 + round%4
				for range times - 1 {
					square = model(square, square)
				}
				Square(&z[0], &x[0], &n[0], k0, length/block, times)
				require.Equal(t, square, z, "%d squares of x %x n %x", times, x, n)
				Square(&x[0], &x[0], &n[0], k0, length/block, times)
				require.Equal(t, square, x, "%d squares in place", times)
			}
		})
	}
}

func TestLengths(t *testing.T) {
	skipWithout(t)
	for length := 16; length <= 48; length += 8 {
		ones, low, n := make([]uint64, length), make([]uint64, length), make([]uint64, length)
		for i := range ones {
			ones[i] = ^uint64(0)
		}
		low[0], n[0], n[length-1] = 1, 1, 1<<63
		for _, n := range [][]uint64{ones, n} {
			for _, x := range [][]uint64{ones, low, n, make([]uint64, length)} {
				for _, y := range [][]uint64{ones, low, n} {
					check(t, x, y, n)
				}
			}
		}
	}
}

// TestSquareCarriesTwice squares numbers of three blocks of which the middle one makes the block
// behind the products of a strip all ones, where the carry of the strip before is added: that carry
// goes on. At random it happens once in 2^512 blocks.
func TestSquareCarriesTwice(t *testing.T) {
	skipWithout(t)
	one := big.NewInt(1)
	ones := new(big.Int).Sub(new(big.Int).Lsh(one, 512), one)
	x, n := make([]uint64, 3*block), make([]uint64, 3*block)
	for i := range x {
		x[i], n[i] = ^uint64(0), ^uint64(0)
	}
	// The lower half of the products of different words of the highest block, x[16] to x[23]. The
	// upper half of that block times the middle one is the middle one, less 1 or 0.
	lower := new(big.Int)
	for i := range block {
		for j := range i {
			product := new(big.Int).SetUint64(x[2*block+i])
			product.Mul(product, new(big.Int).SetUint64(x[2*block+j]))
			lower.Add(lower, product.Lsh(product, uint(64*(i+j))))
		}
	}
	lower.And(lower, ones)
	for less := range int64(3) {
		middle := new(big.Int).Sub(ones, lower)
		middle.Add(middle, big.NewInt(1-less))
		b := middle.FillBytes(make([]byte, 8*block))
		for i := range block {
			x[block+i] = binary.BigEndian.Uint64(b[len(b)-8*i-8:])
		}
		check(t, x, n, n)
	}
}

// FuzzMontgomery compares products and squares of any numbers with math/big's. The lowest bits of
// the first byte say how long the numbers are, and the rest is repeated to fill three of them.
func FuzzMontgomery(f *testing.F) {
	skipWithout(f)
	f.Add([]byte("\x00\xff"))
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x01"))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\x00\x00"))
	f.Add([]byte("\x03a product of two numbers and a modulus"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 2 {
			return
		}
		length := []int{16, 24, 32, 48}[b[0]&3]
		words := make([]uint64, 3*length)
		bytes := slices.Repeat(b[1:], 24*length/(len(b)-1)+1)
		for i := range words {
			words[i] = binary.LittleEndian.Uint64(bytes[8*i:])
		}
		x, y, n := words[:length], words[length:2*length], words[2*length:]
		n[0] |= 1
		n[length-1] |= 1 << 63
		check(t, x, y, n)
	})
}

// TestStack: a function leaves nothing of its numbers below its caller's frame, and nothing of -1 / n,
// which has the lowest words of n. One factor is full of one word, which the test looks for there, and
// in the product of that factor and 1.
func TestStack(t *testing.T) {
	skipWithout(t)
	const marker = 0x5a17_c0de_5a17_c0de
	x, one, n, z := make([]uint64, 48), make([]uint64, 48), make([]uint64, 48), make([]uint64, 48)
	for i := range x {
		x[i], n[i] = marker, ^uint64(0)-uint64(i+2)<<40
	}
	one[0] = 1
	power := new(big.Int).Lsh(big.NewInt(1), 128)
	inverse := new(big.Int).ModInverse(numberOf(n), power)
	inverse.Sub(power, inverse)
	k0, k1 := inverse.Uint64(), new(big.Int).Rsh(inverse, 64).Uint64()
	for _, f := range []func(){
		func() { Multiply(&z[0], &x[0], &one[0], &n[0], k0, 6) },
		func() { Square(&z[0], &x[0], &n[0], k0, 6, 2) },
	} {
		for _, word := range []uint64{marker, n[0], n[1], k0, k1} {
			require.Zero(t, countBelow(f, word), "%x", word)
		}
	}
	require.NotZero(t, countBelow(func() { spill(marker) }, marker), "the test sees what is left")
}

// countBelow returns how often a word is on the stack below, after f.
//
//go:noinline
func countBelow(f func(), word uint64) (count int) {
	var here uint64
	grow(4 << 10) // the stack does not move in f
	f()
	at := unsafe.Pointer(&here)
	for offset := 8; offset < 2<<10; offset += 8 {
		if *(*uint64)(unsafe.Add(at, -offset)) == word {
			count++
		}
	}
	return count
}

//go:noinline
func grow(bytes int) byte {
	var all [4 << 10]byte
	all[bytes-1] = 1
	return all[bytes/2]
}

//go:noinline
func spill(word uint64) {
	var all [64]uint64
	for i := range all {
		all[i] = word
	}
	use(&all)
}

//go:noinline
func use(*[64]uint64) {}

func TestSelect(t *testing.T) {
	skipWithout(t)
	for words, entry := range map[int]func(z, table *uint64, i uint64){16: Select16, 24: Select24} {
		table, z := make([]uint64, 32*2*words), make([]uint64, words)
		for i := range table {
			table[i] = uint64(i) << 30
		}
		for i := range 32 {
			entry(&z[0], &table[0], uint64(i))
			require.Equal(t, table[2*words*i:][:words], z)
		}
	}
}
