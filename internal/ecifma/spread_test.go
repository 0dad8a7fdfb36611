// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"math/big"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	"github.com/kmsigner/kmsigner/internal/residue"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

func bigInt(x int64) *big.Int { return big.NewInt(x) }

func powerOfTwo(i int) *big.Int { return new(big.Int).Lsh(bigInt(1), uint(i)) }

// spreadExceptional returns the one scalar, of so many bits, for which the last addition meets
// equal points: see spread.go. There is none if it is not below n.
func spreadExceptional(n *big.Int, bits int) *big.Int {
	a, b := new(big.Int).DivMod(n, powerOfTwo(bits/2), new(big.Int))
	if a.Bit(0) == 0 {
		return nil
	}
	return new(big.Int).Sub(n, b.Lsh(b, 1))
}

// spreadScalars returns odd scalars below n at edges: the ends of the range, powers of two and
// their neighbours, windows of zeros, of ones, and of both in turns, and the exceptional one.
func spreadScalars(n *big.Int) (scalars []*big.Int) {
	add := func(v *big.Int) {
		v = new(big.Int).SetBit(v, 0, 1)
		if v.Sign() > 0 && v.Cmp(n) < 0 {
			scalars = append(scalars, v)
		}
	}
	for i := range int64(9) {
		add(bigInt(i))
		add(new(big.Int).Sub(n, bigInt(i+1)))
	}
	for i := range 256 {
		add(powerOfTwo(i))
		add(new(big.Int).Sub(powerOfTwo(i), bigInt(1)))
		add(new(big.Int).Sub(n, powerOfTwo(i)))
	}
	pattern := func(bits int, words ...int64) {
		v := new(big.Int)
		for i := 0; i < 256; i += bits {
			v.Or(v, new(big.Int).Lsh(bigInt(words[i/bits%len(words)]), uint(i)))
		}
		add(v.Mod(v, n))
	}
	for _, bits := range []int{4, 5, 32} {
		ones := int64(1)<<bits - 1
		pattern(bits, 0, ones)
		pattern(bits, ones, 0)
		pattern(bits, ones, 0, 0, 0)
		pattern(bits, ones/3)
	}
	if v := spreadExceptional(n, 256); v != nil {
		add(v)
		add(new(big.Int).Add(v, bigInt(2)))
		add(new(big.Int).Sub(v, bigInt(2)))
	}
	return scalars
}

// spreadTableOf returns the table of the curve's base point.
func spreadTableOf(p prime) *ecifma.SpreadTable {
	table := ecifma.NewSpreadTable()
	for lane := range ecifma.Lanes {
		for i, window := range ecifma.Windows {
			for j := range window.Entries() {
				k := powerOfTwo(32*lane + window.Place)
				x, y := p.multiple(k.Mul(k, bigInt(int64(2*j+1))))
				table.Set(lane, i, j, ecifma.X, p.montgomery(x))
				table.Set(lane, i, j, ecifma.Y, p.montgomery(y))
			}
		}
	}
	return table
}

// TestMultiply: the lanes lead to the points of crypto/elliptic, gmsm and decred, for scalars at
// edges and others, whatever the blind.
func TestMultiply(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) { checkMultiply(t, p) })
	}
}

func checkMultiply(t *testing.T, p prime) {
	modulus, n := p.curve.Params().P, p.curve.Params().N
	table := spreadTableOf(p)
	scalars := spreadScalars(n)
	for range rounds(200, 50_000) {
		scalars = append(scalars, new(big.Int).SetBit(pick(t, new(big.Int).Sub(n, bigInt(2))), 0, 1))
	}
	kernels := map[string]*ecifma.Kernel{"model": p.model.Kernel()}
	if p.assembly != nil {
		kernels["assembly"] = p.assembly
	}
	exceptional := spreadExceptional(n, 256)
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			s := ecifma.NewSpread()
			for i, v := range scalars {
				if !testrun.Long() && i%8 != 0 && (exceptional == nil || v.Cmp(exceptional) != 0) {
					continue
				}
				z := pick(t, new(big.Int).Sub(modulus, bigInt(2)))
				z.Add(z, bigInt(1))
				power := func(e int64) *[4]uint64 { return p.montgomery(new(big.Int).Exp(z, bigInt(e), modulus)) }
				s.SetScalar(limbs(new(big.Int).Rsh(v, 1)))
				s.SetBlind(ecifma.ZZ, power(2))
				s.SetBlind(ecifma.ZZZ, power(3))
				kernel.Multiply(s, table)
				coordinate := func(which int) *big.Int {
					low, high := s.Coordinate(which)
					x := new(big.Int).SetUint64(high)
					for i := 3; i >= 0; i-- {
						x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(low[i]))
					}
					return x.Mod(x, modulus)
				}
				zz, zzz := coordinate(ecifma.ZZ), coordinate(ecifma.ZZZ)
				if exceptional != nil && v.Cmp(exceptional) == 0 {
					require.Zero(t, zz.Sign())
					continue
				}
				require.NotZero(t, zz.Sign())
				require.Equal(t, residue.Of(limbs(v)), residue.Reduce(s.Multiplier()))
				x, y := p.multiple(v)
				require.Zero(t, x.Mul(x, zz).Mod(x, modulus).Cmp(coordinate(ecifma.X)), "%x", v)
				require.Zero(t, y.Mul(y, zzz).Mod(y, modulus).Cmp(coordinate(ecifma.Y)), "%x", v)
			}
			s.Wipe()
			require.Equal(t, ecifma.NewSpread(), s)
		})
	}
}

// logarithms are functions of a kernel with numbers modulo n in the place of points: of P = x G, x.
// ZZ is 1, or 0 after an addition that is not defined.
func logarithms(n *big.Int) *ecifma.Kernel {
	f := model.P256.Functions() // the selections and permutations
	memory := func(words *uint64) []uint64 { return unsafe.Slice(words, 160) }
	read := func(words []uint64, lane int) *big.Int {
		x := new(big.Int)
		for limb := 4; limb >= 0; limb-- {
			x.Lsh(x, 52).Add(x, new(big.Int).SetUint64(words[limb*8+lane]))
		}
		return x
	}
	write := func(words []uint64, lane int, x *big.Int) {
		for limb := range 5 {
			words[limb*8+lane] = digit(x, limb)
		}
	}
	entry := func(entries *uint64, lane int, flip uint64) *big.Int {
		words := unsafe.Slice(entries, entriesWords)
		x := read(words, lane)
		if words[rowWords+lane]&1 != flip>>lane&1 {
			x.Sub(n, x)
		}
		return x
	}
	add := func(words []uint64, lane int, x, y *big.Int) {
		sum := new(big.Int).Add(x, y)
		sum.Mod(sum, n)
		if x.Cmp(y) == 0 || sum.Sign() == 0 || x.Sign() == 0 || y.Sign() == 0 {
			words[80+lane] = 0
		}
		write(words, lane, sum.Sub(n, sum))
	}
	f.Begin = func(points, entries, _ *uint64, flip uint64) {
		words := memory(points)
		for lane := range 8 {
			write(words, lane, entry(entries, lane, flip))
			words[80+lane] = 1
		}
	}
	f.AddEntries = func(points, entries *uint64, flip uint64) {
		words := memory(points)
		for lane := range 8 {
			add(words, lane, read(words, lane), entry(entries, lane, flip))
		}
	}
	f.AddPoints = func(points, others *uint64) {
		words, from := memory(points), memory(others)
		for lane := range 8 {
			words[80+lane] &= from[80+lane]
			add(words, lane, read(words, lane), read(from, lane))
		}
	}
	return ecifma.NewKernel(f)
}

// A spreadOfLogs multiplies with logarithms.
type spreadOfLogs struct {
	n           *big.Int
	bits        int // of a lane
	kernel      *ecifma.Kernel
	table       *ecifma.SpreadTable
	spread      *ecifma.Spread
	exceptional *big.Int
}

func newSpreadOfLogs(n *big.Int, windows []ecifma.Window) *spreadOfLogs {
	last := windows[len(windows)-1]
	s := &spreadOfLogs{n: n, bits: last.Place + last.Bits, kernel: logarithms(n)}
	s.table, s.spread = ecifma.NewSpreadTableForTest(windows), ecifma.NewSpread()
	for lane := range ecifma.Lanes {
		for i, window := range windows {
			for j := range window.Entries() {
				x := powerOfTwo(s.bits*lane + window.Place)
				x.Mul(x, bigInt(int64(2*j+1)))
				s.table.Set(lane, i, j, ecifma.X, limbs(x.Mod(x, n)))
			}
		}
	}
	s.exceptional = spreadExceptional(n, s.bits*ecifma.Lanes)
	return s
}

// check multiplies by v. It reports whether v is the exceptional scalar.
func (s *spreadOfLogs) check(t *testing.T, v *big.Int) bool {
	w := new(big.Int).Rsh(v, 1)
	w.SetBit(w, s.bits*ecifma.Lanes-1, 1)
	var digits [ecifma.Lanes]uint64
	for lane := range digits {
		x := new(big.Int).Rsh(w, uint(s.bits*lane))
		digits[lane] = x.And(x, new(big.Int).Sub(powerOfTwo(s.bits), bigInt(1))).Uint64()
	}
	if s.bits == 32 {
		s.spread.SetScalar(limbs(new(big.Int).Rsh(v, 1)))
	} else {
		s.spread.SetDigitsForTest(digits)
	}
	s.kernel.Multiply(s.spread, s.table)
	defined, _ := s.spread.Coordinate(ecifma.ZZ)
	if s.exceptional != nil && v.Cmp(s.exceptional) == 0 {
		if defined[0] != 0 {
			t.Fatalf("%x modulo %x is not exceptional", v, s.n)
		}
		return true
	}
	if defined[0] != 1 {
		t.Fatalf("%x modulo %x meets an addition that is not defined", v, s.n)
	}
	if x, _ := s.spread.Coordinate(ecifma.X); *limbs(v) != x {
		t.Fatalf("%x modulo %x: got %x", v, s.n, x)
	}
	return false
}

// TestMultiply_exceptional follows the additions in the group of the numbers modulo n. In
// small groups, with short windows, it tries all scalars (with -short, some): no addition is
// undefined but the last one, for the one scalar that spread.go derives. With the windows and
// orders of the curves it tries those at edges, and others.
func TestMultiply_exceptional(t *testing.T) {
	met, none := 0, 0
	for _, windows := range [][]ecifma.Window{{{Bits: 1}}, {{Bits: 2}}, {{Bits: 1}, {Place: 1, Bits: 1}}} {
		last := windows[len(windows)-1]
		bits := (last.Place + last.Bits) * ecifma.Lanes
		half := powerOfTwo(bits - 1)
		orders, step := max(1, rounds(2, 100)), int64(2)
		switch {
		case bits == 8:
			orders = 64
		case !testrun.Long():
			step = 34
		}
		for j := range orders {
			n := new(big.Int).SetBit(pick(t, new(big.Int).Sub(half, bigInt(1))), 0, 1)
			if bits == 8 {
				n.SetInt64(int64(2*j + 1)) // all of them
			}
			s := newSpreadOfLogs(n.Add(n, half), windows)
			found := 0
			for v := bigInt(1); v.Cmp(n) < 0; v.Add(v, bigInt(step)) {
				if s.check(t, v) {
					found++
				}
			}
			if s.exceptional == nil {
				none++
			} else {
				met += found
			}
		}
	}
	require.Positive(t, met)
	require.Positive(t, none)

	for name, p := range primes(t) {
		s := newSpreadOfLogs(p.curve.Params().N, ecifma.Windows)
		require.Equal(t, name == "secp256k1", s.exceptional == nil)
		scalars := spreadScalars(s.n)
		for range rounds(400, 200_000) {
			scalars = append(scalars, new(big.Int).SetBit(pick(t, new(big.Int).Sub(s.n, bigInt(2))), 0, 1))
		}
		met := 0
		for _, v := range scalars {
			if s.check(t, v) {
				met++
			}
		}
		require.Equal(t, s.exceptional != nil, met > 0)
	}
}
