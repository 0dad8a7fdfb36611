// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/modinv"
)

// The curve is y^2 = x^3 + 7 over GF(p), a group of the prime order n. It has no
// point with y = 0, which would have order 2.

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

var (
	fieldOne = fieldElement{1}

	// generator is the base point G.
	generator = affinePoint{
		x: fieldElement{0x59f2815b16f81798, 0x029bfcdb2dce28d9, 0x55a06295ce870b07, 0x79be667ef9dcbbac},
		y: fieldElement{0x9c47d08ffb10d4b8, 0xfd17b448a6855419, 0x5da4fbfc0e1108a8, 0x483ada7726a3c465},
	}

	fieldModulus  = modinv.New(&[4]uint64{p0, p1, p2, p3})
	scalarModulus = modinv.New(&[4]uint64{n0, n1, n2, n3})
)

// lanes computes eight points at once, or is nil on a machine that cannot.
var lanes = ecifma.Secp256k1()

// normalize replaces s by n - s if that is lower: both are signatures.
func (w *work) normalize() { w.s.negateIf(w.s.isHigh(), &w.s) }
