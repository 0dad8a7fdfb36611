// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package ecifma

import "golang.org/x/sys/cpu"

//go:generate go -C _asm run . -out ../add_amd64.s -stubs ../add_amd64.go -pkg ecifma
//go:generate go -C _asm run . -public -out ../public_amd64.s -stubs ../public_amd64.go -pkg ecifma

func supported() bool {
	x := &cpu.X86
	return x.HasAVX512F && x.HasAVX512VL && x.HasAVX512DQ && x.HasAVX512IFMA
}

// P256 returns the kernel for P-256, or nil if there is none for this machine.
func P256() *Kernel {
	return kernelOf(Functions{
		AddBlock: addBlockP256, Begin: beginP256, AddEntries: addEntriesP256, AddPoints: addPointsP256,
		AddPublic: addPublicP256,
	})
}

// SM2 returns the kernel for SM2, or nil if there is none for this machine.
func SM2() *Kernel {
	return kernelOf(Functions{
		AddBlock: addBlockSM2, Begin: beginSM2, AddEntries: addEntriesSM2, AddPoints: addPointsSM2,
		AddPublic: addPublicSM2,
	})
}

// Secp256k1 returns the kernel for secp256k1, or nil if there is none for this machine.
func Secp256k1() *Kernel {
	return kernelOf(Functions{
		AddBlock: addBlockSecp256k1, Begin: beginSecp256k1, AddEntries: addEntriesSecp256k1, AddPoints: addPointsSecp256k1,
		AddPublic: addPublicSecp256k1,
	})
}

func kernelOf(f Functions) *Kernel {
	if !supported() {
		return nil
	}
	f.Select[5], f.Select[4], f.Swap, f.Clear = select16, select8,
		[levels]func(others, points *uint64){swap1, swap2, swap4}, clearRegisters
	return NewKernel(f)
}
