// SPDX-License-Identifier: Apache-2.0

package secp256k1

// FieldInverse returns 1 / x modulo p, or 0 if x is 0. It is for the timing test in
// internal/bench only.
func FieldInverse(x *[32]byte) [32]byte {
	z := fieldElement(limbsOf(x))
	z.inverse(&z)
	return z.bytes()
}

// ScalarInverse returns 1 / x modulo n, or 0 if x is 0. It is for the timing test in
// internal/bench only.
func ScalarInverse(x *[32]byte) [32]byte {
	var z scalar
	z.setBytes(x)
	z.inverse(&z)
	return z.bytes()
}
