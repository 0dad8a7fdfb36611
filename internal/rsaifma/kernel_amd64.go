// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsaifma

import "golang.org/x/sys/cpu"

//go:generate go -C _asm run . -out ../amm_amd64.s -stubs ../amm_amd64.go -pkg rsaifma

// Supported reports whether the processor has AVX-512 IFMA and the operating system saves
// its registers.
func Supported() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512IFMA && x.HasBMI2
}
