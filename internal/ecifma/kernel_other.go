//go:build !amd64 || purego || boringcrypto

package ecifma

// P256 returns the kernel for P-256, or nil if there is none for this machine.
func P256() *Kernel { return nil }

// SM2 returns the kernel for SM2, or nil if there is none for this machine.
func SM2() *Kernel { return nil }
