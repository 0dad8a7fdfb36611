// SPDX-License-Identifier: Apache-2.0

package secp256k1

// What the files that package p256 has, too, know of the curve.

// The limbs of p = 2^256 - 2^32 - 977, the least significant first.
const (
	p0 = fieldP0
	p1 = 0xffffffffffffffff
	p2 = 0xffffffffffffffff
	p3 = 0xffffffffffffffff
)

// The limbs of n.
const (
	n0 = 0xbfd25e8cd0364141
	n1 = 0xbaaedce6af48a03b
	n2 = 0xfffffffffffffffe
	n3 = 0xffffffffffffffff
)

var fieldOne = fieldElement{1}
