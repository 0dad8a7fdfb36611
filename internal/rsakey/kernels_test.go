// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// modelKernel is the model of the kernels with digits of 52 bits.
func modelKernel(digits int) *kernel {
	k := &kernel{
		radix: radix52, digits: digits,
		multiplyPair: rsamodel.MultiplyPair(digits), multiplyFull: rsamodel.Multiply(2 * digits),
		lanes: rsamodel.Lanes(digits), clearRegisters: func() {},
	}
	k.selectPair = rsamodel.SelectPair(k.halfWords())
	return k
}

// modelKernel64 is the model of the kernels with digits of 64 bits.
func modelKernel64(digits int) *kernel {
	return &kernel{
		radix: radix64, digits: digits, selectPair: rsamodel.SelectPair(digits), clearRegisters: func() {},
		multiplyPair: func(z, x, y, n, k0 *uint64) {
			rsamodel.MultiplyWords(z, x, y, n, *k0, digits)
			rsamodel.MultiplyWords(at8(z, digits), at8(x, digits), at8(y, digits), at8(n, digits), *at8(k0, 1), digits)
		},
		multiplyFull: func(z, x, y, n, k0 *uint64) { rsamodel.MultiplyWords(z, x, y, n, *k0, 2*digits) },
	}
}

func at8(p *uint64, words int) *uint64 { return (*uint64)(unsafe.Add(unsafe.Pointer(p), 8*words)) }

func (r radix) digitsOf(x *big.Int, z []uint64) { rsamodel.SetDigits(z, x, 1, uint(r)) }
func (r radix) numberOf(z []uint64) *big.Int    { return rsamodel.Number(z, 1, uint(r)) }

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
	if !rsaifma.Supported() {
		if os.Getenv("KMSIGNER_IFMA") != "" {
			t.Fatal("KMSIGNER_IFMA is set, and there is no AVX-512 IFMA")
		}
		t.Log("SKIPPED: the assembly with IFMA: this machine has no AVX-512 IFMA")
		return all
	}
	all["IFMA 2048"], all["IFMA 3072"] = kernelOf(1024), kernelOf(1536)
	return all
}

// TestKernels: what the kernels are made of comes together to what the models compute, for pairs
// and for moduli. The packages of the assembly test its functions.
func TestKernels(t *testing.T) {
	for name, k := range kernelsHere(t) {
		if strings.HasPrefix(name, "model") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			model := modelKernel64(k.digits)
			if k.radix == radix52 {
				model = modelKernel(k.digits)
			}
			half, digits := k.halfWords(), k.digits
			for range rsamodel.Rounds(500, 100_000) {
				x, y, n, got, want := aligned(2*half), aligned(2*half), aligned(2*half), aligned(2*half), aligned(2*half)
				k0 := make([]uint64, 2)
				for prime := range 2 {
					modulus := rsamodel.Modulus(k.primeBits())
					k0[prime] = rsamodel.NegativeInverse(modulus, uint(k.radix))
					k.digitsOf(modulus, n[prime*half:][:digits])
					k.digitsOf(rsamodel.Pick(modulus), x[prime*half:][:digits])
					k.digitsOf(rsamodel.Pick(modulus), y[prime*half:][:digits])
				}
				k.multiplyPair(&got[0], &x[0], &y[0], &n[0], &k0[0])
				model.multiplyPair(&want[0], &x[0], &y[0], &n[0], &k0[0])
				require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
				if k.squarePair != nil {
					model.multiplyPair(&want[0], &x[0], &x[0], &n[0], &k0[0])
					model.multiplyPair(&want[0], &want[0], &want[0], &n[0], &k0[0])
					k.squarePair(&x[0], &n[0], &k0[0], 2)
					require.Equal(t, want, x, "n %x", n)
				}
			}
			for range rsamodel.Rounds(200, 50_000) {
				words := k.fullWords()
				x, y, n, got, want := aligned(words), aligned(words), aligned(words), aligned(words), aligned(words)
				modulus := rsamodel.Modulus(2 * k.primeBits())
				k0 := rsamodel.NegativeInverse(modulus, uint(k.radix))
				k.digitsOf(modulus, n)
				k.digitsOf(rsamodel.Pick(modulus), x)
				k.digitsOf(rsamodel.Pick(modulus), y)
				k.multiplyFull(&got[0], &x[0], &y[0], &n[0], &k0)
				model.multiplyFull(&want[0], &x[0], &y[0], &n[0], &k0)
				require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
				if k.squareFull != nil {
					model.multiplyFull(&want[0], &x[0], &x[0], &n[0], &k0)
					k.squareFull(&x[0], &n[0], &k0)
					require.Equal(t, want, x, "n %x", n)
				}
			}
			table := aligned(k.pairWords() << window)
			for i := range table {
				table[i] = uint64(i)
			}
			for i := range 1 << window {
				z, j := aligned(k.pairWords()), (i+5)%(1<<window)
				k.selectPair(&z[0], &table[0], uint64(i), uint64(j))
				require.Equal(t, slices.Concat(table[i*2*half:][:half], table[j*2*half+half:][:half]), z)
			}
		})
	}
}
