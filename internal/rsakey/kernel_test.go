// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rand"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// rounds is how often a randomised test tries: millions of times in nightly mode.
func rounds(normal, nightly int) int {
	if testrun.Nightly() {
		return nightly
	}
	if !testrun.Long() {
		return max(1, normal/10)
	}
	return normal
}

func randomBelow(t testing.TB, limit *big.Int) *big.Int {
	x, err := rand.Int(rand.Reader, limit)
	require.NoError(t, err)
	return x
}

// pick returns a number below limit that is, half of the time, at an edge: near 0,
// near the limit or its half, or with runs of ones or zeros that carry far.
func pick(t testing.TB, limit *big.Int) *big.Int {
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
		r := []radix{radix52, radix64}[choice[1]&1]
		digit := new(big.Int).SetUint64(r.mask())
		for range (limit.BitLen() + int(r) - 1) / int(r) {
			rand.Read(choice[:])
			x.Lsh(x, uint(r))
			if choice[3]&1 == 1 {
				x.Add(x, digit)
			}
		}
	case 7: // a power of two, less one or two
		x.Lsh(big.NewInt(1), uint(int(choice[2])*limit.BitLen()>>8))
		x.Sub(x, small)
	default:
		return randomBelow(t, limit)
	}
	return x.Mod(x, limit)
}

// modulusOf returns an odd number of exactly so many bits.
func modulusOf(t testing.TB, bits int) *big.Int {
	top := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	x := pick(t, top)
	x.Or(x, top)
	return x.SetBit(x, 0, 1)
}

func (r radix) digitsOf(x *big.Int, z []uint64) {
	x = new(big.Int).Set(x)
	mask, digit := new(big.Int).SetUint64(r.mask()), new(big.Int)
	for i := range z {
		z[i] = digit.And(x, mask).Uint64()
		x.Rsh(x, uint(r))
	}
}

func (r radix) numberOf(z []uint64) *big.Int { return r.load(&z[0], len(z), 1) }

// TestProducts: the assembly gives the model's digits. The model in turn
// is held to its definition: congruent to x y / R, and below twice the modulus.
func TestProducts(t *testing.T) {
	for name, k := range kernelsHere(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := modelOf(k)
			for range rounds(2000, 1_000_000) {
				checkPair(t, k, model)
			}
			for range rounds(1000, 500_000) {
				checkFull(t, k, model)
			}
			if k.multiplyEight == nil {
				return
			}
			for range rounds(500, 250_000) {
				checkEight(t, k, model)
			}
			for range rounds(200, 100_000) {
				checkFullEight(t, k, model)
			}
		})
	}
}

func checkPair(t *testing.T, k, model *kernel) {
	half := k.halfWords()
	x, y, n := aligned(2*half), aligned(2*half), aligned(2*half)
	got, want := aligned(2*half), aligned(2*half)
	var k0 [2]uint64
	for prime := range 2 {
		number := func(z []uint64) []uint64 { return z[prime*half:][:k.digits] }
		modulus := modulusOf(t, k.primeBits())
		limit := k.limit(modulus, 8)
		k.digitsOf(modulus, number(n))
		k.digitsOf(pick(t, limit), number(x))
		k.digitsOf(pick(t, limit), number(y))
		k0[prime] = k.negativeInverse(number(n)[0])
	}
	k.multiplyPair(&got[0], &x[0], &y[0], &n[0], &k0[0])
	model.multiplyPair(&want[0], &x[0], &y[0], &n[0], &k0[0])
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	for prime := range 2 {
		number := func(z []uint64) *big.Int { return k.numberOf(z[prime*half:][:k.digits]) }
		checkProduct(t, k, number(got), number(x), number(y), number(n), k.digits)
	}
	inPlace(t, func(z, x, y *uint64) { k.multiplyPair(z, x, y, &n[0], &k0[0]) }, x, y)
	if k.squarePair != nil {
		times := 1 + int(x[0]%4)
		copy(got, x)
		for range times {
			model.multiplyPair(&got[0], &got[0], &got[0], &n[0], &k0[0])
		}
		copy(want, x)
		k.squarePair(&want[0], &n[0], &k0[0], times)
		require.Equal(t, got, want, "%d squares of x %x n %x", times, x, n)
	}
}

// limit is what the factors of a product are below: 2^bits n, or R with digits of 64 bits.
func (k *kernel) limit(n *big.Int, bits uint) *big.Int {
	if k.radix == radix52 {
		return new(big.Int).Lsh(n, bits)
	}
	return new(big.Int).Lsh(big.NewInt(1), uint(n.BitLen()))
}

// inPlace: the result may take the place of either factor, or of both.
func inPlace(t *testing.T, multiply func(z, x, y *uint64), x, y []uint64) {
	want, z := aligned(len(x)), aligned(len(x))
	multiply(&want[0], &x[0], &y[0])
	copy(z, x)
	multiply(&z[0], &z[0], &y[0])
	require.Equal(t, want, z, "in place of x")
	copy(z, y)
	multiply(&z[0], &x[0], &z[0])
	require.Equal(t, want, z, "in place of y")
	multiply(&want[0], &x[0], &x[0])
	copy(z, x)
	multiply(&z[0], &z[0], &z[0])
	require.Equal(t, want, z, "a square in place")
}

// checkProduct: z = x y / R mod n, and below 2 n if x y is below R n.
func checkProduct(t *testing.T, k *kernel, z, x, y, n *big.Int, digits int) {
	checkBelow(t, k, z, x, y, n, digits, 2)
}

// checkBelow: z = x y / R mod n, and below so many times n.
func checkBelow(t *testing.T, k *kernel, z, x, y, n *big.Int, digits int, times int64) {
	require.Negative(t, z.Cmp(new(big.Int).Mul(n, big.NewInt(times))), "z is not below %d n", times)
	left := new(big.Int).Lsh(z, uint(digits)*uint(k.radix))
	left.Sub(left, new(big.Int).Mul(x, y))
	require.Zero(t, left.Mod(left, n).Sign(), "z R is not x y")
}

func checkFull(t *testing.T, k, model *kernel) {
	words, digits := k.fullWords(), 2*k.digits
	x, y, n, got, want := aligned(words), aligned(words), aligned(words), aligned(words), aligned(words)
	modulus := modulusOf(t, 2*k.primeBits())
	limit := k.limit(modulus, 2)
	k.digitsOf(modulus, n)
	k.digitsOf(pick(t, limit), x)
	k.digitsOf(pick(t, limit), y)
	k0 := k.negativeInverse(n[0])
	k.multiplyFull(&got[0], &x[0], &y[0], &n[0], &k0)
	model.multiplyFull(&want[0], &x[0], &y[0], &n[0], &k0)
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	checkProduct(t, k, k.numberOf(got), k.numberOf(x), k.numberOf(y), modulus, digits)
	inPlace(t, func(z, x, y *uint64) { k.multiplyFull(z, x, y, &n[0], &k0) }, x, y)
	if k.squareFull != nil {
		model.multiplyFull(&want[0], &x[0], &x[0], &n[0], &k0)
		k.squareFull(&x[0], &n[0], &k0)
		require.Equal(t, want, x, "a square, n %x", n)
	}
}

func checkEight(t *testing.T, k, model *kernel) {
	words := k.eightWords()
	x, y, got, want := aligned(words), aligned(words), aligned(words), aligned(words)
	n, number := aligned(k.digits), make([]uint64, k.digits)
	modulus := modulusOf(t, k.primeBits())
	limit := new(big.Int).Lsh(modulus, 8)
	k.digitsOf(modulus, n)
	for _, z := range [][]uint64{x, y} {
		for lane := range eight {
			k.digitsOf(pick(t, limit), number)
			for i, digit := range number {
				z[i*eight+lane] = digit
			}
		}
	}
	k0 := k.negativeInverse(n[0])
	k.multiplyEight(&got[0], &x[0], &y[0], &n[0], &k0)
	model.multiplyEight(&want[0], &x[0], &y[0], &n[0], &k0)
	require.Equal(t, want, got, "x %x y %x n %x", x, y, n)
	for lane := range eight {
		at := func(z []uint64) *big.Int { return k.load(&z[lane], k.digits, eight) }
		checkProduct(t, k, at(got), at(x), at(y), modulus, k.digits)
	}
	inPlace(t, func(z, x, y *uint64) { k.multiplyEight(z, x, y, &n[0], &k0) }, x, y)

	friendly, wide := friendlyOf(t, k, modulus), aligned(2*words)
	square := func(z, x []uint64, times int) {
		k.squareEight(&z[0], &x[0], &n[0], &friendly[0], &k0, &wide[0], times)
		k.carryEight(&z[0], &z[0])
	}
	square(got, x, 1)
	model.squareEight(&want[0], &x[0], &n[0], &friendly[0], &k0, nil, 1)
	require.Equal(t, want, got, "square of x %x n %x", x, n)
	for lane := range eight {
		number := k.load(&x[lane], k.digits, eight)
		checkBelow(t, k, k.load(&got[lane], k.digits, eight), number, number, modulus, k.digits, 3)
	}
	carries := carriesDown(x)
	square(got, carries, 1)
	require.Equal(t, want, got, "square of x with carries %x n %x", carries, n)
	square(x, x, 3)
	model.squareEight(&want[0], &want[0], &n[0], &friendly[0], &k0, nil, 2)
	require.Equal(t, want, x, "squares in place")
}

// friendlyOf returns (n k0 + 1) / 2^52.
func friendlyOf(t *testing.T, k *kernel, n *big.Int) []uint64 {
	friendly, number := aligned(k.digits), make([]uint64, k.digits)
	k.digitsOf(n, number)
	f := new(big.Int).SetUint64(k.negativeInverse(number[0]))
	f.Mul(f, n).Add(f, big.NewInt(1))
	require.GreaterOrEqual(t, f.TrailingZeroBits(), uint(k.radix))
	k.digitsOf(f.Rsh(f, uint(k.radix)), friendly)
	return friendly
}

// carriesDown returns eight numbers x with carries in their digits that have not gone up.
func carriesDown(x []uint64) []uint64 {
	z := append(aligned(0), x...)
	for i := range z[eight:] {
		down := min(z[eight+i], 1<<9)
		z[eight+i] -= down
		z[i] += down << radix52
	}
	return z
}

func checkFullEight(t *testing.T, k, model *kernel) {
	words, digits := 2*k.eightWords(), 2*k.digits
	x, y, z, want := aligned(words), aligned(words), aligned(words), aligned(words)
	n, number := aligned(k.fullWords()), make([]uint64, digits)
	modulus := modulusOf(t, 2*k.primeBits())
	limit := new(big.Int).Lsh(modulus, 8)
	k.digitsOf(modulus, n)
	for _, z := range [][]uint64{x, y} {
		for lane := range eight {
			k.digitsOf(pick(t, limit), number)
			for i, digit := range number {
				z[i*eight+lane] = digit
			}
		}
	}
	k0, memory := []uint64{k.negativeInverse(n[0])}, aligned(5*k.eightWords())
	k.multiplyFullEight(z, x, y, n, k0, memory)
	model.multiplyFullEight(want, x, y, n, k0, memory)
	require.Equal(t, want, z, "x %x y %x n %x", x, y, n)
	for lane := range eight {
		at := func(z []uint64) *big.Int { return k.load(&z[lane], digits, eight) }
		checkProduct(t, k, at(z), at(x), at(y), modulus, digits)
	}
	copy(z, y)
	k.multiplyFullEight(z, x, z, n, k0, memory)
	require.Equal(t, want, z, "in place of y")

	k.squareFullEight(z, x, n, k0, memory)
	model.squareFullEight(want, x, n, k0, memory)
	require.Equal(t, want, z, "square of x %x n %x", x, n)
	k.squareFullEight(x, x, n, k0, memory)
	require.Equal(t, want, x, "a square in place")

	short := aligned(k.eightWords())
	for i := range short {
		short[i] = y[i]
	}
	copy(z, x)
	for lane := range eight { // the sum has no more digits
		short[len(short)-eight+lane] >>= 2
		z[len(z)-eight+lane] >>= 2
	}
	copy(want, z)
	copy(x, z)
	k.addMultipleEight(z, short, n[:k.digits])
	model.addMultipleEight(want, short, n[:k.digits])
	require.Equal(t, want, z, "z + y n")
	for lane := range eight {
		sum := new(big.Int).Mul(k.load(&short[lane], k.digits, eight), k.numberOf(n[:k.digits]))
		require.Zero(t, sum.Add(sum, k.load(&x[lane], digits, eight)).Cmp(k.load(&z[lane], digits, eight)))
	}
}

// TestSelections: every entry can be read, and the digits of no other get in.
func TestSelections(t *testing.T) {
	for name, k := range kernelsHere(t) {
		t.Run(name, func(t *testing.T) {
			fill := func(words int) []uint64 {
				table := aligned(words)
				for i := range table {
					table[i] = uint64(i)<<20 | 0xabcde
				}
				return table
			}
			words, half := k.pairWords(), k.halfWords()
			table, z := fill(words<<window), aligned(words)
			for i := range 1 << window {
				for j := range 1 << window {
					k.selectPair(&z[0], &table[0], uint64(i), uint64(j))
					require.Equal(t, table[i*words:][:half], z[:half])
					require.Equal(t, table[j*words+half:][:half], z[half:])
				}
			}
			if k.multiplyEntry == nil {
				return
			}
			words = k.eightWords()
			n, modulus := aligned(k.halfWords()), modulusOf(t, k.primeBits())
			k.digitsOf(modulus, n)
			k0, friendly := k.negativeInverse(n[0]), friendlyOf(t, k, modulus)
			number, limit := make([]uint64, k.digits), new(big.Int).Lsh(modulus, 2)
			random := func(z []uint64) {
				for lane := range eight {
					k.digitsOf(pick(t, limit), number)
					putLane(z, lane, number)
				}
			}
			x, t8, z := aligned(words), aligned(words), aligned(words)
			random(x)
			table, laid := aligned(words<<windowEight), aligned(k.entryWords())
			for i := range 1 << windowEight {
				random(table[i*words:][:words])
			}
			copy(laid, table)
			if k.layTable != nil {
				k.layTable(&laid[0], &table[0])
			}
			held := slices.Clone(laid)
			for i := range 1 << windowEight {
				for _, from := range [][]uint64{x, carriesDown(x)} {
					k.multiplyEntry(&z[0], &from[0], &laid[0], uint64(i), &n[0], &friendly[0], &k0, &t8[0])
					k.carryEight(&z[0], &z[0])
					for lane := range eight {
						y := k.load(&table[i*words+lane], k.digits, eight)
						checkBelow(t, k, k.load(&z[lane], k.digits, eight), k.load(&x[lane], k.digits, eight), y, modulus, k.digits, 3)
					}
				}
				in := slices.Clone(x)
				k.multiplyEntry(&in[0], &in[0], &laid[0], uint64(i), &n[0], &friendly[0], &k0, &t8[0])
				k.carryEight(&in[0], &in[0])
				require.Equal(t, z, in, "in place, entry %d", i)
			}
			require.Equal(t, held, laid)
		})
	}
}
