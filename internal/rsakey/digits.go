// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// A radix is the number of bits of a digit: 52 for IFMA, 64 for MULX. Numbers stand in
// digits, least significant first, for the kernels, and in words of 64 bits, least
// significant first, for all else. Nothing here branches on or indexes by the value of a
// digit.
type radix uint

const (
	radix52 radix = 52
	radix64 radix = 64

	digitMask = 1<<radix52 - 1 // of the lanes
)

func (r radix) mask() uint64 { return 1<<r - 1 }

// aligned returns count words of zero that start on a cache line: a kernel's load
// across two lines costs two.
func aligned(count int) []uint64 {
	const line = 64 / 8
	words := make([]uint64, count+line-1)
	ahead := int(-uintptr(unsafe.Pointer(&words[0]))%64) / 8
	return words[ahead : ahead+count : ahead+count]
}

// setWords sets z to big-endian bytes, of which there are 8 for each word.
func setWords(z []uint64, b []byte) {
	for i := range z {
		z[i] = binary.BigEndian.Uint64(b[len(b)-8*i-8:])
	}
}

// putWords is the reverse of setWords.
func putWords(b []byte, z []uint64) {
	for i, w := range z {
		binary.BigEndian.PutUint64(b[len(b)-8*i-8:], w)
	}
}

// setDigits sets z to words, with zeros above them.
func (r radix) setDigits(z, words []uint64) {
	for i := range z {
		bit := uint(i) * uint(r)
		at, shift := int(bit/64), bit%64
		var digit uint64
		if at < len(words) {
			digit = words[at] >> shift
		}
		if at+1 < len(words) {
			digit |= words[at+1] << (64 - shift)
		}
		z[i] = digit & r.mask()
	}
}

// putDigits sets words to the number in x, which has no bits above them.
func (r radix) putDigits(words, x []uint64) {
	clear(words)
	for i, digit := range x {
		bit := uint(i) * uint(r)
		at, shift := int(bit/64), bit%64
		if at < len(words) {
			words[at] |= digit << shift
		}
		if at+1 < len(words) {
			words[at+1] |= digit >> (64 - shift)
		}
	}
}

// add sets z to x + y and returns what that carries: 0 or 1.
func (r radix) add(z, x, y []uint64) (carry uint64) {
	for i := range z {
		var sum uint64
		sum, carry = bits.Add64(x[i], y[i], carry)
		z[i], carry = sum&r.mask(), sum>>r|carry
	}
	return carry
}

// sub sets z to x - y and returns 1 if that borrows, and else 0.
func (r radix) sub(z, x, y []uint64) (borrow uint64) {
	for i := range z {
		var difference uint64
		difference, borrow = bits.Sub64(x[i], y[i], borrow)
		z[i] = difference & r.mask()
	}
	return borrow
}

// reduce subtracts n from z, and from what z has carried, if that is not below it.
// difference is scratch.
func (r radix) reduce(z []uint64, carry uint64, n, difference []uint64) {
	keep := -(r.sub(difference, z, n) &^ carry) // all ones: it is below n
	for i := range z {
		z[i] = z[i]&keep | difference[i]&^keep
	}
}

// multiplyAdd sets z to x y + a. z has as many words as x and y together.
func multiplyAdd(z, x, y, a []uint64) {
	clear(z)
	copy(z, a)
	for i, xi := range x {
		var carry uint64
		for j, yj := range y {
			hi, lo := bits.Mul64(xi, yj)
			lo, c := bits.Add64(lo, z[i+j], 0)
			hi += c
			lo, c = bits.Add64(lo, carry, 0)
			z[i+j], carry = lo, hi+c
		}
		z[i+len(y)], carry = bits.Add64(z[i+len(y)], carry, 0)
		for j := i + len(y) + 1; j < len(z); j++ {
			z[j], carry = bits.Add64(z[j], 0, carry)
		}
	}
}

// equal returns all ones if x and y are the same number, and else 0.
func equal(x, y []uint64) uint64 {
	var different uint64
	for i := range x {
		different |= x[i] ^ y[i]
	}
	return (different|-different)>>63 - 1
}

// addIf sets z to z + x if mask is all ones, and leaves it if that is 0.
func (r radix) addIf(mask uint64, z, x []uint64) {
	var carry uint64
	for i := range z {
		var sum uint64
		sum, carry = bits.Add64(z[i], x[i]&mask, carry)
		z[i], carry = sum&r.mask(), sum>>r|carry
	}
}

// negativeInverse returns -1 / n modulo 2^r, for an odd n whose lowest digit is
// given: Newton's iteration doubles the bits that are right, of which an odd number
// is its own inverse to 3.
func (r radix) negativeInverse(n uint64) uint64 {
	x := n
	for range 5 {
		x *= 2 - n*x
	}
	return -x & r.mask()
}
