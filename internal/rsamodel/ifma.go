// SPDX-License-Identifier: Apache-2.0

// Package rsamodel is what the assembly of the packages rsaifma and rsaadx computes, in plain Go: it
// is what the assembly is compared with, and what runs package rsakey on any machine. It draws the
// numbers for that, too. Only tests import it.
package rsamodel

import (
	"math/bits"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/rsaifma"
)

const (
	radix     = 52
	digitMask = 1<<radix - 1
	eight     = 8 // lanes
)

// MultiplyPair returns the model of rsaifma's Multiply20x2 or Multiply30x2.
func MultiplyPair(digits int) func(z, x, y, n, k0 *uint64) {
	half := (digits + 7) &^ 7
	return func(z, x, y, n, k0 *uint64) {
		for i := range 2 {
			at := i * half
			product(ahead(z, at), ahead(x, at), ahead(y, at), ahead(n, at), *ahead(k0, i), digits, 1)
		}
	}
}

// SelectPair returns the model of what reads one number of so many words of entry i, and one of
// entry j.
func SelectPair(half int) func(z, table *uint64, i, j uint64) {
	return func(z, table *uint64, i, j uint64) {
		copy(unsafe.Slice(z, half), unsafe.Slice(ahead(table, int(i)*2*half), half))
		copy(unsafe.Slice(ahead(z, half), half), unsafe.Slice(ahead(table, int(j)*2*half+half), half))
	}
}

// Multiply returns the model of rsaifma's Multiply40 or Multiply60.
func Multiply(digits int) func(z, x, y, n, k0 *uint64) {
	return func(z, x, y, n, k0 *uint64) { product(z, x, y, n, *k0, digits, 1) }
}

// Lanes returns the model of rsaifma's Lanes20 or Lanes30.
func Lanes(digits int) *rsaifma.Lanes {
	l := new(rsaifma.Lanes)
	l.Multiply = func(z, x, y, n, k0 *uint64) {
		for lane := range eight {
			product(ahead(z, lane), ahead(x, lane), ahead(y, lane), n, *k0, digits, eight)
		}
	}
	l.Square = func(z, x, n, friendly, k0, _ *uint64, times int) {
		l.Carry(z, x)
		for range times {
			for lane := range eight {
				rounds(ahead(z, lane), ahead(z, lane), ahead(z, lane), n, friendly, *k0, digits, eight)
			}
		}
	}
	l.MultiplyEntry = func(z, x, table *uint64, i uint64, n, friendly, k0, _ *uint64) {
		l.Carry(z, x)
		for lane := range eight {
			y := ahead(table, int(i)*eight*digits+lane)
			rounds(ahead(z, lane), ahead(z, lane), y, n, friendly, *k0, digits, eight)
		}
	}
	l.Carry = func(z, t *uint64) {
		for lane := range eight {
			var carry uint64
			for i := range digits {
				sum := *ahead(t, i*eight+lane) + carry
				*ahead(z, i*eight+lane), carry = sum&digitMask, sum>>radix
			}
		}
	}
	l.MultiplyFull = func(z, x, y, n, k0, _ []uint64) {
		for lane := range eight {
			product(&z[lane], &x[lane], &y[lane], &n[0], k0[0], 2*digits, eight)
		}
	}
	l.SquareFull = func(z, x, n, k0, t []uint64) { l.MultiplyFull(z, x, x, n, k0, t) }
	l.AddMultipleFull = func(z, x, n []uint64) {
		for lane := range eight {
			for i := range digits {
				var carry uint64
				for j := i; j < 2*digits; j++ {
					var hi, lo uint64
					if j-i < digits {
						hi, lo = bits.Mul64(x[i*eight+lane], n[j-i])
					}
					lo, c := bits.Add64(lo, z[j*eight+lane]+carry, 0)
					z[j*eight+lane], carry = lo&digitMask, (hi+c)<<(64-radix)|lo>>radix
				}
			}
		}
	}
	return l
}

func ahead(p *uint64, words int) *uint64 {
	return (*uint64)(unsafe.Add(unsafe.Pointer(p), 8*words))
}

// product is the almost Montgomery product, digit by digit of y: z = (x y + n m) / R, for the m
// below R = 2^(52 digits) that makes the sum a multiple of R. The digits of x, y and z are stride
// words apart.
func product(z, x, y, n *uint64, k0 uint64, digits, stride int) {
	rounds(z, x, y, n, nil, k0, digits, stride)
}

// rounds is product if friendly is nil. Else it is the product of Square and of MultiplyEntry:
// z = (x y + f M + n m) / R, for f = n k0, the M below R / 2^52 and the last digit of the quotient,
// m.
func rounds(z, x, y, n, friendly *uint64, k0 uint64, digits, stride int) {
	length := (digits-1)*stride + 1
	zs, xs, ys, ns := unsafe.Slice(z, length), unsafe.Slice(x, length), unsafe.Slice(y, length), unsafe.Slice(n, digits)
	var memory [2*30 + 2]uint64
	sum := memory[:digits+2]
	addRow := func(sum, row []uint64, stride int, by uint64) {
		var carry uint64
		for i := range digits {
			hi, lo := bits.Mul64(row[i*stride], by)
			lo, c := bits.Add64(lo, sum[i]+carry, 0)
			sum[i], carry = lo&digitMask, (hi+c)<<(64-radix)|lo>>radix
		}
		sum[digits] += carry
	}
	for i := range digits {
		addRow(sum, xs, stride, ys[i*stride])
		if friendly != nil && i < digits-1 {
			addRow(sum[1:], unsafe.Slice(friendly, digits), 1, sum[0]&digitMask)
		} else {
			addRow(sum, ns, 1, sum[0]*k0&digitMask)
		}
		copy(sum, sum[1:])
		sum[digits+1] = 0
	}
	for i := range digits {
		zs[i*stride] = sum[i] & digitMask
		sum[i+1] += sum[i] >> radix
	}
	if sum[digits] != 0 {
		panic("the product has more digits than its modulus")
	}
}
