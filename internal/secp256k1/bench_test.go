// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/sha256"
	"math/big"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/internal/modinv"
)

func BenchmarkFieldMul(b *testing.B) {
	x := fieldElement(limbsFromBig(bigN))
	for range b.N {
		x.mul(&x, &x)
	}
}

func BenchmarkFieldSqr(b *testing.B) {
	x := fieldElement(limbsFromBig(bigN))
	for range b.N {
		x.sqr(&x)
	}
}

func BenchmarkFieldInv(b *testing.B) {
	x := fieldElement(limbsFromBig(bigN))
	for range b.N {
		x.inverse(&x)
	}
}

func BenchmarkScalarMul(b *testing.B) {
	x := scalarFromBig(bigP)
	for range b.N {
		x.mul(&x, &x)
	}
}

func BenchmarkScalarInv(b *testing.B) {
	x := scalarFromBig(bigP)
	for range b.N {
		x.inverse(&x)
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

func BenchmarkCombTable(b *testing.B) {
	for range b.N {
		newCombTable()
	}
}

var benchDigest = sha256.Sum256([]byte("benchmark"))

func BenchmarkSign(b *testing.B) {
	k := privateKey(b, big.NewInt(99))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		k.Sign(&benchDigest, nil)
	}
}

func BenchmarkSignBatch32(b *testing.B) {
	k := privateKey(b, big.NewInt(99))
	digests := make([][32]byte, 32)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		k.SignBatch(digests, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(32*b.N), "ns/signature")
}

func BenchmarkSignDecred(b *testing.B) {
	k := decred.PrivKeyFromBytes(bytesFromBig(big.NewInt(99))[:])
	b.ReportAllocs()
	for range b.N {
		decdsa.Sign(k, benchDigest[:])
	}
}

func BenchmarkNewPublicKey(b *testing.B) {
	x, y := generator.x.bytes(), generator.y.bytes()
	for range b.N {
		NewPublicKey(&x, &y)
	}
}

func BenchmarkVerify(b *testing.B) {
	k := privateKey(b, big.NewInt(99))
	r, s, _ := k.Sign(&benchDigest, nil)
	p := k.PublicKey()
	p.Verify(&benchDigest, &r, &s) // the table
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if !p.Verify(&benchDigest, &r, &s) {
			b.Fatal("not verified")
		}
	}
}

func BenchmarkVerifyDecred(b *testing.B) {
	k := decred.PrivKeyFromBytes(bytesFromBig(big.NewInt(99))[:])
	sig, p := decdsa.Sign(k, benchDigest[:]), k.PubKey()
	b.ReportAllocs()
	for range b.N {
		if !sig.Verify(benchDigest[:], p) {
			b.Fatal("not verified")
		}
	}
}

func BenchmarkNonce(b *testing.B) {
	k := privateKey(b, big.NewInt(99))
	workspace := workspaces.New().(*workspace)
	var w work
	w.init(&benchDigest, nil)
	for range b.N {
		w.setNonce(k, workspace, 0)
	}
}

func BenchmarkInvBoth(b *testing.B) {
	x, y := limbsFromBig(bigN), limbsFromBig(big.NewInt(99))
	for range b.N {
		modinv.InvertBoth(&fieldModulus, &x, &x, &scalarModulus, &y, &y)
	}
}
