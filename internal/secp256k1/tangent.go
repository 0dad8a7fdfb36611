// SPDX-License-Identifier: Apache-2.0

package secp256k1

// What depends on the coefficients of the equation y^2 = x^3 + 7.

// setRightSide sets z to x^3 + 7.
func (z *fieldElement) setRightSide(x *fieldElement) {
	var t fieldElement
	t.sqr(x)
	t.mul(&t, x)
	z.add(&t, &fieldElement{7})
}

// double sets p to 2q.
func (p *jacobianPoint) double(q *jacobianPoint) {
	if assembly {
		doubleAssembly(p, q)
		return
	}
	// The tangent has the slope 3 x^2 / 2 y. With l = 3 X^2 / 2, s = Y^2 and
	// t = X s, and Y Z for the new z,
	//
	//	X' = l^2 - 2 t,  Y' = l (t - X') - s^2,  Z' = Y Z.
	//
	// Infinity, Z = 0, stays infinity.
	var l, s, t, u fieldElement
	s.sqr(&q.y)
	l.sqr(&q.x)
	t.mul(&q.x, &s)
	u.half(&l)
	p.z.mul(&q.y, &q.z)
	l.add(&l, &u)
	s.sqr(&s)
	p.x.sqr(&l)
	p.x.sub(&p.x, &t)
	p.x.sub(&p.x, &t)
	t.sub(&t, &p.x)
	t.mul(&t, &l)
	p.y.sub(&t, &s)
}
