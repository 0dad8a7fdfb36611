// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"testing"
)

// The fuzz targets take whole 32-byte numbers from the input, missing ones as zero.

func nextNumber(data *[]byte) *big.Int {
	n := min(32, len(*data))
	x := new(big.Int).SetBytes((*data)[:n])
	*data = (*data)[n:]
	return x
}

// numbersOf is an input of these numbers.
func numbersOf(xs ...*big.Int) (data []byte) {
	for _, x := range xs {
		data = append(data, bytesFromBig(x)[:]...)
	}
	return data
}

func FuzzArithmetic(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(bigP.Bytes(), bigN.Bytes()...))
	f.Add(append(new(big.Int).Sub(power2(256), one).Bytes(), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, y := nextNumber(&data), nextNumber(&data)

		fx, fy := fieldFromBig(x), fieldFromBig(y)
		var fz fieldElement
		fz.add(&fx, &fy)
		requireField(t, "add", new(big.Int).Add(x, y), fz, x, y)
		fz.sub(&fx, &fy)
		requireField(t, "sub", new(big.Int).Sub(x, y), fz, x, y)
		fz.mul(&fx, &fy)
		requireField(t, "mul", new(big.Int).Mul(x, y), fz, x, y)
		fz.sqr(&fx)
		requireField(t, "sqr", new(big.Int).Mul(x, x), fz, x)
		if inverse := new(big.Int).ModInverse(x, bigP); inverse != nil {
			fz.inverse(&fx)
			requireField(t, "1/", inverse, fz, x)
		}

		sx, sy := scalarFromBig(x), scalarFromBig(y)
		var sz scalar
		sz.add(&sx, &sy)
		requireScalar(t, "add", new(big.Int).Add(x, y), sz, x, y)
		sz.sub(&sx, &sy)
		requireScalar(t, "sub", new(big.Int).Sub(x, y), sz, x, y)
		sz.mul(&sx, &sy)
		requireScalar(t, "mul", new(big.Int).Mul(x, y), sz, x, y)
		if inverse := new(big.Int).ModInverse(x, bigN); inverse != nil {
			sz.inverse(&sx)
			requireScalar(t, "1/", inverse, sz, x)
		}
	})
}

func FuzzMultiply(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(make([]byte, 31), 1))
	f.Add(numbersOf(bigP, power2(64), one))
	f.Add(numbersOf(shortFactor, shortFactor, shortFactor))
	f.Add(new(big.Int).Sub(power2(256), bigN).FillBytes(make([]byte, 32)))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, v, q := nextNumber(&data), nextNumber(&data), nextNumber(&data)
		u.Mod(u, bigN)
		if u.Sign() != 0 {
			checkGeneratorMultiple(t, u)
		}
		checkDoubleMultiple(t, u, v, q)
	})
}

func FuzzSign(f *testing.F) {
	f.Add(one.FillBytes(make([]byte, 32)))
	f.Add(append(new(big.Int).Sub(bigN, one).Bytes(), bigN.Bytes()...))
	f.Add(numbersOf(new(big.Int).Rsh(bigN, 1), bigP, bigN))
	f.Add(numbersOf(shortFactor, bigP, shortFactor))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, digest := nextNumber(&data), nextNumber(&data)
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 {
			if k, ok := NewPrivateKey(bytesFromBig(d)); ok || k != nil {
				t.Fatalf("accepted %x", d)
			}
			return
		}
		var extra *[32]byte
		if len(data) > 0 {
			extra = bytesFromBig(nextNumber(&data))
		}
		checkSign(t, d, digest, extra)
	})
}

// FuzzVerify takes the key, the digest, r and s, and verifies them, and a signature of the
// key with r and s as its differences from the right one.
func FuzzVerify(f *testing.F) {
	f.Add(one.FillBytes(make([]byte, 32)))
	f.Add(numbersOf(one, bigP, bigN, bigN))
	f.Add(numbersOf(shortFactor, bigP, shortFactor, bigN))
	f.Add(numbersOf(big.NewInt(2), bigP))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, digest, r, s := nextNumber(&data), nextNumber(&data), nextNumber(&data), nextNumber(&data)
		d.Mod(d, new(big.Int).Add(largestKey, one))
		p, ok := referenceMultiple(d)
		if !ok {
			return
		}
		check := func(r, s *big.Int) {
			got := verifyTwice(t, p, digest, r, s)
			if want := referenceVerify(&p, digest, r, s); got != want {
				t.Fatalf("key %x, digest %x, r %x, s %x: %t, want %t", d, digest, r, s, got, want)
			}
		}
		check(r, s)
		wantR, wantS, ok := referenceSign(d, referenceNonce(d, digest, nil, 0), digest)
		if !ok {
			return
		}
		check(new(big.Int).Xor(wantR, r), new(big.Int).Xor(wantS, s))
	})
}
