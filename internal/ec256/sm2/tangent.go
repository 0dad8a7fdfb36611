// Code generated from p256/tangent.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

// What depends on the coefficients of the equation y^2 = x^3 - 3x + b.

// setRightSide sets z to x^3 - 3x + b, where z is not x.
func (z *fieldElement) setRightSide(x *fieldElement) {
	var three fieldElement
	three.add(x, x)
	three.add(&three, x)
	z.sqr(x)
	z.mul(z, x)
	z.sub(z, &three)
	z.add(z, &curveB)
}

// double sets p to 2q.
func (p *jacobianPoint) double(q *jacobianPoint) {
	if assembly {
		doubleAssembly(p, q)
		return
	}
	// The tangent has the slope (3 x^2 - 3) / 2 y, where x^2 - 1 is
	// (X - Z^2) (X + Z^2) / Z^4. With l = 3 (X - Z^2) (X + Z^2) / 2, s = Y^2 and t = X s,
	// and Y Z for the new z,
	//
	//	X' = l^2 - 2 t,  Y' = l (t - X') - s^2,  Z' = Y Z.
	//
	// Infinity, Z = 0, stays infinity.
	var l, s, t, u fieldElement
	u.sqr(&q.z)
	s.sqr(&q.y)
	l.sub(&q.x, &u)
	u.add(&q.x, &u)
	l.mul(&l, &u)
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
