// SPDX-License-Identifier: Apache-2.0

//go:build !jwx_es256k

// The program needs the tag: go run -tags jwx_es256k ./es256k
package main

func main() { panic("build with -tags jwx_es256k") }
