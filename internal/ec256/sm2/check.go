// Code generated from p256/check.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

// The check of a signature before it is returned, for a thirtieth of its time.
//
// A bit of the private key, of the nonce or of the digest that flips in memory while
// the rest stays makes a wrong signature that, together with the right one or a guess
// of it, gives the key away. So the equation of the scheme is computed again, from
// second copies of what it was computed from, and from x the point.
//
// What the check does not see: a fault that makes the multiplication of the generator end at
// another point of the curve, such as a wrong digit of the nonce. For that there is the
// verification with the public key.

// check returns 0 if the signature fits, and another number if not. That is,
//
//   - it is one: see isNone,
//   - the two copies of d are the same,
//   - (r, s) solves the scheme's equation for the second copies of k and d, e from the
//     digest's bytes, and x,
//   - (x, y) is on the curve, where x = X / ZZ and y^2 = Y^2 / ZZ^3.
//
// It is not inlined, so that it reads memory anew.
//
//go:noinline
func (w *work) check(key *PrivateKey) (faulty uint64) {
	var left, right fieldElement
	left.sqr(&w.zzInv)
	left.mul(&left, &w.zzInv)
	right.sqr(&w.point.y)
	left.mul(&left, &right)
	right.setRightSide(&w.x)
	faulty = ^left.equal(&right)

	var d, k, e, x scalar
	d.setBytes(&key.second)
	k.setBytes(&w.secondK)
	e.setBytes(&w.input)
	limbs := w.x.limbs()
	x.setLimbs(&limbs)
	faulty |= d.differs(&key.d) | w.residue(&d, &k, &e, &x) | w.isNone()
	d, k = scalar{}, scalar{}
	return faulty
}
