// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsakey

import (
	"golang.org/x/sys/cpu"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
)

//go:generate go -C _asm run . -out ../amm_amd64.s -stubs ../amm_amd64.go -pkg rsakey

// Supported reports whether the processor has AVX-512 IFMA and the operating system saves
// its registers.
func Supported() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512IFMA && x.HasBMI2
}

// kernelOf returns the kernel for primes of so many bits, or nil.
func kernelOf(primeBits int) *kernel {
	switch {
	case Supported():
		return kernelFor(primeBits, kernels)
	case rsaadx.Supported():
		return kernelFor(primeBits, adxKernels)
	}
	return nil
}

var (
	halves20 = &halves{
		20, squareHalf20x8, addProduct20x8, addTwiceProduct20x8, addMultiple20x8, reduceHalf20x8, carryWide20x8,
	}
	halves30 = &halves{
		30, squareHalf30x8, addProduct30x8, addTwiceProduct30x8, addMultiple30x8, reduceHalf30x8, carryWide30x8,
	}
)

func entryOf20(z, x, laid *uint64, i uint64, n, friendly, k0, _ *uint64) {
	multiplyEntry20x8(z, x, laid, i, n, friendly, k0)
}

func entryOf30(z, x, table *uint64, i uint64, n, _, k0, t *uint64) {
	select30x8(t, table, i)
	carryEight30x8(z, x)
	amm30x8(z, z, t, n, k0)
}

var kernels = []*kernel{
	{
		radix: radix52, digits: 20,
		multiplyPair: amm20x2, selectPair: select20x2, multiplyFull: amm40,
		multiplyEight: amm20x8, squareEight: ams20x8, multiplyEntry: entryOf20, layTable: layTable20x8,
		carryEight:        carryEight20x8,
		multiplyFullEight: halves20.multiply, squareFullEight: halves20.squareOf, addMultipleEight: halves20.addMultiple,
		clearRegisters: clearRegisters,
	},
	{
		radix: radix52, digits: 30,
		multiplyPair: amm30x2, selectPair: select30x2, multiplyFull: amm60,
		multiplyEight: amm30x8, squareEight: ams30x8, multiplyEntry: entryOf30, carryEight: carryEight30x8,
		multiplyFullEight: halves30.multiply, squareFullEight: halves30.squareOf, addMultipleEight: halves30.addMultiple,
		clearRegisters: clearRegisters,
	},
}
