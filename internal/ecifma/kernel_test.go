// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"os"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/ecifma/model"
	"github.com/kmsigner/kmsigner/internal/residue"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// A prime is one prime with what computes with it.
type prime struct {
	curve    elliptic.Curve
	model    *model.Prime
	assembly *ecifma.Kernel
}

// multiple returns k times the base point.
func (p prime) multiple(k *big.Int) (x, y *big.Int) {
	k = new(big.Int).Mod(k, p.curve.Params().N)
	//lint:ignore SA1019 another implementation is what a test wants
	return p.curve.ScalarBaseMult(k.FillBytes(make([]byte, 32)))
}

func primes(t testing.TB) map[string]prime {
	//lint:ignore SA1019 another implementation is what a test wants
	curve := decred.S256()
	all := map[string]prime{
		"P-256":     {elliptic.P256(), model.P256, ecifma.P256()},
		"SM2":       {sm2.P256(), model.SM2, ecifma.SM2()},
		"secp256k1": {curve, model.Secp256k1, ecifma.Secp256k1()},
	}
	if all["P-256"].assembly == nil {
		require.Empty(t, os.Getenv("KMSIGNER_IFMA"), "KMSIGNER_IFMA is set, and there is no kernel")
		t.Log("SKIPPED: the assembly: this machine has no AVX-512 IFMA")
	}
	return all
}

// rounds is how often a randomised test tries: millions of times in nightly mode.
func rounds(normal, nightly int) int {
	switch {
	case testrun.Nightly():
		return nightly
	case testing.Short(): // as on the emulated processor
		return max(2, normal/50)
	case !testrun.Long():
		return normal / 8
	}
	return normal
}

// pick returns a number up to limit that is, half of the time, at an edge: near 0, near the
// limit or its half, or with runs of ones or zeros that carry far.
func pick(t testing.TB, limit *big.Int) *big.Int {
	var choice [4]byte
	rand.Read(choice[:])
	small := big.NewInt(int64(choice[1] & 3))
	x := new(big.Int)
	switch choice[0] & 15 {
	case 0:
		x.Set(small)
	case 1, 2:
		x.Sub(limit, small)
	case 3:
		x.Add(x.Rsh(limit, 1), small)
	case 4, 5: // ones from bit a to bit b
		a, b := int(choice[1])*limit.BitLen()>>8, int(choice[2])*limit.BitLen()>>8
		x.Lsh(big.NewInt(1), uint(max(a, b)))
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(min(a, b))))
	case 6: // digits of all ones or zero
		for range 5 {
			rand.Read(choice[:])
			x.Lsh(x, 52)
			if choice[3]&1 == 1 {
				x.Add(x, big.NewInt(1<<52-1))
			}
		}
	case 7: // a power of two, less one or two
		x.Lsh(big.NewInt(1), uint(int(choice[2])*limit.BitLen()>>8))
		x.Sub(x, small)
		x.Abs(x)
	default:
		x, err := rand.Int(rand.Reader, new(big.Int).Add(limit, big.NewInt(1)))
		require.NoError(t, err)
		return x
	}
	return x.Mod(x, new(big.Int).Add(limit, big.NewInt(1)))
}

// An input is what an addition takes, as numbers: by lane, and of a block.
type input struct {
	coordinates [8][4]*big.Int
	entries     [2][16]*big.Int
	scalars     [8]uint64
	shift, flip uint64
	multipliers [16]uint64
	sums        [8]uint64
}

// extreme returns an input with all numbers at their bounds, or 0.
func extreme(p *big.Int, digits [8]uint64, at [4]bool, entries bool) (in input) {
	in.scalars = digits
	copy(in.multipliers[:], randomWords(16))
	number := func(is bool, bound *big.Int) *big.Int {
		if is {
			return bound
		}
		return new(big.Int)
	}
	for lane := range in.coordinates {
		for i, limit := range model.Bounds() {
			in.coordinates[lane][i] = number(at[i], limit)
		}
	}
	for j := range in.entries[0] {
		in.entries[0][j] = number(entries, new(big.Int).Sub(p, big.NewInt(1)))
		in.entries[1][j] = in.entries[0][j]
	}
	return in
}

func newInput(t testing.TB, p *big.Int) (in input) {
	var words [9]uint64
	for i := range words {
		words[i] = pick(t, new(big.Int).SetUint64(1<<55-1)).Uint64()
	}
	copy(in.scalars[:], words[:])
	copy(in.multipliers[:], randomWords(16))
	copy(in.sums[:], randomWords(8))
	in.shift, in.flip = words[8]%11*5, words[8]>>8&0xff
	for lane := range in.coordinates {
		for i, limit := range model.Bounds() {
			in.coordinates[lane][i] = pick(t, limit)
		}
	}
	below := new(big.Int).Sub(p, big.NewInt(1))
	for j := range in.entries[0] {
		in.entries[0][j], in.entries[1][j] = pick(t, below), pick(t, below)
	}
	return in
}

// run adds, and returns the coordinates.
func (in *input) run(f ecifma.Functions) []uint64 {
	words, block := make([]uint64, pointWords), make([]uint64, 176)
	for lane, c := range in.coordinates {
		for i, x := range c {
			for limb := range 5 {
				words[i*40+limb*8+lane] = digit(x, limb)
			}
		}
	}
	for i, coordinate := range in.entries {
		for j, x := range coordinate {
			for limb := range 5 {
				block[(i*5+limb)*16+j] = digit(x, limb)
			}
		}
	}
	copy(words[160:], in.sums[:])
	copy(block[160:], in.multipliers[:])
	f.AddBlock(&words[0], &block[0], &in.scalars[0], in.shift, in.flip)
	return words[:sumWords]
}

func digit(x *big.Int, i int) uint64 {
	x = new(big.Int).Rsh(x, uint(52*i))
	return x.And(x, big.NewInt(1<<52-1)).Uint64()
}

// TestAddition: the assembly gives the model's digits. The model in turn is held to the formulas
// of an addition by math/big, and to the bounds.
func TestAddition(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			inputs := make([]input, 0, 32)
			for i := range cap(inputs) {
				at := [4]bool{i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0}
				inputs = append(inputs, extreme(p.model.P, [8]uint64{0, 31, 15, 16, 1, 30, 14, 17}, at, i&16 != 0))
			}
			for i := range max(40, rounds(600, 500_000)) {
				in := newInput(t, p.model.P)
				if i < len(inputs) {
					in = inputs[i]
				}
				want := in.run(p.model.Functions())
				if p.assembly != nil {
					require.Equal(t, want, in.run(p.assembly.FunctionsForTest()), "%x", in)
				}
				in.check(t, p.model.P, want)
			}
		})
	}
}

// check requires that the coordinates after the addition are what the formulas give.
func (in *input) check(t testing.TB, p *big.Int, words []uint64) {
	rInverse := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), 260), p)
	mul := func(x, y *big.Int) *big.Int {
		z := new(big.Int).Mul(x, y)
		return z.Mul(z, rInverse).Mod(z, p)
	}
	sub := func(x *big.Int, ys ...*big.Int) *big.Int {
		z := new(big.Int).Set(x)
		for _, y := range ys {
			z.Sub(z, y)
		}
		return z.Mod(z, p)
	}
	for lane, c := range in.coordinates {
		d := 2*int(in.scalars[lane]>>in.shift&31) - 31
		qx, qy := in.entries[0][max(d, -d)/2], in.entries[1][max(d, -d)/2]
		if d < 0 != (in.flip>>lane&1 == 1) {
			qy = sub(new(big.Int), qy)
		}
		multiplier := signed(in.multipliers[max(d, -d)/2], in.flip>>lane)
		if d < 0 {
			multiplier = -multiplier
		}
		require.Equal(t, -(in.sums[lane] + multiplier), words[160+lane])
		x, y, zz, zzz := c[0], c[1], c[2], c[3]
		h, r := sub(mul(qx, zz), x), sub(mul(qy, zzz), y)
		hh := mul(h, h)
		g, v := mul(h, hh), mul(x, hh)
		next := sub(mul(r, r), g, v, v)
		negative := sub(new(big.Int), sub(mul(r, sub(v, next)), mul(y, g)))
		for i, want := range []*big.Int{next, negative, mul(zz, hh), mul(zzz, g)} {
			got := new(big.Int)
			for limb := 4; limb >= 0; limb-- {
				word := words[i*40+limb*8+lane]
				require.Less(t, word, uint64(1)<<52)
				got.Lsh(got, 52).Add(got, new(big.Int).SetUint64(word))
			}
			require.LessOrEqual(t, got.Cmp(model.Bounds()[i]), 0, "coordinate %d: %x", i, got)
			require.Zero(t, got.Mod(got, p).Cmp(want), "coordinate %d of lane %d of %x", i, lane, *in)
		}
	}
}

// TestEntries: every digit finds its entry, in every lane, and no other gets in.
func TestEntries(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) {
			for e := range uint64(32) {
				in := newInput(t, p.model.P)
				for lane := range in.scalars {
					in.scalars[lane] = (e + 5*uint64(lane)) % 32 << in.shift
				}
				want := in.run(p.model.Functions())
				in.check(t, p.model.P, want)
				if p.assembly != nil {
					require.Equal(t, want, in.run(p.assembly.FunctionsForTest()))
				}
			}
		})
	}
}

// TestAddDigits: sums of all digits are the points of crypto/elliptic, gmsm and decred.
func TestAddDigits(t *testing.T) {
	for name, p := range primes(t) {
		t.Run(name, func(t *testing.T) { checkAddDigits(t, p) })
	}
}

func checkAddDigits(t *testing.T, p prime) {
	curve := p.curve
	kernels := map[string]*ecifma.Kernel{"model": p.model.Kernel()}
	if p.assembly != nil {
		kernels["assembly"] = p.assembly
	}
	modulus := curve.Params().P
	table := tableOf(p)
	topX, topY := p.multiple(powerOfTwo(255))
	topY.Sub(modulus, topY)
	n := curve.Params().N
	exceptional := new(big.Int).Sub(n, new(big.Int).Lsh(big.NewInt(62), 250)) // see the package's documentation
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			for round := range rounds(40, 5000) {
				points := ecifma.NewPoints()
				var scalars [8]*big.Int
				for lane := range scalars {
					v := pick(t, new(big.Int).Sub(n, big.NewInt(2)))
					v.SetBit(v, 0, 1)
					if round == 0 && lane == 3 {
						v.Set(exceptional)
					}
					scalars[lane] = v
					points.SetScalar(lane, limbs(new(big.Int).Rsh(v, 1)))
					z := pick(t, modulus)
					z.Add(z.Mod(z, modulus), big.NewInt(1))
					power := func(x *big.Int, e int64) *[4]uint64 {
						power := new(big.Int).Exp(z, big.NewInt(e), modulus)
						return p.montgomery(power.Mul(power, x))
					}
					points.Set(lane, ecifma.X, power(topX, 2))
					points.Set(lane, ecifma.Y, power(topY, 3))
					points.Set(lane, ecifma.ZZ, power(big.NewInt(1), 2))
					points.Set(lane, ecifma.ZZZ, power(big.NewInt(1), 3))
				}
				kernel.AddDigits(points, table)
				for lane, v := range scalars {
					coordinate := func(which int) *big.Int {
						low, high := points.Coordinate(lane, which)
						x := new(big.Int).SetUint64(high)
						for i := 3; i >= 0; i-- {
							x.Lsh(x, 64).Add(x, new(big.Int).SetUint64(low[i]))
						}
						return x.Mod(x, modulus)
					}
					zz, zzz := coordinate(ecifma.ZZ), coordinate(ecifma.ZZZ)
					if v.Cmp(exceptional) == 0 {
						require.Zero(t, zz.Sign())
						continue
					}
					require.Equal(t, residue.Of(limbs(v)), residue.Reduce(points.Multiplier(lane)))
					x, y := p.multiple(v)
					require.Zero(t, new(big.Int).Mod(new(big.Int).Mul(x, zz), modulus).Cmp(coordinate(ecifma.X)), "%x", v)
					require.Zero(t, new(big.Int).Mod(new(big.Int).Mul(y, zzz), modulus).Cmp(coordinate(ecifma.Y)), "%x", v)
				}
				points.Wipe()
				require.Equal(t, ecifma.NewPoints(), points)
			}
		})
	}
}

// tableOf returns the table of the curve's base point.
func tableOf(p prime) *ecifma.Table {
	table := ecifma.NewTable()
	for i := range ecifma.Digits {
		for j := range ecifma.Entries {
			k := powerOfTwo(5 * i)
			x, y := p.multiple(k.Mul(k, bigInt(int64(2*j+1))))
			table.Set(i, j, ecifma.X, p.montgomery(x))
			table.Set(i, j, ecifma.Y, p.montgomery(y))
		}
	}
	return table
}

func limbs(x *big.Int) *[4]uint64 {
	var z [4]uint64
	for i := range z {
		limb := new(big.Int).Rsh(x, uint(64*i))
		z[i] = limb.And(limb, new(big.Int).SetUint64(1<<64-1)).Uint64()
	}
	return &z
}
