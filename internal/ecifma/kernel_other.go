// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package ecifma

// P256 returns the kernel for P-256, or nil if there is none for this machine.
func P256() *Kernel { return nil }

// SM2 returns the kernel for SM2, or nil if there is none for this machine.
func SM2() *Kernel { return nil }

// Secp256k1 returns the kernel for secp256k1, or nil if there is none for this machine.
func Secp256k1() *Kernel { return nil }
