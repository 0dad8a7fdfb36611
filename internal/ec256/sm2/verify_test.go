// Code generated from p256/verify_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewPublicKey_invalid(t *testing.T) {
	gx, gy := bigFromField(generator.x), bigFromField(generator.y)
	sum := func(x, y *big.Int) *big.Int { return new(big.Int).Add(x, y) }
	_, ok := NewPublicKey(bytesFromBig(gx), bytesFromBig(new(big.Int).Sub(bigP, gy)))
	require.True(t, ok)

	for name, c := range map[string]struct{ x, y *big.Int }{
		"zero":     {new(big.Int), new(big.Int)},
		"x + 1":    {sum(gx, one), gy},
		"y + 1":    {gx, sum(gy, one)},
		"swapped":  {gy, gx},
		"x is p":   {bigP, new(big.Int)},
		"y is p":   {gx, bigP},
		"all ones": {new(big.Int).Sub(power2(256), one), new(big.Int).Sub(power2(256), one)},
	} {
		t.Run(name, func(t *testing.T) {
			k, ok := NewPublicKey(bytesFromBig(c.x), bytesFromBig(c.y))
			require.False(t, ok)
			require.Nil(t, k)
		})
	}
	// x or y p or more, where what is left of it modulo p is right.
	p, x := affinePoint{}, new(big.Int)
	for ok = false; !ok; {
		x.Add(x, one)
		p, ok = pointAt(x)
	}
	y := p.y.bytes()
	_, ok = NewPublicKey(bytesFromBig(x), &y)
	require.True(t, ok)
	_, ok = NewPublicKey(bytesFromBig(sum(x, bigP)), &y)
	require.False(t, ok)
	x = fromHex(t, xOfOne)
	_, ok = NewPublicKey(bytesFromBig(x), bytesFromBig(one))
	require.True(t, ok)
	_, ok = NewPublicKey(bytesFromBig(x), bytesFromBig(sum(one, bigP)))
	require.False(t, ok)
}

func TestPublicKeyCoordinates(t *testing.T) {
	p, _ := referenceMultiple(big.NewInt(12345))
	x, y := publicKey(t, p).Coordinates()
	require.Equal(t, p.x.bytes(), x)
	require.Equal(t, p.y.bytes(), y)
}

// verifyTwice verifies without and with the tables of the key, and with those of the lanes, if
// there are any: the signature alone, and one in a lane.
func verifyTwice(t *testing.T, p affinePoint, digest, r, s *big.Int) bool {
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

func TestVerify(t *testing.T) {
	random := newRand(t)
	check := func(want bool, p affinePoint, digest, r, s *big.Int) {
		t.Helper()
		require.Equal(t, want, verifyTwice(t, p, digest, r, s), "point %x, digest %x, r %x, s %x", p, digest, r, s)
		require.Equal(t, want, referenceVerify(&p, digest, r, s),
			"reference: point %x, digest %x, r %x, s %x", p, digest, r, s)
	}
	for range pointCases() {
		d, k, digest := randomMultiplier(random), randomMultiplier(random), random256(random)
		if d.Sign() == 0 || d.Cmp(largestKey) > 0 || k.Sign() == 0 {
			continue
		}
		p, _ := referenceMultiple(d)
		r, s, ok := referenceSign(d, k, digest)
		if !ok {
			continue
		}
		check(true, p, digest, r, s)
		check(false, p, new(big.Int).Xor(digest, power2(uint(random.IntN(256)))), r, s)

		wrong := new(big.Int).Xor(r, power2(uint(random.IntN(256))))
		check(false, p, digest, wrong, s)
		wrong.Xor(s, power2(uint(random.IntN(256))))
		check(false, p, digest, r, wrong)
		other, finite := referenceMultiple(new(big.Int).Add(d, one))
		if finite {
			check(false, other, digest, r, s)
		}
	}
}

func TestVerify_range(t *testing.T) {
	d, k, digest := big.NewInt(7), big.NewInt(11), big.NewInt(13)
	p, _ := referenceMultiple(d)
	r, s, _ := referenceSign(d, k, digest)
	require.True(t, verifyTwice(t, p, digest, r, s))
	ones := new(big.Int).Sub(power2(256), one)
	for _, bad := range []*big.Int{new(big.Int), bigN, new(big.Int).Add(bigN, one), ones} {
		require.False(t, verifyTwice(t, p, digest, bad, s), "r = %x", bad)
		require.False(t, verifyTwice(t, p, digest, r, bad), "s = %x", bad)
	}

	// r + n, where it has 256 bits.
	small := smallR(t)
	require.True(t, verifyTwice(t, small.point, digest, small.r, small.s))
	require.False(t, verifyTwice(t, small.point, digest, new(big.Int).Add(small.r, bigN), small.s))
}

// A forged signature is one of digest 13 for a point that was chosen first.
type forged struct {
	point affinePoint
	r, s  *big.Int
}

// smallR returns a signature whose r is small.
func smallR(t *testing.T) forged {
	for r := big.NewInt(1); ; r.Add(r, one) {
		x := new(big.Int).Sub(r, rOf(new(big.Int)))
		if f, ok := forge(t, x.Mod(x, bigN), new(big.Int).Set(r)); ok {
			return f
		}
	}
}

// TestVerify_xAboveN verifies signatures whose point has an x coordinate of n or more.
func TestVerify_xAboveN(t *testing.T) {
	digest := big.NewInt(13)
	for _, c := range []struct {
		start *big.Int
		step  int64
		valid bool
	}{
		{bigN, 1, true},
		{new(big.Int).Sub(bigP, one), -1, true}, // the largest
		// The x that r leads to is p or more, or 2^256 or more: what is left of it modulo p
		// or 2^256 must not pass for it.
		{bigP, 1, false},
		{power2(256), 1, false},
	} {
		found := 0
		for x := new(big.Int).Set(c.start); found < 3; x.Add(x, big.NewInt(c.step)) {
			r := rOf(x)
			if r.Mod(r, bigN).Sign() == 0 {
				continue
			}
			at := new(big.Int).Set(x)
			if !c.valid {
				at.Sub(at, c.start)
			}
			f, ok := forge(t, at, r)
			if !ok {
				continue
			}
			found++
			require.Equal(t, c.valid, verifyTwice(t, f.point, digest, f.r, f.s), "x = %x", x)
			require.Equal(t, c.valid, referenceVerify(&f.point, digest, f.r, f.s), "x = %x", x)
		}
	}
}
