// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package rsakey

// Supported reports whether there are kernels with lanes for this machine: not in this build.
func Supported() bool { return false }

func kernelOf(int) *kernel { return nil }

var adxKernels []*kernel
