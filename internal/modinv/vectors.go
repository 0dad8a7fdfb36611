// SPDX-License-Identifier: Apache-2.0

package modinv

// Divsteps of two inversions at once, in the lanes of vectors: f and g and, beside them, the rows
// of T.

// steps are what divsteps59 takes and returns. The inversions are side by side.
type steps struct {
	low           [4]uint64 // f, g of either
	zeta          [4]uint64 // of either, twice
	first, second [8]uint64 // f, uv, f, uv, and g, qr, g, qr: after 30 steps, and after 29 more
}

// inVectors does all divsteps of one inversion, or of two.
func inVectors(is ...*inversion) {
	var s steps
	for k, i := range is {
		s.zeta[2*k], s.zeta[2*k+1] = i.zeta, i.zeta
	}
	for range 10 {
		for k, i := range is {
			s.low[2*k], s.low[2*k+1] = i.f[0], i.g[0]
		}
		divsteps59(&s)
		for k, i := range is {
			first, second := matrixOf(&s.first, k), matrixOf(&s.second, k)
			i.apply(&first, &second)
		}
	}
	clearRegisters()
	s = steps{}
}

// matrixOf returns the matrix of an inversion.
func matrixOf(rows *[8]uint64, k int) (t matrix) {
	t.u, t.v = unpack(rows[2*k+1])
	t.q, t.r = unpack(rows[2*k+5])
	return t
}
