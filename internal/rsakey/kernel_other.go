// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package rsakey

func kernelOf(int) *kernel { return nil }

var adxKernels []*kernel
