package secp256k1

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func bigFromLimbs62(x *limbs62) *big.Int {
	z := big.NewInt(int64(x[4]))
	for i := 3; i >= 0; i-- {
		z.Lsh(z, 62).Add(z, new(big.Int).SetUint64(x[i]))
	}
	return z
}

func limbs62FromBig(x *big.Int) (z limbs62) {
	x = new(big.Int).Set(x)
	for i := range 4 {
		low := new(big.Int).And(x, big.NewInt(mask62))
		z[i] = low.Uint64()
		x.Rsh(x, 62)
	}
	z[4] = uint64(x.Int64())
	return z
}

// randomIn returns a number in (-2m, m), often near a bound or 0.
func randomIn(r *rand.Rand, m *big.Int) *big.Int {
	x := new(big.Int).Mod(random256(r), m)
	if r.IntN(2) == 0 {
		x.SetInt64(r.Int64N(5))
	}
	switch r.IntN(4) {
	case 0:
		return x
	case 1:
		return x.Neg(x)
	case 2: // from the upper end
		return x.Sub(m, x.Add(x, one))
	default: // from the lower end
		return x.Sub(x.Add(x, one), new(big.Int).Lsh(m, 1))
	}
}

// TestApplyModulo takes d and e to the bounds of their range, and the matrix to its own,
// where it must return to the range.
func TestApplyModulo(t *testing.T) {
	r := newRand(t)
	for name, m := range map[string]*modulus{"p": &fieldModulus, "n": &scalarModulus} {
		bigM := bigFromLimbs62(&m.limbs)
		low := new(big.Int).Mul(bigM, big.NewInt(-2))
		for range cases() {
			u := int64(r.Uint64N(1<<62 + 1))
			v := 1<<62 - u
			switch r.IntN(3) {
			case 0:
				u, v = 1<<62, 0
			case 1:
				u, v = 0, 1<<62
			}
			if r.IntN(2) == 0 {
				u = -u
			}
			if r.IntN(2) == 0 {
				v = -v
			}
			tr := matrix{u: uint64(u), v: uint64(v), q: uint64(v), r: uint64(-u)}
			d0, e0 := randomIn(r, bigM), randomIn(r, bigM)
			d, e := limbs62FromBig(d0), limbs62FromBig(e0)
			tr.applyModulo(&d, &e, m)

			check := func(got limbs62, a, b int64) {
				want := new(big.Int).Mul(d0, big.NewInt(a))
				want.Add(want, new(big.Int).Mul(e0, big.NewInt(b)))
				x := bigFromLimbs62(&got)
				if x.Cmp(low) <= 0 || x.Cmp(bigM) >= 0 {
					t.Fatalf("%s: (%d %d) (%x, %x) left the range: %x", name, a, b, d0, e0, x)
				}
				x.Lsh(x, 62).Sub(x, want)
				if x.Mod(x, bigM).Sign() != 0 {
					t.Fatalf("%s: (%d %d) (%x, %x) is wrong", name, a, b, d0, e0)
				}
			}
			check(d, u, v)
			check(e, v, -u)

			for _, negate := range []bool{false, true} {
				z := limbs62FromBig(d0)
				m.reduce(&z, maskOf(negate))
				want := new(big.Int).Set(d0)
				if negate {
					want.Neg(want)
				}
				require.Zero(t, bigFromLimbs62(&z).Cmp(want.Mod(want, bigM)), "%s: reduce %x", name, d0)
			}
		}
	}
}

// TestInvertBoth inverts modulo p and n at once, 0 and the ends of the ranges among them.
func TestInvertBoth(t *testing.T) {
	r := newRand(t)
	check := func(x, y *big.Int) {
		x, y = new(big.Int).Mod(x, bigP), new(big.Int).Mod(y, bigN)
		gotX, gotY := limbsFromBig(x), limbsFromBig(y)
		invertBoth(&fieldModulus, &gotX, &gotX, &scalarModulus, &gotY, &gotY)
		for _, c := range []struct {
			x, m *big.Int
			got  [4]uint64
		}{{x, bigP, gotX}, {y, bigN, gotY}} {
			want := new(big.Int)
			if c.x.Sign() != 0 {
				want.ModInverse(c.x, c.m)
			}
			if bigFromLimbs(c.got).Cmp(want) != 0 {
				t.Fatalf("1 / %x modulo %x is %x, want %x", c.x, c.m, c.got, want)
			}
		}
	}
	for _, x := range edges {
		for _, y := range edges {
			check(x, y)
		}
	}
	for range cases() {
		check(random256(r), random256(r))
	}
}
