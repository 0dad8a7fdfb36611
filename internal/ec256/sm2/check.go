// Code generated from p256/check.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import "github.com/kmsigner/kmsigner/internal/residue"

// The check of a signature before it is returned, for a thirtieth of its time.
//
// A bit of the private key, of the nonce or of the digest that flips in memory while
// the rest stays makes a wrong signature that, together with the right one or a guess
// of it, gives the key away. So the equation of the scheme is computed again, from
// second copies of what it was computed from, and from x the point.
//
// A wrong digit of the nonce, or a wrong entry of a table, makes the multiplication of the generator
// end at another point of the curve. So the multiplier that the tables' entries add up to is compared
// with the second copy of the nonce, too.
//
// A nonce that is derived from another digest makes a signature that is right, and has the nonce of
// that digest's. Two of them give the key away, and a verification sees nothing wrong.

// check returns 0 if the signature fits, and another number if not. That is,
//
//   - it is one: see isNone,
//   - the two copies of d are the same,
//   - (r, s) solves the scheme's equation for the second copies of k and d, e from the
//     digest's bytes, and x,
//   - the nonce is derived from e,
//   - the point is the multiple by the second copy of k, modulo 2^57 - 1,
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

	var d, k, e, hashed, x scalar
	d.setBytes(&key.second)
	k.setBytes(&w.secondK)
	e.setBytes(&w.input)
	faulty |= hashed.setBytes(&w.hashed) | hashed.differs(&e)
	limbs := w.x.limbs()
	x.setLimbs(&limbs)
	faulty |= d.differs(&key.d) | w.residue(&d, &k, &e, &x) | w.isNone() | w.multiplierDiffers(&k)
	d, k = scalar{}, scalar{}
	return faulty
}

// multiplierDiffers returns 0 if the point is the multiple by k, as far as the multipliers modulo
// 2^57 - 1 tell, and another number if not.
func (w *work) multiplierDiffers(k *scalar) uint64 {
	even := k[0]&1 - 1
	n := residue.Of(&[4]uint64{n0, n1, n2, n3})
	return residue.Reduce(w.multiplier - residue.Of((*[4]uint64)(k)) + n&even)
}
