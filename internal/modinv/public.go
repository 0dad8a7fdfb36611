// SPDX-License-Identifier: Apache-2.0

package modinv

import "math/bits"

// InvertPublic sets z to 1 / x mod m, or to 0 if x is 0, in variable time: x is public. x must
// be below m. z may be x.
func (m *Modulus) InvertPublic(z, x *[4]uint64) {
	var i inversion
	i.start(m, x)
	delta := 1
	for i.g != (limbs62{}) {
		var t matrix
		delta, t = publicDivsteps(delta, i.f[0], i.g[0])
		t.apply(&i.f, &i.g)
		t.applyModulo(&i.d, &i.e, m)
	}
	i.finish(z)
}

// publicDivsteps does 62 divsteps on the low bits of f and g. It returns delta after them, and
// their matrix, times 2^62. delta may be any integer: the paper's bound of 741 steps is for the
// start at 1, and on average it takes some 530.
func publicDivsteps(delta int, f, g uint64) (int, matrix) {
	t := matrix{u: 1, r: 1}
	for left := 62; ; {
		// Steps with an even g halve it. f's row is doubled instead of halving g's.
		zeros := bits.TrailingZeros64(g | 1<<left)
		g >>= zeros
		t.u <<= zeros
		t.v <<= zeros
		delta += zeros
		left -= zeros
		if left == 0 {
			return delta, t
		}
		// A step with delta > 0 is a swap, with a change of sign, and then the other step.
		if delta > 0 {
			delta = -delta
			f, g = g, -f
			t.u, t.q = t.q, -t.u
			t.v, t.r = t.r, -t.v
		}
		// As long as delta is not positive, a step adds f to an odd g. So several steps add w f
		// before they halve, with the w that makes the result even that often, modulo 2^6 at
		// most: f^2 is 1 modulo 8, and so f (2 - f^2) is 1 / f modulo 64.
		most := min(1-delta, left, 6)
		w := g * f * (f*f - 2) & (1<<most - 1)
		g += w * f
		t.q += w * t.u
		t.r += w * t.v
	}
}
