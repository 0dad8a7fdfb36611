// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package hash16

// SHA256 returns SHA-256 in lanes, or nil on a machine without them.
func SHA256() *Hash { return nil }

// SM3 returns SM3 in lanes, or nil on a machine without them.
func SM3() *Hash { return nil }
