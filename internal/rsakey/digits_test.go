// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"math/big"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/stretchr/testify/require"
)

func TestAligned(t *testing.T) {
	for count := 1; count < 100; count++ {
		words := aligned(count)
		require.Len(t, words, count)
		require.Equal(t, count, cap(words))
		require.Zero(t, uintptr(unsafe.Pointer(&words[0]))%64)
	}
}

// TestDigits holds the small arithmetic to math/big, at the sizes of both keys.
func TestDigits(t *testing.T) {
	for _, k := range []*kernel{modelKernel(20), modelKernel(30), modelKernel64(16), modelKernel64(24)} {
		digits, primeBits, digitMask := k.digits, k.primeBits(), k.mask()
		power := new(big.Int).Lsh(big.NewInt(1), uint(primeBits))
		limit := new(big.Int).Lsh(big.NewInt(1), uint(k.bitsOfR()))
		for range rsamodel.Rounds(2000, 1_000_000) {
			x, y, n := rsamodel.Pick(power), rsamodel.Pick(power), rsamodel.Modulus(primeBits)
			xs, ys, ns, zs := make([]uint64, digits), make([]uint64, digits), make([]uint64, digits), make([]uint64, digits)
			k.digitsOf(y, ys)
			k.digitsOf(n, ns)

			b, words := x.FillBytes(make([]byte, primeBits/8)), make([]uint64, primeBits/64)
			setWords(words, b)
			k.setDigits(xs, words)
			require.Zero(t, x.Cmp(k.numberOf(xs)))
			back, bytes := make([]uint64, len(words)), make([]byte, len(b))
			k.putDigits(back, xs)
			require.Equal(t, words, back)
			putWords(bytes, back)
			require.Equal(t, b, bytes)

			carry := k.add(zs, xs, ys)
			sum := new(big.Int).Add(x, y)
			require.Equal(t, sum.Cmp(limit) >= 0, carry == 1)
			require.Zero(t, new(big.Int).Mod(sum, limit).Cmp(k.numberOf(zs)))
			k.addIf(0, zs, ys)
			require.Zero(t, new(big.Int).Mod(sum, limit).Cmp(k.numberOf(zs)))
			k.addIf(^uint64(0), zs, ys)
			require.Zero(t, sum.Mod(sum.Add(sum, y), limit).Cmp(k.numberOf(zs)))
			borrow := k.sub(zs, xs, ys)
			difference := new(big.Int).Sub(x, y)
			require.Equal(t, difference.Sign() < 0, borrow == 1)
			require.Zero(t, difference.Mod(difference, limit).Cmp(k.numberOf(zs)))

			r := rsamodel.Pick(new(big.Int).Lsh(n, 1))
			k.digitsOf(r, zs)
			carry = uint64(new(big.Int).Rsh(r, uint(k.bitsOfR())).Uint64())
			k.reduce(zs, carry, ns, ys)
			require.Zero(t, new(big.Int).Mod(r, n).Cmp(k.numberOf(zs)))

			require.Equal(t, ^uint64(0), equal(xs, xs))
			r.Mod(r, limit)
			k.digitsOf(r, zs)
			require.Equal(t, x.Cmp(r) == 0, equal(xs, zs) == ^uint64(0))
			require.Equal(t, x.Cmp(r) != 0, equal(xs, zs) == 0)

			k0 := k.negativeInverse(ns[0])
			require.LessOrEqual(t, k0, digitMask)
			require.Equal(t, digitMask, k0*ns[0]&digitMask)
		}
		for range rsamodel.Rounds(2000, 1_000_000) {
			x, y, a := rsamodel.Pick(power), rsamodel.Pick(power), rsamodel.Pick(power)
			z := make([]uint64, primeBits/32)
			multiplyAdd(z, wordsOf(x, primeBits), wordsOf(y, primeBits), wordsOf(a, primeBits))
			bytes := make([]byte, primeBits/4)
			putWords(bytes, z)
			want := new(big.Int).Mul(x, y)
			require.Zero(t, want.Add(want, a).Cmp(new(big.Int).SetBytes(bytes)))
		}
	}
}

func TestWindows(t *testing.T) {
	x := rsamodel.Pick(new(big.Int).Lsh(big.NewInt(1), 1536))
	words := wordsOf(x, 1536)
	for _, size := range []uint{window, windowEight} {
		back := new(big.Int)
		for i := 1535 / int(size); i >= 0; i-- {
			back.Lsh(back, size).Add(back, new(big.Int).SetUint64(windowAt(words, i, size)))
		}
		require.Zero(t, x.Cmp(back))
	}
}
