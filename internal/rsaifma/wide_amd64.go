// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package rsaifma

// halves are the parts of a product of eight numbers of twice as many digits as a prime:
// the functions of amm_amd64.s for one number of digits.
type halves struct {
	digits     int
	square     func(t, x *uint64)
	add        func(t, x, y *uint64) // t += x y
	addTwice   func(t, x, y *uint64) // t += 2 x y
	addShared  func(t, x, n *uint64) // t += x n, for one n in all lanes
	reduceHalf func(t, n, k0, m *uint64)
	carry      func(z, t *uint64)
}

var (
	halves20 = &halves{
		20, squareHalf20x8, addProduct20x8, addTwiceProduct20x8, addMultiple20x8, reduceHalf20x8, carryWide20x8,
	}
	halves30 = &halves{
		30, squareHalf30x8, addProduct30x8, addTwiceProduct30x8, addMultiple30x8, reduceHalf30x8, carryWide30x8,
	}
)

// multiply is the almost Montgomery product z = x y / R mod n of eight numbers. t is memory
// for five halves: a product, and the digits of a quotient.
func (h *halves) multiply(z, x, y, n, k0, t []uint64) {
	half := eight * h.digits
	clear(t[:4*half])
	for i := range 2 {
		for j := range 2 {
			h.add(&t[(i+j)*half], &x[i*half], &y[j*half])
		}
	}
	h.reduce(z, n, k0, t)
}

// squareOf is multiply of x and x.
func (h *halves) squareOf(z, x, n, k0, t []uint64) {
	half := eight * h.digits
	h.square(&t[0], &x[0])
	h.square(&t[2*half], &x[half])
	h.addTwice(&t[half], &x[0], &x[half])
	h.reduce(z, n, k0, t)
}

// addMultiple adds x n to z.
func (h *halves) addMultiple(z, x, n []uint64) {
	h.addShared(&z[0], &x[0], &n[0])
	h.carry(&z[0], &z[0])
}

// reduce sets z to the product in t, by R.
func (h *halves) reduce(z, n, k0, t []uint64) {
	half := eight * h.digits
	m := &t[4*half]
	for i := range 2 {
		h.reduceHalf(&t[i*half], &n[0], &k0[0], m)
		h.addShared(&t[(i+1)*half], m, &n[h.digits])
	}
	h.carry(&z[0], &t[2*half])
}
