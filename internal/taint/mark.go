// SPDX-License-Identifier: Apache-2.0

//go:build valgrind && linux && (amd64 || arm64)

package taint

import "unsafe"

// Memcheck's requests.
const (
	makeUndefined = 'M'<<24 | 'C'<<16 | 1
	makeDefined   = 'M'<<24 | 'C'<<16 | 2
	runningOn     = 0x1001
)

// Secret marks the memory of x as secret.
func Secret[T any](x *T) { request(makeUndefined, x) }

// Public marks the memory of x as public: a result that may be known.
func Public[T any](x *T) { request(makeDefined, x) }

// SecretSlice marks what x holds as secret.
func SecretSlice[T any](x []T) {
	for i := range x {
		Secret(&x[i])
	}
}

// PublicSlice marks what x holds as public.
func PublicSlice[T any](x []T) {
	for i := range x {
		Public(&x[i])
	}
}

// Running reports whether the program runs under valgrind.
func Running() bool {
	return clientRequest(&[6]uintptr{runningOn}) != 0
}

func request[T any](code uintptr, x *T) {
	clientRequest(&[6]uintptr{code, uintptr(unsafe.Pointer(x)), unsafe.Sizeof(*x)})
}

// clientRequest hands the request to valgrind, which knows it by instructions that do
// nothing; on a real processor it returns 0.
//
//go:noescape
func clientRequest(args *[6]uintptr) uintptr
