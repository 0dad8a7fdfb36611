// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/modinv"
)

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

// lanes computes eight points at once, or is nil on a machine that cannot.
var lanes = ecifma.Secp256k1()

// setRightSide sets z to x^3 + 7.
func (z *fieldElement) setRightSide(x *fieldElement) {
	var t fieldElement
	t.sqr(x)
	t.mul(&t, x)
	z.add(&t, &fieldElement{7})
}

// limbs returns x below p.
func (x *fieldElement) limbs() [4]uint64 { return x.canonical() }

// inverseWith sets z to 1 / x, and y to 1 / y, or to 0 for 0.
func (z *fieldElement) inverseWith(x *fieldElement, y *scalar) {
	c := x.canonical()
	modinv.InvertBoth(&fieldModulus, (*[4]uint64)(z), (*[4]uint64)(&c), &scalarModulus, (*[4]uint64)(y), (*[4]uint64)(y))
}

// setLimbs sets z to x modulo n. It reports, as all ones or 0, whether x was n or more.
func (z *scalar) setLimbs(x *[4]uint64) (reduced uint64) {
	return z.setReduced(x[0], x[1], x[2], x[3], 0)
}

// differs returns 0 if x is y, and another number if not.
func (x *scalar) differs(y *scalar) uint64 {
	return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])
}
