// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package ecmulx_test

import (
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecmulx"
	"github.com/kmsigner/kmsigner/internal/registers"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// TestSupported: what runs in the gate has the instructions. Every other test of assembly may then be
// skipped on a machine that does not.
func TestSupported(t *testing.T) {
	if !ecmulx.Supported() {
		require.Empty(t, os.Getenv("CI"), "the gate needs a machine with BMI2 and AVX2")
		t.Skip("SKIPPED: this machine has no BMI2 and AVX2")
	}
}

// A prime is what the tests know of one: the number, and the functions, on numbers.
type prime struct {
	p           *big.Int
	montgomery  bool
	a           int64
	mul         func(z, x, y *uint64)
	sqr         func(z, x *uint64)
	add, double func(p, q *uint64)
	differences func(h, r, p, q *uint64)
	chord       func(p, h, r *uint64)
}

var (
	one    = big.NewInt(1)
	primes = map[string]*prime{
		"P256": {
			p: number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"), montgomery: true, a: -3,
			mul: ecmulx.MulP256, sqr: ecmulx.SqrP256, add: ecmulx.AddP256, double: ecmulx.DoubleP256,
			differences: ecmulx.DifferencesP256, chord: ecmulx.ChordP256,
		},
		"SM2": {
			p: number("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"), montgomery: true, a: -3,
			mul: ecmulx.MulSM2, sqr: ecmulx.SqrSM2, add: ecmulx.AddSM2, double: ecmulx.DoubleSM2,
			differences: ecmulx.DifferencesSM2, chord: ecmulx.ChordSM2,
		},
		"Secp256k1": {
			p:   number("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
			mul: ecmulx.MulSecp256k1, sqr: ecmulx.SqrSecp256k1, add: ecmulx.AddSecp256k1, double: ecmulx.DoubleSecp256k1,
			differences: ecmulx.DifferencesSecp256k1, chord: ecmulx.ChordSecp256k1,
		},
	}
)

func number(hex string) *big.Int {
	x, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic(hex)
	}
	return x
}

func power2(n uint) *big.Int { return new(big.Int).Lsh(one, n) }

type element = [4]uint64

func elementOf(x *big.Int) (z element) {
	mask := new(big.Int).SetUint64(1<<64 - 1)
	for i := range z {
		limb := new(big.Int).Rsh(x, uint(64*i))
		z[i] = limb.And(limb, mask).Uint64()
	}
	return z
}

func bigOf(x element) *big.Int {
	z := new(big.Int)
	for _, limb := range slices.Backward(x[:]) {
		z.Lsh(z, 64).Or(z, new(big.Int).SetUint64(limb))
	}
	return z
}

// random256 returns a number below 2^256 whose limbs are at their edges, or random, or one near a prime
// or a power of 2.
func random256(r *rand.Rand, p *big.Int) *big.Int {
	x := new(big.Int)
	switch r.IntN(4) {
	case 0:
		near := []*big.Int{x, p, new(big.Int).Rsh(p, 1), power2(256), power2(255), power2(224), power2(192), power2(96),
			power2(64), power2(32)}
		x.Add(near[r.IntN(len(near))], big.NewInt(int64(r.IntN(9)-4)))
	default:
		limbs := []uint64{0, 0, 1, 1<<32 - 1, 1 << 32, 1<<64 - 1<<32, 1 << 63, 1<<64 - 2, 1<<64 - 1, 1<<64 - 1, r.Uint64(),
			r.Uint64()}
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(limbs[r.IntN(len(limbs))]))
		}
	}
	return x.Mod(x, power2(256))
}

// any returns the representation of an element: below p, or for secp256k1 any number.
func (p *prime) any(r *rand.Rand) element {
	x := random256(r, p.p)
	if p.montgomery {
		x.Mod(x, p.p)
	}
	return elementOf(x)
}

// value returns what an element represents.
func (p *prime) value(x element) *big.Int {
	z := bigOf(x)
	if p.montgomery {
		z.Mul(z, new(big.Int).ModInverse(power2(256), p.p))
	}
	return z.Mod(z, p.p)
}

// represent returns the element that represents x.
func (p *prime) represent(x *big.Int) element {
	if p.montgomery {
		x = mul(x, power2(256))
	}
	return elementOf(new(big.Int).Mod(x, p.p))
}

// require requires that an element represents the number, and is in its bounds.
func (p *prime) require(t testing.TB, what string, want *big.Int, got element) {
	t.Helper()
	if p.value(got).Cmp(new(big.Int).Mod(want, p.p)) != 0 {
		t.Fatalf("%s: %x", what, got)
	}
	if p.montgomery && bigOf(got).Cmp(p.p) >= 0 {
		t.Fatalf("%s: %x is not below p", what, got)
	}
}

func mul(factors ...*big.Int) *big.Int {
	z := big.NewInt(1)
	for _, x := range factors {
		z.Mul(z, x)
	}
	return z
}

func sub(x, y *big.Int) *big.Int { return new(big.Int).Sub(x, y) }

func times(k int64, x *big.Int) *big.Int { return new(big.Int).Mul(big.NewInt(k), x) }

// checkProducts takes factors in their bounds.
func (p *prime) checkProducts(t testing.TB, x, y element) {
	t.Helper()
	var z element
	p.mul(&z[0], &x[0], &y[0])
	p.require(t, "product", mul(p.value(x), p.value(y)), z)
	p.sqr(&z[0], &y[0])
	p.require(t, "square", mul(p.value(y), p.value(y)), z)
}

// checkPoints compares the formulas, term by term.
func (p *prime) checkPoints(t testing.TB, c [6]element) {
	t.Helper()
	var v [6]*big.Int
	for i, x := range c {
		v[i] = p.value(x)
	}
	X, Y, Z, ZZZ, x, y := v[0], v[1], v[2], v[3], v[4], v[5]

	// The sum of (X, Y, ZZ, ZZZ) and (x, y), and for Jacobian coordinates the chord whose h and r are
	// x and y.
	sum := func(h, r *big.Int) (x, y *big.Int) {
		v := mul(X, h, h)
		x = sub(sub(mul(r, r), mul(h, h, h)), times(2, v))
		return x, sub(mul(r, sub(v, x)), mul(Y, h, h, h))
	}
	q := [2]element{c[4], c[5]}
	extended := [4]element{c[0], c[1], c[2], c[3]}
	h, r := sub(mul(x, Z), X), sub(mul(y, ZZZ), Y)
	wantX, wantY := sum(h, r)
	p.add(&extended[0][0], &q[0][0])
	p.require(t, "X", wantX, extended[0])
	p.require(t, "Y", wantY, extended[1])
	p.require(t, "ZZ", mul(Z, h, h), extended[2])
	p.require(t, "ZZZ", mul(ZZZ, h, h, h), extended[3])

	point := [3]element{c[0], c[1], c[2]}
	var differences [2]element
	p.differences(&differences[0][0], &differences[1][0], &point[0][0], &q[0][0])
	p.require(t, "h", sub(mul(x, Z, Z), X), differences[0])
	p.require(t, "r", sub(mul(y, Z, Z, Z), Y), differences[1])

	wantX, wantY = sum(x, y)
	chord := point
	p.chord(&chord[0][0], &q[0][0], &q[1][0])
	p.require(t, "X", wantX, chord[0])
	p.require(t, "Y", wantY, chord[1])
	p.require(t, "Z", mul(Z, x), chord[2])

	// l = (3 X^2 + a Z^4) / 2.
	l := new(big.Int).Add(times(3, mul(X, X)), times(p.a, mul(Z, Z, Z, Z)))
	l.Mul(l, new(big.Int).ModInverse(big.NewInt(2), p.p))
	s := mul(Y, Y)
	xs := mul(X, s)
	wantX = sub(mul(l, l), times(2, xs))
	wantY = sub(mul(l, sub(xs, wantX)), mul(s, s))
	for what, f := range map[string]func() [3]element{
		"double":          func() (d [3]element) { p.double(&d[0][0], &point[0][0]); return d },
		"double in place": func() [3]element { d := point; p.double(&d[0][0], &d[0][0]); return d },
	} {
		d := f()
		p.require(t, what+": X", wantX, d[0])
		p.require(t, what+": Y", wantY, d[1])
		p.require(t, what+": Z", mul(Y, Z), d[2])
	}
}

func cases() int {
	if testrun.Long() {
		return 10_000
	}
	return 1000
}

func forPrimes(t *testing.T, test func(t *testing.T, p *prime, r *rand.Rand)) {
	if !ecmulx.Supported() {
		t.Skip("SKIPPED: this machine has no BMI2 and AVX2")
	}
	for name, p := range primes {
		t.Run(name, func(t *testing.T) {
			seed := rand.Uint64()
			t.Logf("seed %#x", seed)
			test(t, p, rand.New(rand.NewPCG(seed, 0)))
		})
	}
}

// TestProducts: products and squares are those of math/big, and in their bounds.
func TestProducts(t *testing.T) {
	forPrimes(t, func(t *testing.T, p *prime, r *rand.Rand) {
		largest := elementOf(sub(p.p, one))
		ones := elementOf(sub(power2(256), one))
		p.checkProducts(t, ones, largest) // the first may be any, even with Montgomery's form
		p.checkProducts(t, largest, largest)
		p.checkProducts(t, elementOf(p.p), largest)
		if !p.montgomery {
			p.checkProducts(t, ones, ones)
		}
		for range cases() {
			p.checkProducts(t, elementOf(random256(r, p.p)), p.any(r))

			// Factors of a product near 0: the reduction ends near 0, p, 2p and 2^256.
			x, y := random256(r, p.p), random256(r, p.p)
			if inverse := new(big.Int).ModInverse(x, p.p); inverse != nil {
				small := y.Rsh(y, uint(186+r.IntN(70)))
				for _, product := range []*big.Int{small, new(big.Int).Neg(small)} {
					product = mul(product, inverse)
					p.checkProducts(t, elementOf(x), elementOf(product.Mod(product, p.p)))
				}
			}
		}
	})
}

// TestPoints: the operations on points are their formulas in math/big.
func TestPoints(t *testing.T) {
	forPrimes(t, func(t *testing.T, p *prime, r *rand.Rand) {
		// The representation of a small number: with those for factors, numbers at their edges reach
		// what is not at the beginning of a formula.
		small := func() element { return p.represent(big.NewInt(int64(r.IntN(5) - 2))) }
		for range cases() / 4 {
			var c [6]element
			for i := range c {
				switch r.IntN(4) {
				case 0:
					c[i] = small()
				case 1:
					c[i] = c[max(i, 1)-1] // so that a difference is 0
				default:
					c[i] = p.any(r)
				}
			}
			p.checkPoints(t, c)

			// The extended sum with h = 1 or -1, and a small r.
			c[0], c[1], c[2], c[3] = p.any(r), p.any(r), p.represent(one), p.represent(one)
			c[4] = p.represent(new(big.Int).Add(p.value(c[0]), big.NewInt(int64(2*r.IntN(2)-1))))
			c[5] = p.represent(new(big.Int).Add(p.value(c[1]), p.value(small())))
			p.checkPoints(t, c)
		}
	})
}

// TestPlaces: nothing is written beside a result, wherever it begins, and the operands stay.
func TestPlaces(t *testing.T) {
	forPrimes(t, func(t *testing.T, p *prime, r *rand.Rand) {
		for offset := range 4 {
			var memory, before [80]uint64
			for i := range memory {
				memory[i] = r.Uint64() >> 1 // the elements are below p
			}
			before = memory
			at := func(i int) *uint64 { return &memory[offset+i] }
			unchanged := func(what string, from, to int) {
				require.Equal(t, before[:offset+from], memory[:offset+from], what)
				require.Equal(t, before[offset+to:], memory[offset+to:], what)
				memory = before
			}
			p.mul(at(32), at(4), at(8))
			unchanged("mul", 32, 36)
			p.sqr(at(32), at(4))
			unchanged("sqr", 32, 36)
			p.add(at(32), at(4))
			unchanged("add", 32, 48)
			p.double(at(32), at(4))
			unchanged("double", 32, 44)
			p.differences(at(32), at(36), at(4), at(20))
			unchanged("differences", 32, 40)
			p.chord(at(32), at(4), at(8))
			unchanged("chord", 32, 44)
		}
	})
}

// TestSelect: every entry, from unaligned memory.
func TestSelect(t *testing.T) {
	if !ecmulx.Supported() {
		t.Skip("SKIPPED: this machine has no BMI2 and AVX2")
	}
	var memory [145]uint64
	for i := range memory {
		memory[i] = rand.Uint64()
	}
	for offset := range 2 {
		block := memory[offset : offset+144]
		for index := range 16 {
			q := make([]uint64, 10)
			require.Equal(t, block[128+index], ecmulx.Select(&q[1], &block[0], uint64(index)))
			want := slices.Concat([]uint64{0}, block[4*index:4*index+4], block[64+4*index:64+4*index+4], []uint64{0})
			require.Equal(t, want, q)
		}
	}
}

// TestRegistersAreCleared looks into the vector registers after a selection.
func TestRegistersAreCleared(t *testing.T) {
	if !ecmulx.Supported() {
		t.Skip("SKIPPED: this machine has no BMI2 and AVX2")
	}
	var block [144]uint64
	for i := range block {
		block[i] = uint64(i+1) * 0x9e3779b97f4a7c15 // which no random generator leaves in a register
	}
	const index = 13
	var q [8]uint64
	for range 5 {
		var y [16][4]uint64
		ecmulx.Select(&q[0], &block[0], index)
		registers.DumpAVX2(&y)
		for i, words := range y {
			require.NotEqual(t, [4]uint64{index, index, index, index}, words, "Y%d", i)
			for _, word := range words {
				require.False(t, slices.Contains(block[:], word), "Y%d: %x", i, word) // which moves no block
			}
		}
	}
}
