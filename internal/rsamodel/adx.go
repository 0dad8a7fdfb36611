// SPDX-License-Identifier: Apache-2.0

package rsamodel

import (
	"math/bits"
	"unsafe"
)

// MultiplyWords is the model of rsaadx's Multiply for numbers of so many words: z = (x y + n m) / R,
// less n if it is not below R.
func MultiplyWords(z, x, y, n *uint64, k0 uint64, words int) {
	ys, ns := unsafe.Slice(y, words), unsafe.Slice(n, words)
	var memory [2*24 + 2]uint64
	sum := memory[:words+2]
	addRow := func(row *uint64, by uint64) {
		var carry, c uint64
		for i, word := range unsafe.Slice(row, words) {
			hi, lo := bits.Mul64(word, by)
			lo, c = bits.Add64(lo, sum[i], 0)
			hi += c
			sum[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		sum[words], c = bits.Add64(sum[words], carry, 0)
		sum[words+1] += c
	}
	for i := range words {
		addRow(x, ys[i])
		addRow(n, sum[0]*k0)
		copy(sum, sum[1:])
		sum[words+1] = 0
	}
	zs := unsafe.Slice(z, words)
	copy(zs, sum)
	var borrow uint64
	for i, word := range ns {
		zs[i], borrow = bits.Sub64(zs[i], word&-sum[words], borrow)
	}
}
