// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func bigFromHalf(h halfScalar) *big.Int {
	x := new(big.Int).SetUint64(h.hi)
	x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(h.lo))
	if h.negative {
		x.Neg(x)
	}
	return x
}

// TestGLVConstants derives the constants again, by the algorithm of the paper.
func TestGLVConstants(t *testing.T) {
	beta := bigFromLimbs(glvBeta)
	require.Zero(t, new(big.Int).Exp(beta, big.NewInt(3), bigP).Cmp(one))
	require.Zero(t, new(big.Int).Exp(lambda, big.NewInt(3), bigN).Cmp(one))

	// lambda G = (beta x, y)
	p := generator
	p.x.mul(&p.x, &glvBeta)
	p.x = p.x.canonical()
	want, _ := referenceMultiple(lambda)
	require.Equal(t, want, p)

	// Remainders r and factors t with r = t lambda modulo n, down to the square root of n:
	// the vectors (r, -t) are in the lattice.
	root := new(big.Int).Sqrt(bigN)
	r0, r1 := bigN, lambda
	t0, t1 := new(big.Int), one
	step := func() {
		q := new(big.Int).Quo(r0, r1)
		r0, r1 = r1, new(big.Int).Sub(r0, new(big.Int).Mul(q, r1))
		t0, t1 = t1, new(big.Int).Sub(t0, new(big.Int).Mul(q, t1))
	}
	for r0.Cmp(root) >= 0 && r1.Cmp(root) >= 0 {
		step()
	}
	a1, b1 := r1, new(big.Int).Neg(t1)
	previous, previousT := r0, t0
	step()
	a2, b2 := r1, new(big.Int).Neg(t1)
	norm := func(a, b *big.Int) *big.Int {
		return new(big.Int).Add(new(big.Int).Mul(a, a), new(big.Int).Mul(b, b))
	}
	if b := new(big.Int).Neg(previousT); norm(previous, b).Cmp(norm(a2, b2)) < 0 {
		a2, b2 = previous, b
	}
	if b2.Sign() < 0 { // the sign of a vector is free
		a2, b2 = a2.Neg(a2), b2.Neg(b2)
	}
	require.Equal(t, "3086d221a7d46bcde86c90e49284eb15", a1.Text(16))
	require.Equal(t, "-e4437ed6010e88286f547fa90abfe4c3", b1.Text(16))
	require.Equal(t, "114ca50f7a8e2f3f657c1108d9d44cfd8", a2.Text(16))
	require.Zero(t, b2.Cmp(a1))

	rounded := func(x *big.Int) *big.Int {
		x = new(big.Int).Lsh(x, 384)
		return x.Add(x, new(big.Int).Rsh(bigN, 1)).Quo(x, bigN)
	}
	minusB1 := new(big.Int).Neg(b1)
	require.Zero(t, rounded(b2).Cmp(bigFromLimbs(glvG1)))
	require.Zero(t, rounded(minusB1).Cmp(bigFromLimbs(glvG2)))
	requireScalar(t, "-b1", minusB1, glvMinusB1)
	requireScalar(t, "-b2", new(big.Int).Neg(b2), glvMinusB2)
	requireScalar(t, "-lambda", new(big.Int).Neg(lambda), glvMinusLambda)
}

func checkSplit(t *testing.T, k *big.Int) {
	t.Helper()
	s := scalarFromBig(k)
	h1, h2 := s.split()
	k1, k2 := bigFromHalf(h1), bigFromHalf(h2)
	sum := new(big.Int).Mul(k2, lambda)
	sum.Add(sum, k1)
	requireScalar(t, "k1 + k2 lambda = ", sum, s, k)

	for _, width := range []int{pointWidth, generatorWidth} {
		for _, h := range []halfScalar{h1, h2} {
			checkNAF(t, h, width)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(numbersOf(new(big.Int)))
	f.Add(numbersOf(bigP))
	f.Add(numbersOf(lambda))
	f.Add(numbersOf(new(big.Int).Sub(power2(256), one)))
	f.Fuzz(func(t *testing.T, data []byte) { checkSplit(t, nextNumber(&data)) })
}

func checkNAF(t *testing.T, h halfScalar, width int) {
	t.Helper()
	var digits [nafDigits]int16
	count := h.naf(&digits, width)
	value := new(big.Int)
	last := -width
	for i, d := range digits {
		if d == 0 {
			continue
		}
		if i >= count || d%2 == 0 || max(d, -d) >= 1<<(width-1) || i-last < width {
			t.Fatalf("width %d naf of %x: digit %d at place %d of %d, after the one at %d", width,
				bigFromHalf(h), d, i, count, last)
		}
		last = i
		value.Add(value, new(big.Int).Mul(power2(uint(i)), big.NewInt(int64(d))))
	}
	if value.Cmp(bigFromHalf(h)) != 0 || count > 0 && digits[count-1] == 0 {
		t.Fatalf("naf of %x is %x, with %d digits", bigFromHalf(h), value, count)
	}
}

func TestSplit(t *testing.T) {
	r := newRand(t)
	for _, x := range edges {
		for d := int64(-2); d <= 2; d++ {
			checkSplit(t, new(big.Int).Add(x, big.NewInt(d)))
		}
	}
	// Where the roundings change: k b2 / n or k (-b1) / n near an integer and a half.
	for _, b := range []string{"3086d221a7d46bcde86c90e49284eb15", "e4437ed6010e88286f547fa90abfe4c3"} {
		b, _ := new(big.Int).SetString(b, 16)
		for range cases() / 20 {
			k := new(big.Int).Rsh(random256(r), 128)
			k.Lsh(k, 1).Add(k, one).Mul(k, bigN).Quo(k, new(big.Int).Lsh(b, 1))
			checkSplit(t, k)
			checkSplit(t, k.Add(k, one))
		}
	}
	for range cases() / 10 {
		checkSplit(t, randomMultiplier(r))
	}
}

func TestNAF(t *testing.T) {
	const ones = 1<<64 - 1
	limbs := []uint64{0, 1, 1 << 63, 1<<63 - 1, ones - 1, ones, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa}
	for _, lo := range limbs {
		for _, hi := range limbs {
			for width := 2; width <= 12; width++ {
				checkNAF(t, halfScalar{lo: lo, hi: hi}, width)
				checkNAF(t, halfScalar{lo: lo, hi: hi, negative: true}, width)
			}
		}
	}
}
