// SPDX-License-Identifier: Apache-2.0

package secp256k1

import "github.com/kmsigner/kmsigner/internal/residue"

// The check of a signature before it is returned, for a tenth of the time of a verification.
//
// A bit of the private key, of the nonce or of the digest that flips in memory while the
// rest stays makes a wrong signature. It gives the key away to an attacker who has the right
// one, or guesses it. (With the difference of two signatures of one nonce, s - s', the nonce follows;
// with the nonce, the key.) So the equation of the signature is computed again, from second
// copies of what it was computed from, and from x the point.
//
// A wrong digit of the nonce, or a wrong entry of a table, makes the multiplication of the generator
// end at another point of the curve. So the multiplier that the tables' entries add up to is compared
// with the second copy of the nonce, too.

// check returns 0 if the signature fits, before s is made low, and all ones if not. That is,
//
//   - s k = e + r d, with the second copies of k and d, and e from the digest's bytes,
//   - r = x mod n,
//   - the point is the multiple by the second copy of k, modulo 2^57 - 1,
//   - (x, y) is on the curve, where y is what the point's numerator and denominator say:
//     x = X / ZZ, and Y^2 = (x^3 + 7) ZZZ^2.
//
// It is not inlined, so that it reads memory anew.
//
//go:noinline
func (w *work) check(secondD *[32]byte) (faulty uint64) {
	var k, d, e, r scalar
	k.setBytes(&w.secondK)
	d.setBytes(secondD)
	e.setBytes(&w.input)
	faulty = w.isMultipleOfOther(&k)
	k.mul(&w.s, &k)
	d.mul(&w.r, &d)
	d.add(&d, &e)
	x := w.x.bytes()
	r.setBytes(&x)
	for i := range d {
		faulty |= (k[i] ^ d[i]) | (r[i] ^ w.r[i])
	}
	k, d = scalar{}, scalar{}

	var left, right, t fieldElement
	left.sqr(&w.point.y)
	right.sqr(&w.x)
	right.mul(&right, &w.x)
	right.add(&right, &fieldElement{7})
	t.sqr(&w.point.zzz)
	right.mul(&right, &t)
	return ^maskZero(faulty) | ^left.equal(&right)
}

// isMultipleOfOther returns 0 if the point is the multiple by k, modulo 2^57 - 1, and another number
// if not.
func (w *work) isMultipleOfOther(k *scalar) uint64 {
	even := k[0]&1 - 1
	n := residue.Of(&[4]uint64{n0, n1, n2, n3})
	return residue.Reduce(w.multiplier - residue.Of((*[4]uint64)(k)) + n&even)
}
