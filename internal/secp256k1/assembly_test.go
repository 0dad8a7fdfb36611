// Code generated from p256/assembly_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"maps"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// needAssembly skips a test on a machine without the instructions of package ecmulx.
func needAssembly(t testing.TB) {
	if !assembly {
		t.Skip("SKIPPED: no assembly here; package ecmulx says whether there should be")
	}
}

// withoutAssembly runs f with the Go code only.
func withoutAssembly(f func()) {
	here := assembly
	defer func() { assembly = here }()
	assembly = false
	f()
}

// requireModel requires that f, which computes with the element or the point, does the same without
// assembly, bit for bit.
func requireModel[T comparable](t testing.TB, what string, x T, f func(x *T)) {
	got, want := x, x
	f(&got)
	withoutAssembly(func() { f(&want) })
	if got != want {
		t.Fatalf("%s of %v: %v, and without assembly %v", what, x, got, want)
	}
}

// checkAssembly compares everything that there is in assembly with its model. The points are none of
// the curve, whose constant is in no formula.
func checkAssembly(t testing.TB, u, v, w, x fieldElement) {
	requireModel(t, "product", u, func(z *fieldElement) { z.mul(&v, &w) })
	requireModel(t, "product in place of x", u, func(z *fieldElement) { z.mul(z, &w) })
	requireModel(t, "product in place of y", u, func(z *fieldElement) { z.mul(&w, z) })
	requireModel(t, "product of itself", u, func(z *fieldElement) { z.mul(z, z) })
	requireModel(t, "square", u, func(z *fieldElement) { z.sqr(&v) })
	requireModel(t, "square in place", u, func(z *fieldElement) { z.sqr(z) })

	q := affinePoint{w, x}
	requireModel(t, "extended sum", extendedPoint{u, v, w, x}, func(p *extendedPoint) { p.add(&q) })
	requireModel(t, "extended sum", extendedPoint{x, w, v, u}, func(p *extendedPoint) { p.add(&q) })
	p := jacobianPoint{u, v, w}
	requireModel(t, "double", p, func(p *jacobianPoint) { p.double(p) })
	requireModel(t, "double", jacobianPoint{}, func(r *jacobianPoint) { r.double(&p) })
	requireModel(t, "differences", [2]fieldElement{}, func(d *[2]fieldElement) { p.differences(&d[0], &d[1], &q) })
	requireModel(t, "chord", p, func(p *jacobianPoint) { p.addChord(&v, &x) })
	requireModel(t, "sum", p, func(p *jacobianPoint) { p.add(&q) })
}

func TestAssembly(t *testing.T) {
	needAssembly(t)
	r := newRand(t)
	var some []fieldElement
	for _, x := range edges {
		for d := int64(-1); d <= 1; d++ {
			some = append(some, anyElement(new(big.Int).Add(x, big.NewInt(d))))
		}
	}
	pick := func() fieldElement {
		if r.IntN(3) == 0 {
			return some[r.IntN(len(some))]
		}
		return anyElement(random256(r))
	}
	for _, x := range some {
		for _, y := range some {
			requireModel(t, "product", x, func(z *fieldElement) { z.mul(z, &y) })
		}
		checkAssembly(t, x, pick(), pick(), pick())
	}
	for range cases() {
		checkAssembly(t, pick(), pick(), pick(), pick())
	}
}

// TestAssembly_lookup: every entry of a block, and its negative.
func TestAssembly_lookup(t *testing.T) {
	needAssembly(t)
	r := newRand(t)
	pick := func() fieldElement { // below p, and not 0
		x := random256(r)
		return fieldElement(limbsFromBig(x.Mod(x, new(big.Int).Sub(bigP, one)).Add(x, one)))
	}
	var b combBlock
	for i := range combEntries {
		b.x[i], b.y[i], b.multipliers[i] = pick(), pick(), r.Uint64()
	}
	for e := range uint64(2 * combEntries) {
		type found struct {
			affinePoint
			multiplier uint64
		}
		requireModel(t, "lookup", found{}, func(f *found) { f.multiplier = b.lookup(&f.affinePoint, e) })
		var p affinePoint
		multiplier := b.lookup(&p, e)
		i := e - combEntries
		if e < combEntries {
			i = combEntries - 1 - e
			p.y.negate(&p.y)
			multiplier = -multiplier
		}
		require.Equal(t, b.multipliers[i], multiplier)
		require.NotZero(t, p.x.equal(&b.x[i])&p.y.equal(&b.y[i]))
	}
}

// TestAssembly_sign: signatures with assembly, without it, and without lanes are the same.
func TestAssembly_sign(t *testing.T) {
	needAssembly(t)
	r, here := newRand(t), lanes
	defer func() { lanes = here }()
	for range pointCases() / 4 {
		d, digest := randomMultiplier(r), bytesFromBig(random256(r))
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 {
			continue
		}
		sign := func() (signature [64]byte, x, y [32]byte) {
			k := privateKey(t, d)
			r, s, ok := k.Sign(digest, nil)
			require.True(t, ok)
			x, y = k.PublicKey().Coordinates()
			return [64]byte(append(r[:], s[:]...)), x, y
		}
		want, wantX, wantY := sign()
		lanes = nil
		got, x, y := sign()
		require.Equal(t, [3]any{want, wantX, wantY}, [3]any{got, x, y})
		withoutAssembly(func() { got, x, y = sign() })
		require.Equal(t, [3]any{want, wantX, wantY}, [3]any{got, x, y})
		lanes = here
	}
}

// TestWithoutLanes runs tests of this package without lanes, as on the machines that the assembly is for.
func TestWithoutLanes(t *testing.T) {
	if lanes == nil {
		t.Skip("SKIPPED: the other tests do")
	}
	runWithoutLanes(t, signatureTests())
}

// TestWithoutAssembly runs tests of this package without assembly, and without lanes.
func TestWithoutAssembly(t *testing.T) {
	needAssembly(t)
	tests := signatureTests()
	if testrun.Long() {
		maps.Copy(tests, map[string]func(t *testing.T){
			"field": TestFieldArithmetic, "inverse": TestFieldInverse, "bytes": TestFieldBytes,
			"comb": TestCombTable, "lookup": TestLookup, "generator": TestGeneratorMultiple,
			"blind": TestGeneratorMultiple_blind,
			"sums":  TestDoubleMultiple, "odd multiples": TestOddMultiples, "curve": TestIsOnCurve,
			"small curve": TestSmallCurve_add, "small combs": TestSmallCurve_comb, "small sums": TestSmallCurve_doubleMultiple,
		})
		maps.Copy(tests, fieldTests)
	}
	withoutAssembly(func() { runWithoutLanes(t, tests) })
}

func signatureTests() map[string]func(t *testing.T) {
	tests := map[string]func(t *testing.T){
		"points": TestJacobianPoint, "range": TestVerify_range, "x above n": TestVerify_xAboveN,
		"digest above n": TestSign_digestAboveN, "nonces": TestSignWithNonces, "keys": TestNewPrivateKey,
	}
	if testrun.Long() {
		maps.Copy(tests, map[string]func(t *testing.T){
			"signatures": TestSign, "batches": TestSignBatch, "check": TestCheck,
			"verification": TestVerify, "infinity": TestVerify_infinity,
		})
	}
	return tests
}

func runWithoutLanes(t *testing.T, tests map[string]func(t *testing.T)) {
	withoutLanes(t)
	for name, test := range tests {
		t.Run(name, test)
	}
}

// FuzzAssembly compares the assembly with its model.
func FuzzAssembly(f *testing.F) {
	f.Add([]byte{})
	f.Add(append(bigP.Bytes(), bigN.Bytes()...))
	f.Fuzz(func(t *testing.T, data []byte) {
		needAssembly(t)
		var x [4]fieldElement
		for i := range x {
			x[i] = anyElement(nextNumber(&data))
		}
		checkAssembly(t, x[0], x[1], x[2], x[3])
	})
}
