// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package ecifma

import "golang.org/x/sys/cpu"

//go:generate go -C _asm run . -out ../add_amd64.s -stubs ../add_amd64.go -pkg ecifma

func supported() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512IFMA
}

// P256 returns the kernel for P-256, or nil if there is none for this machine.
func P256() *Kernel { return kernelOf(addP256) }

// SM2 returns the kernel for SM2, or nil if there is none for this machine.
func SM2() *Kernel { return kernelOf(addSM2) }

// Secp256k1 returns the kernel for secp256k1, or nil if there is none for this machine.
func Secp256k1() *Kernel { return kernelOf(addSecp256k1) }

func kernelOf(add Add) *Kernel {
	if !supported() {
		return nil
	}
	return NewKernel(add, clearRegisters)
}
