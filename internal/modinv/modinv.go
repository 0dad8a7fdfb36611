// SPDX-License-Identifier: Apache-2.0

// Package modinv inverts modulo odd numbers of 256 bits in constant time, by the divsteps
// of D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular
// inversion", TCHES 2019(3).
//
// Neither a branch nor a memory address depends on the number that is inverted, but in
// [Modulus.InvertPublic]. On amd64 the products of long numbers are assembly, and with AVX-512VL the
// divsteps are, for two inversions at once (vectors.go).
package modinv

import "math/bits"

// A divstep maps (delta, f, g), f odd, to
//
//	(1 - delta, g, (g - f) / 2)            if delta > 0 and g is odd,
//	(1 + delta, f, (g + (g mod 2) f) / 2)  otherwise.
//
// Both keep f odd, the division exact and, since f and g are only combined and
// halved, gcd(f, g). From f = m and g = x they reach g = 0, f = ±gcd(m, x). With
// delta = 1/2 at the start, 590 steps are enough for all odd m < 2^256 and
// 0 <= x < m. (The start at 1/2 instead of the paper's 1 and its bound are P.
// Wuille's; Hvass, Aranha and Spitters, "High-assurance field inversion for
// curve-based cryptography", verified them formally. The paper's own bound would
// be 741.)
//
// Each step is linear in (f, g), with a matrix that depends on delta and on g mod
// 2 only, so that 59 steps depend only on the low 59 bits of f and g. They run on
// machine words and yield one matrix T,
//
//	(f', g') = T (f, g) / 2^59,  T = (u v; q r),
//
// which is then applied to the long f and g; ten times in all. Beside f and g run
// d and e with f = d x and g = e x modulo m, at the start d = 0 and e = 1. The
// same T / 2^59, taken modulo m, keeps these equations. At the end x is a unit
// and f = ±1 = d x: the inverse is f d. If x is 0, f stays m and d stays 0.
//
// Every loop below has a fixed count, and every decision is a mask.

// limbs62 is a signed integer in radix 2^62, the least significant limb first.
// The lower four limbs are in [0, 2^62), the top one is signed.
type limbs62 [5]uint64

const mask62 = 1<<62 - 1

// A Modulus is an odd number in (2^255, 2^256). It is made by [New].
type Modulus struct {
	limbs   limbs62
	inverse uint64 // of the modulus, modulo 2^62
}

// New returns the modulus with these limbs, the least significant first.
func New(m *[4]uint64) Modulus {
	// An odd m is its own inverse modulo 8, and if m x = 1 - h, then m x (2 - m x) is
	// 1 - h^2: each step doubles the number of bits that are right.
	x := m[0]
	for range 5 {
		x *= 2 - m[0]*x
	}
	return Modulus{limbs: split62(m), inverse: x & mask62}
}

// split62 returns x in radix 2^62.
func split62(x *[4]uint64) limbs62 {
	return limbs62{
		x[0] & mask62,
		(x[0]>>62 | x[1]<<2) & mask62,
		(x[1]>>60 | x[2]<<4) & mask62,
		(x[2]>>58 | x[3]<<6) & mask62,
		x[3] >> 56,
	}
}

// Invert sets z to 1 / x mod m, or to 0 if x is 0. x must be below m.
func (m *Modulus) Invert(z, x *[4]uint64) {
	var i inversion
	i.start(m, x)
	if vectors {
		inVectors(&i)
	} else {
		for range 10 {
			i.divsteps(30)
			first := i.matrix()
			i.divsteps(29)
			second := i.matrix()
			i.apply(&first, &second)
		}
	}
	i.finish(z)
}

// InvertBoth is [Modulus.Invert] for z and x modulo m, and for z2 and x2 modulo m2. The
// steps of one inversion wait for each other; those of two can be computed at the same time.
func InvertBoth(m *Modulus, z, x *[4]uint64, m2 *Modulus, z2, x2 *[4]uint64) {
	var i, j inversion
	i.start(m, x)
	j.start(m2, x2)
	if vectors {
		inVectors(&i, &j)
	} else {
		for range 10 {
			divstepsBoth(30, &i, &j)
			first, first2 := i.matrix(), j.matrix()
			divstepsBoth(29, &i, &j)
			second, second2 := i.matrix(), j.matrix()
			i.apply(&first, &second)
			j.apply(&first2, &second2)
		}
	}
	i.finish(z)
	j.finish(z2)
}

// An inversion is the state of one between two divsteps.
type inversion struct {
	m          *Modulus
	f, g, d, e limbs62

	// Of the divsteps on machine words:
	zeta   uint64    // -(delta + 1/2)
	low    [2]uint64 // the low bits of f and g
	uv, qr uint64    // the rows of T, see divsteps
}

func (i *inversion) start(m *Modulus, x *[4]uint64) {
	i.m = m
	i.f, i.g = m.limbs, split62(x)
	i.d, i.e = limbs62{}, limbs62{1}
	i.zeta = ^uint64(0) // delta is 1/2
	i.low = [2]uint64{i.f[0], i.g[0]}
	i.uv, i.qr = rowsOfOne, rowsOfOne<<32
}

// apply applies the matrices of 30 and 29 divsteps to the long numbers.
func (i *inversion) apply(first, second *matrix) {
	t := second.after(first)
	t.apply(&i.f, &i.g)
	t.applyModulo(&i.d, &i.e, i.m)
	i.low = [2]uint64{i.f[0], i.g[0]}
}

func (i *inversion) finish(z *[4]uint64) {
	d := &i.d
	i.m.reduce(d, signMask(i.f[4]))
	z[0] = d[0] | d[1]<<62
	z[1] = d[1]>>2 | d[2]<<60
	z[2] = d[2]>>4 | d[3]<<58
	z[3] = d[3]>>6 | d[4]<<56
	*i = inversion{}
}

// reduce brings d, in (-2m, m), into [0, m), or -d if negate is all ones.
func (m *Modulus) reduce(d *limbs62, negate uint64) {
	d.addIf(signMask(d[4]), &m.limbs) // now |d| < m
	d.negateIf(negate)
	d.addIf(signMask(d[4]), &m.limbs)
}

// A matrix is 2^i times the T of i <= 30 divsteps, signed numbers with |u| + |v| and |q| + |r|
// at most 2^i, or 2^62 times the T of 59 of them, with the bound 2^62: the factor makes the
// division one by a whole limb.
type matrix struct {
	u, v, q, r uint64
}

// after returns the matrix of the divsteps of s, 30 of them, and those of t, 29, after them.
func (t *matrix) after(s *matrix) matrix {
	return matrix{
		u: (t.u*s.u + t.v*s.q) << 3,
		v: (t.u*s.v + t.v*s.r) << 3,
		q: (t.q*s.u + t.r*s.q) << 3,
		r: (t.q*s.v + t.r*s.r) << 3,
	}
}

// divsteps does count <= 30 divsteps on the low bits of f and g.
//
// The rows of T are two numbers in one word each, uv = u + 2^32 v and qr = q + 2^32 r: they
// are only added, negated and doubled, and stay within ±2^30. Instead of halving g's row,
// which would leave the integers, f's row is doubled.
func (i *inversion) divsteps(count int) {
	zeta, f, g, uv, qr := i.zeta, i.low[0], i.low[1], i.uv, i.qr
	for ; count > 0; count-- {
		positive := signMask(zeta) // delta > 0
		odd := -(g & 1)

		// If g is odd: g is g - f or g + f ...
		g += ((f ^ positive) - positive) & odd
		qr += ((uv ^ positive) - positive) & odd
		// ... and if delta > 0 too, f is the old g, which is the new one plus f.
		swap := positive & odd
		f += g & swap
		uv += qr & swap
		zeta = (zeta ^ swap) - 1 // -(1 - delta + 1/2) = -zeta - 2, or -(1 + delta + 1/2)

		g >>= 1
		uv <<= 1
	}
	i.zeta, i.low[0], i.low[1], i.uv, i.qr = zeta, f, g, uv, qr
}

// divstepsBoth is divsteps for i and j, step by step.
func divstepsBoth(count int, i, j *inversion) {
	zeta, f, g, uv, qr := i.zeta, i.low[0], i.low[1], i.uv, i.qr
	zeta2, f2, g2, uv2, qr2 := j.zeta, j.low[0], j.low[1], j.uv, j.qr
	for ; count > 0; count-- {
		positive := signMask(zeta)
		odd := -(g & 1)
		g += ((f ^ positive) - positive) & odd
		qr += ((uv ^ positive) - positive) & odd
		swap := positive & odd
		f += g & swap
		uv += qr & swap
		zeta = (zeta ^ swap) - 1
		g >>= 1
		uv <<= 1

		positive = signMask(zeta2)
		odd = -(g2 & 1)
		g2 += ((f2 ^ positive) - positive) & odd
		qr2 += ((uv2 ^ positive) - positive) & odd
		swap = positive & odd
		f2 += g2 & swap
		uv2 += qr2 & swap
		zeta2 = (zeta2 ^ swap) - 1
		g2 >>= 1
		uv2 <<= 1
	}
	i.zeta, i.low[0], i.low[1], i.uv, i.qr = zeta, f, g, uv, qr
	j.zeta, j.low[0], j.low[1], j.uv, j.qr = zeta2, f2, g2, uv2, qr2
}

// rowsOfOne is u = 1, v = 0; shifted by 32, q = 0, r = 1.
const rowsOfOne = 1

// matrix returns the T of the divsteps so far, and begins a new one.
func (i *inversion) matrix() (t matrix) {
	t.u, t.v = unpack(i.uv)
	t.q, t.r = unpack(i.qr)
	i.uv, i.qr = rowsOfOne, rowsOfOne<<32
	return t
}

// unpack returns the signed a and b of x = a + 2^32 b.
func unpack(x uint64) (a, b uint64) {
	a = uint64(int64(int32(x)))
	return a, uint64(int64(x-a) >> 32)
}

// applyPortable sets (f, g) to t (f, g) / 2^62, where the division is exact.
func (t *matrix) applyPortable(f, g *limbs62) {
	var x, y int128
	x.addProduct(t.u, f[0])
	x.addProduct(t.v, g[0])
	y.addProduct(t.q, f[0])
	y.addProduct(t.r, g[0])
	x.shift62()
	y.shift62()
	for i := 1; i < 5; i++ {
		x.addProduct(t.u, f[i])
		x.addProduct(t.v, g[i])
		y.addProduct(t.q, f[i])
		y.addProduct(t.r, g[i])
		f[i-1] = x.shift62()
		g[i-1] = y.shift62()
	}
	f[4], g[4] = x.lo, y.lo
}

// applyModuloPortable sets (d, e) to t (d, e) / 2^62 modulo m. It takes and returns numbers
// in (-2m, m).
func (t *matrix) applyModuloPortable(d, e *limbs62, m *Modulus) {
	// a and b are how often m is added, so as to make the division exact. The first
	// terms add m to a negative d or e. That brings d and e into (-m, m), the sums
	// into (-2^62 m, 2^62 m) and, less up to 2^62 - 1 times m and divided by 2^62,
	// into (-2m, m).
	a := (t.u & signMask(d[4])) + (t.v & signMask(e[4]))
	b := (t.q & signMask(d[4])) + (t.r & signMask(e[4]))

	var x, y int128
	x.addProduct(t.u, d[0])
	x.addProduct(t.v, e[0])
	y.addProduct(t.q, d[0])
	y.addProduct(t.r, e[0])
	a -= (m.inverse*x.lo + a) & mask62
	b -= (m.inverse*y.lo + b) & mask62
	x.addProduct(a, m.limbs[0])
	y.addProduct(b, m.limbs[0])
	x.shift62()
	y.shift62()
	for i := 1; i < 5; i++ {
		x.addProduct(t.u, d[i])
		x.addProduct(t.v, e[i])
		x.addProduct(a, m.limbs[i])
		y.addProduct(t.q, d[i])
		y.addProduct(t.r, e[i])
		y.addProduct(b, m.limbs[i])
		d[i-1] = x.shift62()
		e[i-1] = y.shift62()
	}
	d[4], e[4] = x.lo, y.lo
}

// addIf adds y to x if mask is all ones.
func (x *limbs62) addIf(mask uint64, y *limbs62) {
	for i := range x {
		x[i] += y[i] & mask
	}
	x.carry()
}

// negateIf negates x if mask is all ones.
func (x *limbs62) negateIf(mask uint64) {
	for i := range x {
		x[i] = (x[i] ^ mask) - mask
	}
	x.carry()
}

// carry brings the lower limbs back into [0, 2^62).
func (x *limbs62) carry() {
	for i := range 4 {
		x[i+1] += uint64(int64(x[i]) >> 62)
		x[i] &= mask62
	}
}

// An int128 is a signed 128-bit integer.
type int128 struct {
	hi, lo uint64
}

// addProduct adds the product of the signed x and y.
func (z *int128) addProduct(x, y uint64) {
	// The unsigned product counts 2^64 y too much for a negative x, and vice versa.
	hi, lo := bits.Mul64(x, y)
	hi -= signMask(x)&y + signMask(y)&x
	lo, c := bits.Add64(z.lo, lo, 0)
	hi, _ = bits.Add64(z.hi, hi, c)
	z.hi, z.lo = hi, lo
}

// shift62 divides z by 2^62, rounding down, and returns the remainder.
func (z *int128) shift62() uint64 {
	r := z.lo & mask62
	z.lo = z.lo>>62 | z.hi<<2
	z.hi = uint64(int64(z.hi) >> 62)
	return r
}

// signMask returns all ones if the signed x is negative, and 0 if not.
func signMask(x uint64) uint64 {
	return uint64(int64(x) >> 63)
}
