// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package ecmulx

import "golang.org/x/sys/cpu"

//go:generate go -C _asm run . -out ../ecmulx_amd64.s -stubs ../ecmulx_amd64.go -pkg ecmulx

// Supported reports whether this machine has the instructions.
func Supported() bool { return cpu.X86.HasBMI2 && cpu.X86.HasAVX2 }
