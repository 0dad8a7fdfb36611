// Code generated from p256/point.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

// An affinePoint is a point of the curve other than infinity.
type affinePoint struct {
	x, y fieldElement
}

// isOnCurve reports whether p solves the equation of the curve.
func (p *affinePoint) isOnCurve() bool {
	var left, right fieldElement
	left.sqr(&p.y)
	right.setRightSide(&p.x)
	return left.equal(&right) != 0
}

// A jacobianPoint is the point (x / z^2, y / z^3), or infinity if z is 0.
//
// Its operations are for public points only: addition branches on its special
// cases. Constant-time multiplication is in comb.go.
type jacobianPoint struct {
	x, y, z fieldElement
}

// setAffine sets p to q.
func (p *jacobianPoint) setAffine(q *affinePoint) {
	p.x, p.y, p.z = q.x, q.y, fieldOne
}

// add sets p to p + q.
func (p *jacobianPoint) add(q *affinePoint) {
	var h, r fieldElement
	p.differences(&h, &r, q)
	if h.isZero() != 0 || p.z.isZero() != 0 {
		switch {
		case p.z.isZero() != 0:
			p.setAffine(q)
		case r.isZero() != 0:
			p.double(p)
		default: // p = -q
			*p = jacobianPoint{}
		}
		return
	}
	p.addChord(&h, &r)
}

// differences sets h and r to the differences of q and p in x and y, brought to p's
// denominators Z^2 and Z^3.
func (p *jacobianPoint) differences(h, r *fieldElement, q *affinePoint) {
	if assembly {
		differencesAssembly(h, r, p, q)
		return
	}
	var zz fieldElement
	zz.sqr(&p.z)
	h.mul(&q.x, &zz)
	r.mul(&q.y, &zz)
	r.mul(r, &p.z)
	h.sub(h, &p.x)
	r.sub(r, &p.y)
}

// addChord sets p to p + q, where h and r are their differences and h is not 0. The chord has
// the slope r / Z h, and Z h is the new z:
//
//	v = X h^2,  X' = r^2 - h^3 - 2 v,  Y' = r (v - X') - Y h^3.
func (p *jacobianPoint) addChord(h, r *fieldElement) {
	if assembly {
		chordAssembly(p, h, r)
		return
	}
	var hh, rr, hhh, v fieldElement
	hh.sqr(h)
	rr.sqr(r)
	hhh.mul(&hh, h)
	v.mul(&p.x, &hh)
	rr.sub(&rr, &hhh)
	p.z.mul(&p.z, h)
	rr.sub(&rr, &v)
	p.x.sub(&rr, &v)
	hhh.mul(&hhh, &p.y)
	v.sub(&v, &p.x)
	v.mul(&v, r)
	p.y.sub(&v, &hhh)
}

// toAffine returns the points, none of which is infinity, in affine coordinates, canonical. It
// inverts once for all of them: with the products of the first i z's known, the inverse of the
// product of all unravels from the last z to the first (Montgomery's trick).
func toAffine(points []jacobianPoint) []affinePoint {
	affine := make([]affinePoint, len(points))
	product := fieldOne
	for i := range points {
		affine[i].x = product // for the way back
		product.mul(&product, &points[i].z)
	}
	var inverse, zInv, zInv2 fieldElement
	inverse.inverse(&product)
	for i := len(points) - 1; i >= 0; i-- {
		p, q := &points[i], &affine[i]
		zInv.mul(&inverse, &q.x)
		inverse.mul(&inverse, &p.z)
		zInv2.sqr(&zInv)
		q.x.mul(&p.x, &zInv2)
		q.y.mul(&p.y, &zInv2)
		q.y.mul(&q.y, &zInv)
		q.x, q.y = q.x.canonical(), q.y.canonical()
	}
	return affine
}

// oddMultiples returns p, 3p, 5p, ... (2 count - 1)p for each of the points, in
// this order, where twice is twice the point.
func oddMultiples(points, twice []affinePoint, count int) []affinePoint {
	multiples := make([]jacobianPoint, 0, len(points)*count)
	for i := range points {
		var m jacobianPoint
		m.setAffine(&points[i])
		for range count {
			multiples = append(multiples, m)
			m.add(&twice[i])
		}
	}
	return toAffine(multiples)
}
