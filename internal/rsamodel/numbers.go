// SPDX-License-Identifier: Apache-2.0

package rsamodel

import (
	"crypto/rand"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// Rounds is how often a randomised test tries: millions of times in nightly mode.
func Rounds(normal, nightly int) int {
	if testrun.Nightly() {
		return nightly
	}
	if !testrun.Long() {
		return max(1, normal/10)
	}
	return normal
}

// Pick returns a number below limit that is, half of the time, at an edge: near 0,
// near the limit or its half, or with runs of ones or zeros that carry far.
func Pick(limit *big.Int) *big.Int {
	var choice [4]byte
	rand.Read(choice[:])
	small := big.NewInt(int64(choice[1] & 3))
	x := new(big.Int)
	switch choice[0] & 15 {
	case 0:
		x.Set(small)
	case 1:
		x.Sub(limit, small.Add(small, big.NewInt(1)))
	case 2:
		x.Add(x.Rsh(limit, 1), small)
	case 3:
		x.Sub(x.Rsh(limit, 1), small)
	case 4, 5: // ones from bit a to bit b
		a, b := int(choice[1])*limit.BitLen()>>8, int(choice[2])*limit.BitLen()>>8
		x.Lsh(big.NewInt(1), uint(max(a, b)))
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(min(a, b))))
	case 6: // digits of all ones or zero
		size := []int{52, 64}[choice[1]&1]
		digit := new(big.Int).SetUint64(1<<size - 1)
		for range (limit.BitLen() + size - 1) / size {
			rand.Read(choice[:])
			x.Lsh(x, uint(size))
			if choice[3]&1 == 1 {
				x.Add(x, digit)
			}
		}
	case 7: // a power of two, less one or two
		x.Lsh(big.NewInt(1), uint(int(choice[2])*limit.BitLen()>>8))
		x.Sub(x, small)
	default:
		x, err := rand.Int(rand.Reader, limit)
		if err != nil {
			panic(err) // it never fails
		}
		return x
	}
	return x.Mod(x, limit)
}

// Modulus returns an odd number of exactly so many bits.
func Modulus(bits int) *big.Int {
	top := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	x := Pick(top)
	x.Or(x, top)
	return x.SetBit(x, 0, 1)
}

// SetDigits sets every stride-th word of z, from the first, to a digit of x, of so many bits.
func SetDigits(z []uint64, x *big.Int, stride int, radix uint) {
	x = new(big.Int).Set(x)
	mask, digit := new(big.Int).SetUint64(1<<radix-1), new(big.Int)
	for i := 0; i < len(z); i += stride {
		z[i] = digit.And(x, mask).Uint64()
		x.Rsh(x, radix)
	}
}

// Number is the reverse of SetDigits.
func Number(z []uint64, stride int, radix uint) *big.Int {
	x := new(big.Int)
	for i := (len(z) - 1) / stride * stride; i >= 0; i -= stride {
		x.Lsh(x, radix).Add(x, new(big.Int).SetUint64(z[i]))
	}
	return x
}

// NegativeInverse returns -1 / n modulo 2^radix, for an odd n.
func NegativeInverse(n *big.Int, radix uint) uint64 {
	power := new(big.Int).Lsh(big.NewInt(1), radix)
	return power.Sub(power, new(big.Int).ModInverse(n, power)).Uint64()
}
