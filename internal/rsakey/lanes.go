// SPDX-License-Identifier: Apache-2.0

package rsakey

// The functions of this file work on eight numbers, digit by digit with the eight numbers in a
// row: one a lane.

// lanesOf returns digit i of eight numbers.
func lanesOf(x []uint64, i int) *[eight]uint64 { return (*[eight]uint64)(x[i*eight:]) }

// putLane sets one of eight numbers to x.
func putLane(z []uint64, lane int, x []uint64) {
	for i, digit := range x {
		z[i*eight+lane] = digit
	}
}

// takeLane sets z to one of eight numbers.
func takeLane(z, x []uint64, lane int) {
	for i := range z {
		z[i] = x[i*eight+lane]
	}
}

// spread sets all eight numbers of z to x.
func spread(z, x []uint64) {
	for i, digit := range x {
		row := lanesOf(z, i)
		for lane := range row {
			row[lane] = digit
		}
	}
}

// addEight adds eight numbers y to z.
func addEight(z, y []uint64) {
	var carry [eight]uint64
	for i := range len(z) / eight {
		zi, yi := lanesOf(z, i), lanesOf(y, i)
		for lane := range zi {
			sum := zi[lane] + yi[lane] + carry[lane]
			zi[lane], carry[lane] = sum&digitMask, sum>>radix52
		}
	}
}

// subEight sets z to x - y for one number y, and the lanes of borrow to 1 where that borrows and
// else to 0.
func subEight(z, x, y []uint64) (borrow [eight]uint64) {
	for i, digit := range y {
		zi, xi := lanesOf(z, i), lanesOf(x, i)
		for lane := range zi {
			difference := xi[lane] - digit - borrow[lane]
			zi[lane], borrow[lane] = difference&digitMask, difference>>63
		}
	}
	return borrow
}

// negateEight sets z to 2 n - z for eight numbers z of up to 2 n.
func negateEight(z, n []uint64) {
	var carry [eight]uint64 // in two's complement
	for i, digit := range n {
		zi := lanesOf(z, i)
		for lane := range zi {
			sum := 2*digit - zi[lane] + carry[lane]
			zi[lane], carry[lane] = sum&digitMask, uint64(int64(sum)>>radix52)
		}
	}
}

// reduceEight subtracts n from each of eight numbers that is not below it. difference is scratch.
func reduceEight(z, n, difference []uint64) {
	keep := subEight(difference, z, n) // 1: the number is below n
	for lane := range keep {
		keep[lane] = -keep[lane]
	}
	for i := range n {
		zi, di := lanesOf(z, i), lanesOf(difference, i)
		for lane := range zi {
			zi[lane] = zi[lane]&keep[lane] | di[lane]&^keep[lane]
		}
	}
}
