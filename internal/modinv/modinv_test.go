// SPDX-License-Identifier: Apache-2.0

package modinv

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// cases is how many random cases a test runs. KMSIGNER_NIGHTLY asks for millions.
func cases() int {
	if testrun.Nightly() {
		return 2_000_000
	}
	return 4_000
}

// newRand returns a generator whose seed is logged, so that a failure can be replayed.
func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

var one = big.NewInt(1)

func fromHex(s string) *big.Int {
	x, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return x
}

// moduli are the primes that this package is for, and the ends of the range.
var moduli = map[string]*big.Int{
	"secp256k1 p": fromHex("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
	"secp256k1 n": fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
	"P-256 p":     fromHex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
	"P-256 n":     fromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
	"SM2 p":       fromHex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"),
	"SM2 n":       fromHex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
	"2^255 + 95":  fromHex("800000000000000000000000000000000000000000000000000000000000005f"),
	"2^256 - 1":   fromHex("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"), // not prime
}

func limbsFromBig(x *big.Int) (z [4]uint64) {
	for i := range z {
		z[i] = new(big.Int).Rsh(x, uint(64*i)).Uint64()
	}
	return z
}

func bigFromLimbs(x *[4]uint64) *big.Int {
	z := new(big.Int)
	for i := 3; i >= 0; i-- {
		z.Lsh(z, 64).Or(z, new(big.Int).SetUint64(x[i]))
	}
	return z
}

// random256 returns a number below 2^256: uniform, short, with long runs of equal bits,
// with limbs at their edges, or a little off a power of two.
func random256(r *rand.Rand) *big.Int {
	x := new(big.Int)
	switch r.IntN(4) {
	case 0:
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(r.Uint64()))
		}
		x.Rsh(x, uint(r.IntN(2)*r.IntN(256)))
	case 1:
		for n := 0; n < 256; {
			run := uint(1 + r.IntN(80))
			x.Lsh(x, run)
			if r.IntN(2) == 0 {
				x.Or(x, new(big.Int).Sub(new(big.Int).Lsh(one, run), one))
			}
			n += int(run)
		}
	case 2:
		limbs := []uint64{0, 1, 2, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1, r.Uint64()}
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(limbs[r.IntN(len(limbs))]))
		}
	case 3:
		x.Lsh(one, uint(r.IntN(257)))
		x.Add(x, big.NewInt(int64(r.IntN(9)-4)))
	}
	return x.Mod(x, new(big.Int).Lsh(one, 256))
}

func TestInvert(t *testing.T) {
	r := newRand(t)
	for name, m := range moduli {
		limbs := limbsFromBig(m)
		modulus := New(&limbs)
		check := func(x *big.Int) {
			x = new(big.Int).Mod(x, m)
			want := new(big.Int).ModInverse(x, m)
			if want == nil {
				if x.Sign() != 0 {
					return // a common divisor with the modulus that is not prime
				}
				want = new(big.Int)
			}
			z, public := limbsFromBig(x), limbsFromBig(x)
			modulus.Invert(&z, &z)
			modulus.InvertPublic(&public, &public)
			if bigFromLimbs(&z).Cmp(want) != 0 || public != z {
				t.Fatalf("%s: 1/%x = %x, and %x in variable time, want %x", name, x, bigFromLimbs(&z), bigFromLimbs(&public), want)
			}
		}
		for d := int64(-40); d <= 40; d++ {
			check(big.NewInt(d))
			check(new(big.Int).Add(new(big.Int).Rsh(m, 1), big.NewInt(d)))
			for i := uint(0); i <= 256; i += 32 {
				check(new(big.Int).Add(new(big.Int).Lsh(one, i), big.NewInt(d)))
			}
		}
		for range cases() / 8 {
			check(random256(r))
		}
	}
}

// TestInvert_manySteps takes numbers that need more than nine times 59 divsteps, which
// random ones hardly ever do.
func TestInvert_manySteps(t *testing.T) {
	for name, hex := range map[string]string{
		"secp256k1 p": "819f5783dca0431ff6ac0677aace3022096c88769ee78fa99ffbc9b110d1b73",  // 534
		"secp256k1 n": "cfe56a2250a5f16a28cd76ee83c43916a2d7ec7f9afb0945e1f6bca93573c79d", // 536
	} {
		m, x := moduli[name], fromHex(hex)
		limbs, z := limbsFromBig(m), limbsFromBig(x)
		modulus := New(&limbs)
		public := z
		modulus.Invert(&z, &z)
		modulus.InvertPublic(&public, &public)
		require.Zero(t, bigFromLimbs(&z).Cmp(x.ModInverse(x, m)), name)
		require.Equal(t, z, public, name)
	}
}

// TestInvertBoth inverts modulo all pairs of moduli at once, 0 and the ends of the ranges
// among the numbers.
func TestInvertBoth(t *testing.T) {
	r := newRand(t)
	names := []string{"secp256k1 p", "secp256k1 n", "P-256 p", "P-256 n", "SM2 p", "SM2 n", "2^255 + 95"}
	for _, name := range names {
		for _, name2 := range names {
			m, m2 := moduli[name], moduli[name2]
			limbs, limbs2 := limbsFromBig(m), limbsFromBig(m2)
			modulus, modulus2 := New(&limbs), New(&limbs2)
			check := func(x, y *big.Int) {
				x, y = new(big.Int).Mod(x, m), new(big.Int).Mod(y, m2)
				gotX, gotY := limbsFromBig(x), limbsFromBig(y)
				InvertBoth(&modulus, &gotX, &gotX, &modulus2, &gotY, &gotY)
				for _, c := range []struct {
					x, m *big.Int
					got  [4]uint64
				}{{x, m, gotX}, {y, m2, gotY}} {
					want := new(big.Int)
					if c.x.Sign() != 0 {
						want.ModInverse(c.x, c.m)
					}
					if bigFromLimbs(&c.got).Cmp(want) != 0 {
						t.Fatalf("1 / %x modulo %x is %x, want %x", c.x, c.m, c.got, want)
					}
				}
			}
			for d := int64(-2); d <= 2; d++ {
				check(big.NewInt(d), big.NewInt(1-d))
				check(new(big.Int).Rsh(m, 1), new(big.Int).Add(m, big.NewInt(d)))
			}
			for range cases() / 50 {
				check(random256(r), random256(r))
			}
		}
	}
}

// TestDivstepsBoth: each of two inversions is as after divsteps of its own. The numbers alone do not tell: with
// another delta, most inversions still end in time.
func TestDivstepsBoth(t *testing.T) {
	r := newRand(t)
	for range cases() {
		var is, want [2]inversion
		for k := range is {
			is[k] = inversion{
				zeta: uint64(r.IntN(1200) - 600), low: [2]uint64{r.Uint64() | 1, r.Uint64()}, uv: rowsOfOne, qr: rowsOfOne << 32,
			}
			want[k] = is[k]
			want[k].divsteps(30)
		}
		divstepsBoth(30, &is[0], &is[1])
		require.Equal(t, want, is)
	}
}

func FuzzInvert(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(moduli["P-256 p"].Bytes(), []byte{2})
	f.Add(moduli["2^256 - 1"].Bytes(), moduli["SM2 n"].Bytes())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		m, x := new(big.Int).SetBytes(a[:min(32, len(a))]), new(big.Int).SetBytes(b[:min(32, len(b))])
		m.SetBit(m, 0, 1).SetBit(m, 255, 1)
		x.Mod(x, m)
		want := new(big.Int).ModInverse(x, m)
		if want == nil {
			return
		}
		limbs, z := limbsFromBig(m), limbsFromBig(x)
		public := z
		modulus := New(&limbs)
		modulus.Invert(&z, &z)
		modulus.InvertPublic(&public, &public)
		if bigFromLimbs(&z).Cmp(want) != 0 || public != z {
			t.Fatalf("1/%x mod %x = %x, and %x in variable time, want %x", x, m, bigFromLimbs(&z), bigFromLimbs(&public), want)
		}
	})
}

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
	for name, bigM := range moduli {
		limbs := limbsFromBig(bigM)
		m := New(&limbs)
		require.Zero(t, bigFromLimbs62(&m.limbs).Cmp(bigM))
		low := new(big.Int).Mul(bigM, big.NewInt(-2))
		for range cases() / 4 {
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
			tr.applyModulo(&d, &e, &m)

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

			for mask, sign := range map[uint64]int64{0: 1, 1<<64 - 1: -1} {
				z := limbs62FromBig(d0)
				m.reduce(&z, mask)
				want := new(big.Int).Mul(d0, big.NewInt(sign))
				require.Zero(t, bigFromLimbs62(&z).Cmp(want.Mod(want, bigM)), "%s: reduce %x", name, d0)
			}
		}
	}
}

func BenchmarkInvert(b *testing.B) {
	limbs, z := limbsFromBig(moduli["P-256 n"]), limbsFromBig(moduli["P-256 p"])
	modulus := New(&limbs)
	for name, invert := range map[string]func(z, x *[4]uint64){"secret": modulus.Invert, "public": modulus.InvertPublic} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				invert(&z, &z)
			}
		})
	}
}

// TestInversion_wipes: nothing of a number is left where it was inverted.
func TestInversion_wipes(t *testing.T) {
	limbs := limbsFromBig(moduli["2^256 - 1"])
	m := New(&limbs)
	var i inversion
	var z [4]uint64
	i.start(&m, &[4]uint64{2})
	i.finish(&z)
	require.Zero(t, i)
}
