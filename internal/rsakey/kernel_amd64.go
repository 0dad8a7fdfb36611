// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsakey

import (
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
)

// kernelOf returns the kernel for primes of so many bits, or nil.
func kernelOf(primeBits int) *kernel {
	switch {
	case rsaifma.Supported():
		return kernelFor(primeBits, ifmaKernels)
	case rsaadx.Supported():
		return kernelFor(primeBits, adxKernels)
	}
	return nil
}

var ifmaKernels = []*kernel{
	{
		radix: radix52, digits: 20,
		multiplyPair: rsaifma.Multiply20x2, selectPair: rsaifma.Select20x2, multiplyFull: rsaifma.Multiply40,
		lanes: rsaifma.Lanes20, clearRegisters: rsaifma.ClearRegisters,
	},
	{
		radix: radix52, digits: 30,
		multiplyPair: rsaifma.Multiply30x2, selectPair: rsaifma.Select30x2, multiplyFull: rsaifma.Multiply60,
		lanes: rsaifma.Lanes30, clearRegisters: rsaifma.ClearRegisters,
	},
}

// adxKernels are for processors without IFMA. They have no lanes: MULX multiplies one number.
var adxKernels = []*kernel{
	adxKernel(16, rsaadx.Select16),
	adxKernel(24, rsaadx.Select24),
}

func adxKernel(digits int, entry func(z, table *uint64, i uint64)) *kernel {
	second := func(x *uint64) *uint64 { return (*uint64)(unsafe.Add(unsafe.Pointer(x), 8*digits)) }
	blocks := digits / 8
	return &kernel{
		radix: radix64, digits: digits,
		multiplyPair: func(z, x, y, n, k0 *uint64) {
			k := unsafe.Slice(k0, 2)
			rsaadx.Multiply(z, x, y, n, k[0], blocks)
			rsaadx.Multiply(second(z), second(x), second(y), second(n), k[1], blocks)
		},
		squarePair: func(z, n, k0 *uint64, times int) {
			k := unsafe.Slice(k0, 2)
			rsaadx.Square(z, z, n, k[0], blocks, times)
			rsaadx.Square(second(z), second(z), second(n), k[1], blocks, times)
		},
		selectPair: func(z, table *uint64, i, j uint64) {
			entry(z, table, i)
			entry(second(z), second(table), j)
		},
		multiplyFull:   func(z, x, y, n, k0 *uint64) { rsaadx.Multiply(z, x, y, n, *k0, 2*blocks) },
		squareFull:     func(z, n, k0 *uint64) { rsaadx.Square(z, z, n, *k0, 2*blocks, 1) },
		clearRegisters: rsaadx.ClearRegisters,
	}
}
