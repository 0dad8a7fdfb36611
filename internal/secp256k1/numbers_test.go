// Code generated from p256/numbers_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

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
	case testrun.Brief():
		return 200
	case testing.Short(): // as on the emulated processor with AVX-512
		return 1_000
	case !testrun.Long():
		return 2_000
	default:
		return 4_000
	}
}

// pointCases is how many random cases a test runs whose case costs some 100 microseconds.
func pointCases() int {
	switch {
	case nightly:
		return 100_000
	case testrun.Brief():
		return 10
	case testing.Short():
		return 40
	case !testrun.Long():
		return 80
	default:
		return 200
	}
}

// newRand returns a generator whose seed is logged, so that a failure can be replayed.
func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

var (
	one  = big.NewInt(1)
	bigP = bigFromLimbs([4]uint64{p0, p1, p2, p3})
	bigN = bigFromLimbs([4]uint64{n0, n1, n2, n3})
)

func power2(n uint) *big.Int { return new(big.Int).Lsh(one, n) }

// edges are the numbers near which carries and reductions change.
var edges = func() []*big.Int {
	halfN := new(big.Int).Rsh(bigN, 1)
	halfP := new(big.Int).Rsh(bigP, 1)
	return append(curveEdges(), []*big.Int{
		new(big.Int), bigP, bigN, halfN, halfP, power2(256), power2(255), power2(224), power2(192), power2(128), power2(96),
		power2(64), power2(32), new(big.Int).Sub(power2(256), bigP), new(big.Int).Sub(power2(256), bigN),
		new(big.Int).Sub(bigP, bigN),
	}...)
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
		limbs := []uint64{
			0, 1, 2, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1<<32, 1<<64 - 2, 1<<64 - 1,
			p0, p1, p2, p3, n0, n1, n2, n3, -p0 & (1<<64 - 1), r.Uint64(),
		}
		for range 4 {
			x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(limbs[r.IntN(len(limbs))]))
		}
	case 3: // just below 2^256
		x.SetUint64(r.Uint64() >> r.IntN(64))
		x.Sub(power2(256), x)
	case 4:
		x.Add(edges[r.IntN(len(edges))], big.NewInt(int64(r.IntN(9)-4)))
	}
	return x.Mod(x, power2(256))
}

// randomMultiplier returns a number whose multiples of points take the edge cases of
// multiplication: small, short, short but for a factor, near a power of two or n, or anything.
func randomMultiplier(r *rand.Rand) *big.Int {
	x := random256(r)
	switch r.IntN(5) {
	case 0:
		x.Rsh(x, uint(r.IntN(256)))
	case 1:
		x.Add(power2(uint(r.IntN(257))), big.NewInt(int64(r.IntN(65)-32)))
	case 2:
		x.Mul(x.Rsh(x, uint(128+r.IntN(128))), shortFactor)
	}
	if r.IntN(4) == 0 {
		x.Neg(x)
	}
	return x.Mod(x, bigN)
}

func limbsFromBig(x *big.Int) [4]uint64 {
	return limbsOf(bytesFromBig(x))
}

func bigFromLimbs(x [4]uint64) *big.Int {
	return bigFromBytes(bytesOf(&x))
}

func bytesFromBig(x *big.Int) *[32]byte {
	var b [32]byte
	x.FillBytes(b[:])
	return &b
}

func bigFromBytes(b [32]byte) *big.Int { return new(big.Int).SetBytes(b[:]) }

func maskOf(b bool) uint64 {
	if b {
		return 1<<64 - 1
	}
	return 0
}
