// SPDX-License-Identifier: Apache-2.0

//go:build !cgo

package main

func libsecp256k1(scalar, point []byte) []entrant { return nil }

func libsecp256k1Versions() []string { return nil }
