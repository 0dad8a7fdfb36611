// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsaadx

import "golang.org/x/sys/cpu"

//go:generate go -C _asm run . -out ../montgomery_amd64.s -stubs ../montgomery_amd64.go -pkg rsaadx

// Supported reports whether the processor has the instructions.
func Supported() bool {
	x := &cpu.X86
	return x.HasADX && x.HasBMI2 && x.HasAVX2
}
