// SPDX-License-Identifier: Apache-2.0

package p256

// Inverses returns 1 / x modulo p, plus 1 / x modulo n, or 0 if x is 0. It is for the timing
// test in internal/bench only.
func Inverses(x *[32]byte) [32]byte {
	limbs := limbsOf(x)
	var f fieldElement
	var s, sum scalar
	f.setLimbs(&limbs)
	s.setLimbs(&limbs)
	f.inverseWith(&f, &s)
	limbs = f.limbs()
	sum.setLimbs(&limbs)
	sum.add(&sum, &s)
	return sum.bytes()
}
