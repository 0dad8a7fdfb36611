package secp256k1

import "testing"

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
