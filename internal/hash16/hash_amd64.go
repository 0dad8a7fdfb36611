// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package hash16

import "golang.org/x/sys/cpu"

// Processors with AVX-512 mostly have instructions for SHA-256, and few have any for SM3. So the number
// of messages from which the lanes are faster (last arguments below) is larger for SHA-256.

//go:generate go -C _asm run . -out ../compress_amd64.s -stubs ../compress_amd64.go -pkg hash16

// SHA256 returns SHA-256 in lanes, or nil on a machine without them.
func SHA256() *Hash { return onMachine(initialSHA256, compressSHA256, 5) }

// SM3 returns SM3 in lanes, or nil on a machine without them.
func SM3() *Hash { return onMachine(initialSM3, compressSM3, 2) }

func onMachine(initial [8]uint32, compress func(*State, *Block), worth int) *Hash {
	if !cpu.X86.HasAVX512F {
		return nil
	}
	h := New(initial, compress, clearRegisters)
	h.worth = worth
	return h
}
