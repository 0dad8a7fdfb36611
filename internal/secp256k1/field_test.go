// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// nightly asks for millions of random cases instead of thousands. They take about an hour:
// go test -timeout 3h.
var nightly = os.Getenv("KMSIGNER_NIGHTLY") != ""

// cases is how many random cases a test runs whose case costs about a microsecond.
func cases() int {
	switch {
	case nightly:
		return 2_000_000
	case !testrun.Long():
		return 2_000
	}
	return 4_000
}

// newRand returns a generator whose seed is logged, so that a failure can be replayed.
func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

var (
	bigP, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", 16)
	bigN, _ = new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	one     = big.NewInt(1)
)

func power2(n uint) *big.Int { return new(big.Int).Lsh(one, n) }

// edges are the numbers near which carries and reductions change.
var edges = func() []*big.Int {
	halfN := new(big.Int).Rsh(bigN, 1)
	halfP := new(big.Int).Rsh(bigP, 1)
	return []*big.Int{
		new(big.Int), bigP, bigN, halfN, halfP, power2(256), power2(255), power2(192), power2(128), power2(64), power2(32),
		new(big.Int).Sub(power2(256), bigP), new(big.Int).Sub(power2(256), bigN), new(big.Int).Sub(bigP, bigN),
	}
}()

// random256 returns a number below 2^256: uniform, with long runs of equal bits,
// with limbs at their edges, or a little off one of the edges.
func random256(r *rand.Rand) *big.Int {
	x := new(big.Int)
	switch r.IntN(5) {
	case 0:
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(r.Uint64()))
		}
	case 1:
		for n := 0; n < 256; {
			run := uint(1 + r.IntN(80))
			x.Lsh(x, run)
			if r.IntN(2) == 0 {
				x.Or(x, new(big.Int).Sub(power2(run), one))
			}
			n += int(run)
		}
	case 2:
		limbs := []uint64{0, 1, 2, 1<<63 - 1, 1 << 63, 1<<64 - 2, 1<<64 - 1, fieldFold, fieldP0, r.Uint64()}
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(limbs[r.IntN(len(limbs))]))
		}
	case 3: // just below 2^256, where a fold carries
		x.SetUint64(r.Uint64() >> r.IntN(64))
		x.Sub(power2(256), x)
	case 4:
		x.Add(edges[r.IntN(len(edges))], big.NewInt(int64(r.IntN(9)-4)))
	}
	return x.Mod(x, power2(256))
}

func limbsFromBig(x *big.Int) [4]uint64 {
	var b [32]byte
	x.FillBytes(b[:])
	return limbsOf(&b)
}

func bigFromLimbs(x [4]uint64) *big.Int {
	b := bytesOf(&x)
	return new(big.Int).SetBytes(b[:])
}

func bigFromField(x fieldElement) *big.Int { return bigFromLimbs(x.canonical()) }

// requireField requires that got represents want modulo p.
func requireField(t *testing.T, op string, want *big.Int, got fieldElement, args ...*big.Int) {
	t.Helper()
	want = new(big.Int).Mod(want, bigP)
	if c := got.canonical(); bigFromLimbs(c).Cmp(want) != 0 {
		t.Fatalf("%s%x = %x, want %x", op, args, bigFromLimbs(c), want)
	}
	if new(big.Int).Mod(bigFromLimbs(got), bigP).Cmp(want) != 0 {
		t.Fatalf("canonical changed the value of %s%x", op, args)
	}
}

func maskOf(b bool) uint64 {
	if b {
		return 1<<64 - 1
	}
	return 0
}

func TestFieldArithmetic(t *testing.T) {
	r := newRand(t)
	check := func(x, y *big.Int) {
		fx, fy := fieldElement(limbsFromBig(x)), fieldElement(limbsFromBig(y))
		var z fieldElement
		z.add(&fx, &fy)
		requireField(t, "add", new(big.Int).Add(x, y), z, x, y)
		z.sub(&fx, &fy)
		requireField(t, "sub", new(big.Int).Sub(x, y), z, x, y)
		z.mul(&fx, &fy)
		requireField(t, "mul", new(big.Int).Mul(x, y), z, x, y)
		z.sqr(&fx)
		requireField(t, "sqr", new(big.Int).Mul(x, x), z, x)
		z.negate(&fx)
		requireField(t, "negate", new(big.Int).Neg(x), z, x)
		z.half(&fx)
		requireField(t, "twice the half", x, func() fieldElement { z.add(&z, &z); return z }(), x)

		// The result may be one of the arguments.
		z = fx
		z.mul(&z, &z)
		requireField(t, "mul in place", new(big.Int).Mul(x, x), z, x)
		z = fx
		z.sqr(&z)
		requireField(t, "sqr in place", new(big.Int).Mul(x, x), z, x)
		z = fy
		z.sub(&fx, &z)
		requireField(t, "sub in place", new(big.Int).Sub(x, y), z, x, y)
		z = fy
		z.add(&fx, &z)
		requireField(t, "add in place", new(big.Int).Add(x, y), z, x, y)

		if equal := new(big.Int).Mod(new(big.Int).Sub(x, y), bigP).Sign() == 0; fx.equal(&fy) != maskOf(equal) {
			t.Fatalf("%x == %x is not %t", x, y, equal)
		}
		if zero := new(big.Int).Mod(x, bigP).Sign() == 0; fx.isZero() != maskOf(zero) {
			t.Fatalf("%x == 0 is not %t", x, zero)
		}
		var u, v fieldElement
		u.selectFrom(maskOf(true), &fx, &fy)
		v.selectFrom(maskOf(false), &fx, &fy)
		if u != fx || v != fy {
			t.Fatalf("of %x and %x were selected %x and %x", fx, fy, u, v)
		}
	}
	for _, x := range edges {
		for _, y := range edges {
			for dx := int64(-2); dx <= 2; dx++ {
				for dy := int64(-2); dy <= 2; dy++ {
					u := new(big.Int).Add(x, big.NewInt(dx))
					v := new(big.Int).Add(y, big.NewInt(dy))
					check(u.Mod(u, power2(256)), v.Mod(v, power2(256)))
				}
			}
		}
	}
	for range cases() {
		x, y := random256(r), random256(r)
		check(x, y)

		// Factors of a small product: before the last fold it may be above 2^256.
		if x.ModInverse(x, bigP) != nil {
			small := y.Rsh(y, uint(186+r.IntN(70)))
			check(small.Mul(small, x).Mod(small, bigP), x.ModInverse(x, bigP))
		}
	}
}

func TestFieldInverse(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		f := fieldElement(limbsFromBig(x))
		f.inverse(&f)
		want := new(big.Int).ModInverse(x, bigP)
		if want == nil {
			want = new(big.Int)
		}
		requireField(t, "1/", want, f, x)
	}
	for _, x := range edges {
		for dx := int64(-4); dx <= 4; dx++ {
			u := new(big.Int).Add(x, big.NewInt(dx))
			check(u.Mod(u, power2(256)))
		}
	}
	// This takes 534 divsteps, more than nine times 59; random numbers hardly ever do.
	hard, _ := new(big.Int).SetString("819f5783dca0431ff6ac0677aace3022096c88769ee78fa99ffbc9b110d1b73", 16)
	check(hard)
	for range cases() / 4 {
		check(random256(r))
	}
}

func TestFieldBytes(t *testing.T) {
	r := newRand(t)
	for range cases() {
		x := random256(r)
		var b [32]byte
		x.FillBytes(b[:])
		var f fieldElement
		require.Equal(t, x.Cmp(bigP) < 0, f.setBytes(&b))
		requireField(t, "setBytes", x, f, x)

		got := f.bytes()
		new(big.Int).Mod(x, bigP).FillBytes(b[:])
		require.Equal(t, b, got)
	}
}
