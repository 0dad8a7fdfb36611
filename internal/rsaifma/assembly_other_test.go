// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package rsaifma_test

var assembly map[string]*kernel
