// SPDX-License-Identifier: Apache-2.0

//go:build !amd64 || purego || boringcrypto

package ecmulx

// Supported reports whether this machine has the instructions. If it does not, all else panics.
func Supported() bool { return false }

// The functions of ecmulx_amd64.go, which says what they compute: callers ask [Supported] first.

const missing = "ecmulx: not for this machine"

func MulP256(z, x, y *uint64)            { panic(missing) }
func SqrP256(z, x *uint64)               { panic(missing) }
func AddP256(p, q *uint64)               { panic(missing) }
func DoubleP256(p, q *uint64)            { panic(missing) }
func DifferencesP256(h, r, p, q *uint64) { panic(missing) }
func ChordP256(p, h, r *uint64)          { panic(missing) }

func MulSM2(z, x, y *uint64)            { panic(missing) }
func SqrSM2(z, x *uint64)               { panic(missing) }
func AddSM2(p, q *uint64)               { panic(missing) }
func DoubleSM2(p, q *uint64)            { panic(missing) }
func DifferencesSM2(h, r, p, q *uint64) { panic(missing) }
func ChordSM2(p, h, r *uint64)          { panic(missing) }

func MulSecp256k1(z, x, y *uint64)            { panic(missing) }
func SqrSecp256k1(z, x *uint64)               { panic(missing) }
func AddSecp256k1(p, q *uint64)               { panic(missing) }
func DoubleSecp256k1(p, q *uint64)            { panic(missing) }
func DifferencesSecp256k1(h, r, p, q *uint64) { panic(missing) }
func ChordSecp256k1(p, h, r *uint64)          { panic(missing) }

func Select(q, block *uint64, index uint64) (multiplier uint64) { panic(missing) }
