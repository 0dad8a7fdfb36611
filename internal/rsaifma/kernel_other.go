// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package rsaifma

// Supported reports whether the processor has AVX-512 IFMA: not for this build.
func Supported() bool { return false }
