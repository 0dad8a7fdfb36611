// Code generated from p256/bench_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
)

func BenchmarkFieldMul(b *testing.B) {
	x := generator.x
	for range b.N {
		x.mul(&x, &generator.y)
	}
}

func BenchmarkFieldSqr(b *testing.B) {
	x := generator.x
	for range b.N {
		x.sqr(&x)
	}
}

func BenchmarkInverse(b *testing.B) {
	x := generator.x
	for range b.N {
		x.inverse(&x)
	}
}

func BenchmarkInverseWith(b *testing.B) {
	x, y := generator.x, scalar{3}
	for range b.N {
		x.inverseWith(&x, &y)
	}
}

func BenchmarkScalarMul(b *testing.B) {
	x := scalarFromBig(bigP)
	for range b.N {
		x.mul(&x, &x)
	}
}

func BenchmarkBaseMult(b *testing.B) {
	k := scalarFromBig(bigP)
	var p extendedPoint
	p.setGeneratorMultiple(&k, &noBlind) // the table
	b.ResetTimer()
	for range b.N {
		p.setGeneratorMultiple(&k, &noBlind)
	}
}

func BenchmarkSignBatch(b *testing.B) {
	k := privateKey(b, big.NewInt(99))
	digests, extras := make([][32]byte, 64), make([][32]byte, 64)
	here := lanes
	defer func() { lanes = here }()
	for name, kernel := range map[string]*ecifma.Kernel{"portable": nil, "here": here} {
		b.Run(name, func(b *testing.B) {
			lanes = kernel
			k.SignBatch(digests, extras) // the table
			b.ResetTimer()
			for range b.N {
				k.SignBatch(digests, extras)
			}
		})
	}
}

func BenchmarkCombTable(b *testing.B) {
	for range b.N {
		newCombTable()
	}
}

func BenchmarkSign(b *testing.B) {
	k, digest := privateKey(b, big.NewInt(99)), bytesFromBig(one)
	for name, extra := range map[string]*[32]byte{"plain": nil, "hedged": digest} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				k.Sign(digest, extra)
			}
		})
	}
}

func BenchmarkSignBatch32(b *testing.B) {
	k, digests := privateKey(b, big.NewInt(99)), make([][32]byte, 32)
	for range b.N {
		k.SignBatch(digests, digests)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(32*b.N), "ns/signature")
}

func BenchmarkVerify(b *testing.B) {
	k, digest := privateKey(b, big.NewInt(99)), bytesFromBig(one)
	r, s, _ := k.Sign(digest, nil)
	b.Run("kept", func(b *testing.B) {
		p := k.PublicKey()
		for range b.N {
			if !p.Verify(digest, &r, &s) {
				b.Fatal("not verified")
			}
		}
	})
	b.Run("first", func(b *testing.B) {
		for range b.N {
			if !k.PublicKey().Verify(digest, &r, &s) {
				b.Fatal("not verified")
			}
		}
	})
}

func BenchmarkNonce(b *testing.B) {
	k, workspace := privateKey(b, big.NewInt(99)), workspaces.New().(*workspace)
	var w work
	w.init(bytesFromBig(one), nil)
	for range b.N {
		w.setNonce(k, workspace, 0)
	}
}
