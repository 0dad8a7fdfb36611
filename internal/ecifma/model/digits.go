// SPDX-License-Identifier: Apache-2.0

package model

import "math/big"

// A digits is a number of five digits, which may be negative.
type digits [5]int64

func digitsOf(x *big.Int) (d digits) {
	for i := range d {
		d[i] = new(big.Int).And(new(big.Int).Rsh(x, uint(radix*i)), big.NewInt(mask)).Int64()
	}
	return d
}

func (d *digits) negate(mask int64) {
	for i := range d {
		d[i] = d[i]&^mask | -d[i]&mask
	}
}

func (d *digits) sub(x *digits) {
	for i := range d {
		d[i] -= x[i]
	}
}

func (d *digits) add(x *digits) {
	for i := range d {
		d[i] += x[i]
	}
}

func (d *digits) carry() {
	for i := range len(d) - 1 {
		d[i+1] += d[i] >> radix
		d[i] &= mask
	}
}
