// Code generated from p256/reference_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
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
	case testing.Short(): // as on emulated processors
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
	return []*big.Int{
		new(big.Int), bigP, bigN, halfN, halfP, power2(256), power2(255), power2(224), power2(192), power2(128), power2(96),
		power2(64), power2(32), new(big.Int).Sub(power2(256), bigP), new(big.Int).Sub(power2(256), bigN),
		new(big.Int).Sub(bigP, bigN), bigFromLimbs(fieldRSquared), bigFromLimbs(fieldRCubed), bigFromLimbs(scalarRSquared),
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
		limbs := []uint64{
			0, 1, 2, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1<<32, 1<<64 - 2, 1<<64 - 1,
			p0, p1, p2, p3, n0, n1, n2, n3, r.Uint64(),
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
// multiplication: small, short, near a power of two or n, or anything.
func randomMultiplier(r *rand.Rand) *big.Int {
	x := random256(r)
	switch r.IntN(4) {
	case 0:
		x.Rsh(x, uint(r.IntN(256)))
	case 1:
		x.Add(power2(uint(r.IntN(257))), big.NewInt(int64(r.IntN(65)-32)))
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

// fieldFromBig returns the element x modulo p, and bigFromField its number.
func fieldFromBig(x *big.Int) (z fieldElement) {
	limbs := limbsFromBig(new(big.Int).Mod(x, bigP))
	z.setLimbs(&limbs)
	return z
}

func bigFromField(x fieldElement) *big.Int { return bigFromLimbs(x.limbs()) }

func maskOf(b bool) uint64 {
	if b {
		return 1<<64 - 1
	}
	return 0
}

// fromReference returns the point of the reference's coordinates, and false if it is
// infinity.
func fromReference(x, y *big.Int) (affinePoint, bool) {
	if x.Sign() == 0 && y.Sign() == 0 {
		return affinePoint{}, false
	}
	return affinePoint{x: fieldFromBig(x), y: fieldFromBig(y)}, true
}

// referenceMultiple returns k G, and false if it is infinity.
func referenceMultiple(k *big.Int) (affinePoint, bool) {
	//lint:ignore SA1019 the deprecated interface is what the reference curves share
	return fromReference(referenceCurve.ScalarBaseMult(new(big.Int).Mod(k, bigN).Bytes()))
}

// referenceDoubleMultiple returns u G + v p, and false if it is infinity.
func referenceDoubleMultiple(u, v *big.Int, p *affinePoint) (affinePoint, bool) {
	//lint:ignore SA1019 as above
	ux, uy := referenceCurve.ScalarBaseMult(new(big.Int).Mod(u, bigN).Bytes())
	//lint:ignore SA1019 as above
	vx, vy := referenceCurve.ScalarMult(bigFromField(p.x), bigFromField(p.y), new(big.Int).Mod(v, bigN).Bytes())
	//lint:ignore SA1019 as above
	return fromReference(referenceCurve.Add(ux, uy, vx, vy))
}

// pointAt returns a point with this x coordinate, if there is one.
func pointAt(x *big.Int) (affinePoint, bool) {
	y := new(big.Int).Exp(x, big.NewInt(3), bigP)
	y.Sub(y, new(big.Int).Mul(big.NewInt(3), x))
	y.Add(y, bigFromField(curveB))
	if y.ModSqrt(y.Mod(y, bigP), bigP) == nil {
		return affinePoint{}, false
	}
	return affinePoint{x: fieldFromBig(x), y: fieldFromBig(y)}, true
}

// referenceNonce is RFC 6979, section 3.2, written out: the nonce after so many that were
// rejected, for the digest modulo n. With extra, it is the scheme's hedged one, with SHA-256.
func referenceNonce(d, digest *big.Int, extra []byte, rejected int) *big.Int {
	newHash := plainHash
	if extra != nil {
		newHash = sha256.New
	}
	return noncesFrom(newHash, d, digest, extra, rejected, extra != nil && hedgedWithOneHMAC)
}

// noncesFrom is referenceNonce with the hash, and with the construction of
// rfc6979.StartHedged if oneHMAC is set.
func noncesFrom(newHash func() hash.Hash, d, digest *big.Int, extra []byte, rejected int, oneHMAC bool) *big.Int {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(newHash, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	key, reduced := bytesFromBig(d)[:], bytesFromBig(new(big.Int).Mod(digest, bigN))[:]
	v, k := make([]byte, 32), make([]byte, 32)
	for i := range v {
		v[i] = 1
	}
	if oneHMAC {
		k, v = key, mac(key, extra, reduced)
	} else {
		k = mac(k, v, []byte{0}, key, reduced, extra)
		v = mac(k, v)
		k = mac(k, v, []byte{1}, key, reduced, extra)
		v = mac(k, v)
	}
	for {
		v = mac(k, v)
		if x := new(big.Int).SetBytes(v); x.Sign() > 0 && x.Cmp(bigN) < 0 {
			if rejected == 0 {
				return x
			}
			rejected--
		}
		k = mac(k, v, []byte{0})
		v = mac(k, v)
	}
}
