// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"fmt"
	"math/big"
	"math/bits"
	"os"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// The model is what the kernels compute, in plain Go: it runs the rest of the package
// on any machine, and is what the assembly is compared with.

func modelKernel(digits int) *kernel {
	k := &kernel{radix: radix52, digits: digits}
	k.multiplyPair = func(z, x, y, n, k0 *uint64) {
		for i := range 2 {
			at := i * k.halfWords()
			modelProduct(at8(z, at), at8(x, at), at8(y, at), at8(n, at), *at8(k0, i), digits, 1)
		}
	}
	k.selectPair = func(z, table *uint64, i, j uint64) {
		half := k.halfWords()
		copy(unsafe.Slice(z, half), unsafe.Slice(at8(table, int(i)*2*half), half))
		copy(unsafe.Slice(at8(z, half), half), unsafe.Slice(at8(table, int(j)*2*half+half), half))
	}
	k.multiplyFull = func(z, x, y, n, k0 *uint64) { modelProduct(z, x, y, n, *k0, 2*digits, 1) }
	k.multiplyEight = func(z, x, y, n, k0 *uint64) {
		for lane := range eight {
			modelProduct(at8(z, lane), at8(x, lane), at8(y, lane), n, *k0, digits, eight)
		}
	}
	k.squareEight = func(z, x, n, friendly, k0, _ *uint64, times int) {
		k.carryEight(z, x)
		for range times {
			for lane := range eight {
				modelRounds(at8(z, lane), at8(z, lane), at8(z, lane), n, friendly, *k0, digits, eight)
			}
		}
	}
	k.multiplyFullEight = func(z, x, y, n, k0, _ []uint64) {
		for lane := range eight {
			modelProduct(&z[lane], &x[lane], &y[lane], &n[0], k0[0], 2*digits, eight)
		}
	}
	k.squareFullEight = func(z, x, n, k0, t []uint64) { k.multiplyFullEight(z, x, x, n, k0, t) }
	k.carryEight = func(z, t *uint64) {
		for lane := range eight {
			var carry uint64
			for i := range digits {
				sum := *at8(t, i*eight+lane) + carry
				*at8(z, i*eight+lane), carry = sum&digitMask, sum>>radix52
			}
		}
	}
	k.addMultipleEight = func(z, x, n []uint64) {
		for lane := range eight {
			for i := range digits {
				var carry uint64
				for j := i; j < 2*digits; j++ {
					var hi, lo uint64
					if j-i < digits {
						hi, lo = bits.Mul64(x[i*eight+lane], n[j-i])
					}
					lo, c := bits.Add64(lo, z[j*eight+lane]+carry, 0)
					z[j*eight+lane], carry = lo&digitMask, (hi+c)<<(64-radix52)|lo>>radix52
				}
			}
		}
	}
	k.clearRegisters = func() {}
	k.multiplyEntry = func(z, x, table *uint64, i uint64, n, friendly, k0, _ *uint64) {
		k.carryEight(z, x)
		for lane := range eight {
			y := at8(table, int(i)*k.eightWords()+lane)
			modelRounds(at8(z, lane), at8(z, lane), y, n, friendly, *k0, digits, eight)
		}
	}
	return k
}

// modelKernel64 is the model of the kernels with digits of 64 bits.
func modelKernel64(digits int) *kernel {
	k := modelKernel(digits)
	return &kernel{
		radix: radix64, digits: digits, selectPair: k.selectPair, clearRegisters: k.clearRegisters,
		multiplyPair: func(z, x, y, n, k0 *uint64) {
			modelProduct64(z, x, y, n, *k0, digits)
			modelProduct64(at8(z, digits), at8(x, digits), at8(y, digits), at8(n, digits), *at8(k0, 1), digits)
		},
		multiplyFull: func(z, x, y, n, k0 *uint64) { modelProduct64(z, x, y, n, *k0, 2*digits) },
	}
}

// modelOf returns the model of a kernel.
func modelOf(k *kernel) *kernel {
	if k.radix == radix64 {
		return modelKernel64(k.digits)
	}
	return modelKernel(k.digits)
}

func at8(p *uint64, words int) *uint64 { return (*uint64)(unsafe.Add(unsafe.Pointer(p), 8*words)) }

// modelProduct is the almost Montgomery product, digit by digit of y: z = (x y + n m)
// / R, for the m below R = 2^(52 digits) that makes the sum a multiple of R. The
// digits of x, y and z are stride words apart.
func modelProduct(z, x, y, n *uint64, k0 uint64, digits, stride int) {
	modelRounds(z, x, y, n, nil, k0, digits, stride)
}

// modelRounds is modelProduct if friendly is nil. Else it is the product of squareEight and of
// multiplyEntry: z = (x y + f M + n m) / R, for f = n k0, the M below R / 2^52 and the last digit
// of the quotient, m.
func modelRounds(z, x, y, n, friendly *uint64, k0 uint64, digits, stride int) {
	length := (digits-1)*stride + 1
	zs, xs, ys, ns := unsafe.Slice(z, length), unsafe.Slice(x, length), unsafe.Slice(y, length), unsafe.Slice(n, digits)
	var memory [2*30 + 2]uint64
	sum := memory[:digits+2]
	addRow := func(sum, row []uint64, stride int, by uint64) {
		var carry uint64
		for i := range digits {
			hi, lo := bits.Mul64(row[i*stride], by)
			lo, c := bits.Add64(lo, sum[i]+carry, 0)
			sum[i], carry = lo&digitMask, (hi+c)<<(64-radix52)|lo>>radix52
		}
		sum[digits] += carry
	}
	for i := range digits {
		addRow(sum, xs, stride, ys[i*stride])
		if friendly != nil && i < digits-1 {
			addRow(sum[1:], unsafe.Slice(friendly, digits), 1, sum[0]&digitMask)
		} else {
			addRow(sum, ns, 1, sum[0]*k0&digitMask)
		}
		copy(sum, sum[1:])
		sum[digits+1] = 0
	}
	for i := range digits {
		zs[i*stride] = sum[i] & digitMask
		sum[i+1] += sum[i] >> radix52
	}
	if sum[digits] != 0 {
		panic("the product has more digits than its modulus")
	}
}

// modelProduct64 is the almost Montgomery product: z = (x y + n m) / R, less n if it is not
// below R.
func modelProduct64(z, x, y, n *uint64, k0 uint64, digits int) {
	ys, ns := unsafe.Slice(y, digits), unsafe.Slice(n, digits)
	var memory [2*24 + 2]uint64
	sum := memory[:digits+2]
	addRow := func(row *uint64, by uint64) {
		var carry, c uint64
		for i, word := range unsafe.Slice(row, digits) {
			hi, lo := bits.Mul64(word, by)
			lo, c = bits.Add64(lo, sum[i], 0)
			hi += c
			sum[i], c = bits.Add64(lo, carry, 0)
			carry = hi + c
		}
		sum[digits], c = bits.Add64(sum[digits], carry, 0)
		sum[digits+1] += c
	}
	for i := range digits {
		addRow(x, ys[i])
		addRow(n, sum[0]*k0)
		copy(sum, sum[1:])
		sum[digits+1] = 0
	}
	zs := unsafe.Slice(z, digits)
	copy(zs, sum)
	var borrow uint64
	for i, word := range ns {
		zs[i], borrow = bits.Sub64(zs[i], word&-sum[digits], borrow)
	}
}

func (r radix) load(x *uint64, digits, stride int) *big.Int {
	z := new(big.Int)
	for i := digits - 1; i >= 0; i-- {
		z.Lsh(z, uint(r)).Add(z, new(big.Int).SetUint64(*at8(x, i*stride)))
	}
	return z
}

// kernelsHere returns the models and the assembly that the machine has: of IFMA and of MULX.
func kernelsHere(t testing.TB) map[string]*kernel {
	all := map[string]*kernel{
		"model 2048": modelKernel(20), "model 3072": modelKernel(30),
	}
	if testrun.Long() || !rsaadx.Supported() {
		all["model 2048, 64"], all["model 3072, 64"] = modelKernel64(16), modelKernel64(24)
	}
	if rsaadx.Supported() {
		for _, k := range adxKernels {
			all[fmt.Sprintf("ADX %d", 2*k.primeBits())] = k
		}
	} else {
		if os.Getenv("KMSIGNER_ADX") != "" {
			t.Fatal("KMSIGNER_ADX is set, and there is no ADX")
		}
		t.Log("SKIPPED: the assembly with MULX: this machine has no ADX")
	}
	if !Supported() {
		if os.Getenv("KMSIGNER_IFMA") != "" {
			t.Fatal("KMSIGNER_IFMA is set, and there is no AVX-512 IFMA")
		}
		t.Log("SKIPPED: the assembly: this machine has no AVX-512 IFMA")
		return all
	}
	all["assembly 2048"] = kernelOf(1024)
	all["assembly 3072"] = kernelOf(1536)
	return all
}
