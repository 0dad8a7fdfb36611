// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"sync"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

func publicKey(t testing.TB, p affinePoint) *PublicKey {
	x, y := p.x.bytes(), p.y.bytes()
	k, ok := NewPublicKey(&x, &y)
	require.True(t, ok)
	return k
}

// checkDoubleMultiple compares u G + v P with the reference: without a table of P, with the one
// of the second time, and with the one that was kept; and then with that of the lanes, if there are
// any.
func checkDoubleMultiple(t *testing.T, u, v *big.Int, p affinePoint) {
	t.Helper()
	k := publicKey(t, p)
	su, sv := scalarFromBig(u), scalarFromBig(v)
	want, finite := referenceDoubleMultiple(u, v, &p)
	for i, table := range []bool{false, true, true} {
		var got jacobianPoint
		got.setDoubleMultiple(&su, &sv, &k.point)
		requirePoint(t, want, finite, got, "%x G + %x P, P = %v, time %d", u, v, p, i)
		require.Equal(t, table, k.point.table.Load() != nil)
	}
	if lanes != nil {
		k.point.inLanes(t)
		claims, fit := claimsOf(u, v, &p)
		for i := range claims {
			require.Equal(t, fit[i], k.point.fits(&claims[i]), "%x G + %x P, P = %v", u, v, p)
		}
	}
}

// verify verifies without a table of the key, with the table, and with that of the lanes, if there
// are any: the signature alone, and one in a lane.
func verify(t *testing.T, p affinePoint, digest, r, s *big.Int) bool {
	t.Helper()
	key := publicKey(t, p)
	first := key.Verify(bytesFromBig(digest), bytesFromBig(r), bytesFromBig(s))
	require.Equal(t, first, key.Verify(bytesFromBig(digest), bytesFromBig(r), bytesFromBig(s)))
	if lanes != nil {
		key.point.inLanes(t)
		require.Equal(t, first, key.Verify(bytesFromBig(digest), bytesFromBig(r), bytesFromBig(s)))
		signature := [64]byte(append(bytesFromBig(r)[:], bytesFromBig(s)[:]...))
		digests := [][32]byte{{}, *bytesFromBig(digest), {}, {}}
		require.Equal(t, first, key.VerifyBatch(digests, [][64]byte{signature, signature, signature, signature})[1])
	}
	return first
}

func TestDoubleMultiple(t *testing.T) {
	r := newRand(t)
	check := func(u, v, q *big.Int) {
		t.Helper()
		if p, ok := referenceMultiple(q); ok {
			checkDoubleMultiple(t, u, v, p)
		}
	}
	// Points that meet: small multiples of G, lambda G, 2^64 G and of their negatives.
	small := []*big.Int{
		new(big.Int), one, big.NewInt(2), big.NewInt(3), big.NewInt(-1), big.NewInt(-2), lambda, new(big.Int).Neg(lambda),
		power2(64), new(big.Int).Neg(power2(64)), new(big.Int).Mul(lambda, power2(64)),
	}
	for i, u := range small {
		for j, v := range small {
			for k, q := range small {
				if (i+j+k)%4 != 0 && !testrun.Long() || (i+j+k)%16 != 0 && testrun.Brief() {
					continue
				}
				check(u, v, q)
			}
		}
	}
	for range pointCases() {
		u, v, q := randomMultiplier(r), randomMultiplier(r), randomMultiplier(r)
		check(u, v, q)
		if q.Sign() != 0 { // the sum is infinity
			u.Mul(v, q)
			check(u.Neg(u), v, q)
		}
	}
}

func TestNewPublicKey_invalid(t *testing.T) {
	gx, gy := bigFromLimbs(generator.x), bigFromLimbs(generator.y)
	sum := func(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) }
	// (1, y) is on the curve, and 1 + p is still below 2^256.
	y1 := new(big.Int).ModSqrt(big.NewInt(8), bigP)
	_, ok := NewPublicKey(bytesFromBig(one), bytesFromBig(y1))
	require.True(t, ok)
	_, ok = NewPublicKey(bytesFromBig(gx), bytesFromBig(new(big.Int).Sub(bigP, gy)))
	require.True(t, ok)

	for name, c := range map[string]struct{ x, y *big.Int }{
		"zero":           {new(big.Int), new(big.Int)},
		"x + 1":          {sum(gx, one), gy},
		"y + 1":          {gx, sum(gy, one)},
		"swapped":        {gy, gx},
		"x is p or more": {sum(one, bigP), y1},
		"x is p":         {bigP, new(big.Int)},
		"y is p":         {gx, bigP},
		"all ones":       {new(big.Int).Sub(power2(256), one), new(big.Int).Sub(power2(256), one)},
	} {
		t.Run(name, func(t *testing.T) {
			k, ok := NewPublicKey(bytesFromBig(c.x), bytesFromBig(c.y))
			require.False(t, ok)
			require.Nil(t, k)
		})
	}
	// y p or more, where y - p is right: x^3 + 7 = y^2 for a small y.
	found := false
	for y := int64(1); y < 100 && !found; y++ {
		x := cubeRoot(big.NewInt(y*y - 7))
		if x == nil {
			continue
		}
		found = true
		_, ok := NewPublicKey(bytesFromBig(x), bytesFromBig(big.NewInt(y)))
		require.True(t, ok)
		_, ok = NewPublicKey(bytesFromBig(x), bytesFromBig(sum(big.NewInt(y), bigP)))
		require.False(t, ok)
	}
	require.True(t, found)
}

// cubeRoot returns a cube root of x modulo p, or nil. p is 7 modulo 9, for which
// x^((p + 2) / 9) is one if there is any.
func cubeRoot(x *big.Int) *big.Int {
	x = new(big.Int).Mod(x, bigP)
	e := new(big.Int).Add(bigP, big.NewInt(2))
	root := new(big.Int).Exp(x, e.Quo(e, big.NewInt(9)), bigP)
	if new(big.Int).Exp(root, big.NewInt(3), bigP).Cmp(x) != 0 {
		return nil
	}
	return root
}

func TestPublicKeyCoordinates(t *testing.T) {
	p, _ := referenceMultiple(big.NewInt(12345))
	x, y := publicKey(t, p).Coordinates()
	require.Equal(t, p.x.bytes(), x)
	require.Equal(t, p.y.bytes(), y)
}

// decredVerify verifies with decred.
func decredVerify(p *affinePoint, digest, r, s *big.Int) bool {
	if r.Sign() == 0 || s.Sign() == 0 || r.Cmp(bigN) >= 0 || s.Cmp(bigN) >= 0 {
		return false
	}
	q := decredPoint(p)
	sig := decdsa.NewSignature(decredScalar(r), decredScalar(s))
	return sig.Verify(bytesFromBig(digest)[:], decred.NewPublicKey(&q.X, &q.Y))
}

func TestVerify(t *testing.T) {
	random := newRand(t)
	check := func(want bool, p affinePoint, digest, r, s *big.Int) {
		t.Helper()
		got := verify(t, p, digest, r, s)
		require.Equal(t, want, got, "point %x, digest %x, r %x, s %x", p, digest, r, s)
		require.Equal(t, want, decredVerify(&p, digest, r, s), "decred: point %x, digest %x, r %x, s %x", p, digest, r, s)
	}
	for range pointCases() {
		d, k, digest := randomMultiplier(random), randomMultiplier(random), random256(random)
		if d.Sign() == 0 || k.Sign() == 0 {
			continue
		}
		p, _ := referenceMultiple(d)
		r, s, ok := referenceSign(d, k, digest)
		if !ok {
			continue
		}
		check(true, p, digest, r, s)
		check(true, p, digest, r, new(big.Int).Sub(bigN, s))
		check(false, p, new(big.Int).Xor(digest, power2(uint(random.IntN(256)))), r, s)

		wrong := new(big.Int).Xor(r, power2(uint(random.IntN(256))))
		check(false, p, digest, wrong, s)
		wrong.Xor(s, power2(uint(random.IntN(256))))
		check(false, p, digest, r, wrong)
		other, _ := referenceMultiple(new(big.Int).Add(d, one))
		if other != (affinePoint{}) {
			check(false, other, digest, r, s)
		}
	}
}

func TestVerify_range(t *testing.T) {
	d, k, digest := big.NewInt(7), big.NewInt(11), big.NewInt(13)
	p, _ := referenceMultiple(d)
	r, s, _ := referenceSign(d, k, digest)
	require.True(t, verify(t, p, digest, r, s))
	ones := new(big.Int).Sub(power2(256), one)
	for _, bad := range []*big.Int{new(big.Int), bigN, new(big.Int).Add(bigN, one), ones} {
		require.False(t, verify(t, p, digest, bad, s), "r = %x", bad)
		require.False(t, verify(t, p, digest, r, bad), "s = %x", bad)
	}

	// r + n and s + n, where they have 256 bits.
	small := smallR(t)
	r, s = small.r, small.s
	require.True(t, verify(t, small.point, digest, r, s))
	require.False(t, verify(t, small.point, digest, new(big.Int).Add(r, bigN), s))
}

type forged struct {
	point affinePoint
	r, s  *big.Int
}

// forge returns a key and a signature of digest 13 whose point k G is the one at x: for
// any such R and any s, it is Q = (s R - digest G) / r. The r is given.
func forge(t *testing.T, x, r *big.Int) (forged, bool) {
	y := new(big.Int).Exp(x, big.NewInt(3), bigP)
	if y = y.ModSqrt(y.Add(y, big.NewInt(7)), bigP); y == nil {
		return forged{}, false
	}
	p := affinePoint{x: limbsFromBig(x), y: limbsFromBig(y)}
	s := big.NewInt(0x123456789)
	rInv := new(big.Int).ModInverse(r, bigN)
	u := new(big.Int).Mul(big.NewInt(-13), rInv)
	v := new(big.Int).Mul(s, rInv)
	q, ok := referenceDoubleMultiple(u, v, &p)
	require.True(t, ok)
	return forged{point: q, r: r, s: s}, true
}

// smallR returns a signature whose R has x = r + n, between n and p.
func smallR(t *testing.T) forged {
	for r := big.NewInt(1); ; r.Add(r, one) {
		if f, ok := forge(t, new(big.Int).Add(r, bigN), r); ok {
			return f
		}
	}
}

func TestVerify_xAboveN(t *testing.T) {
	digest := big.NewInt(13)
	f := smallR(t)
	require.True(t, verify(t, f.point, digest, f.r, f.s))
	require.True(t, decredVerify(&f.point, digest, f.r, f.s))

	// The largest: x = p - i.
	for i := big.NewInt(1); ; i.Add(i, one) {
		x := new(big.Int).Sub(bigP, i)
		r := new(big.Int).Sub(x, bigN)
		f, ok := forge(t, x, r)
		if !ok {
			continue
		}
		require.True(t, verify(t, f.point, digest, f.r, f.s))
		require.True(t, decredVerify(&f.point, digest, f.r, f.s))
		break
	}

	// r + n is p or more, or 2^256 or more: then x is r and nothing else. What is left of
	// r + n modulo p or 2^256 must not pass for it.
	for _, limit := range []*big.Int{bigP, power2(256)} {
		for x := big.NewInt(1); ; x.Add(x, one) {
			r := new(big.Int).Add(new(big.Int).Sub(limit, bigN), x)
			f, ok := forge(t, x, r)
			if !ok {
				continue
			}
			require.False(t, verify(t, f.point, digest, f.r, f.s))
			require.False(t, decredVerify(&f.point, digest, f.r, f.s))
			break
		}
	}
}

// TestVerify_infinity verifies signatures whose sum u G + v Q is infinity.
func TestVerify_infinity(t *testing.T) {
	d, digest := big.NewInt(5), big.NewInt(10)
	p, _ := referenceMultiple(d)
	r := new(big.Int).Sub(bigN, big.NewInt(2)) // digest + r d = 0
	require.False(t, verify(t, p, digest, r, one))
}

func TestPublicKey_concurrent(t *testing.T) {
	d, k, digest := big.NewInt(7), big.NewInt(11), big.NewInt(13)
	p, _ := referenceMultiple(d)
	key := publicKey(t, p)
	r, s, _ := referenceSign(d, k, digest)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if !key.Verify(bytesFromBig(digest), bytesFromBig(r), bytesFromBig(s)) {
					t.Error("not verified")
				}
			}
		})
	}
	wg.Wait()
}
