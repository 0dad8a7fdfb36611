// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package rsaadx

// Supported reports whether the processor has the instructions: not for this build.
func Supported() bool { return false }
