// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

func publicKey(t testing.TB, p affinePoint) *PublicKey {
	x, y := p.x.bytes(), p.y.bytes()
	k, ok := NewPublicKey(&x, &y)
	require.True(t, ok)
	return k
}

// checkDoubleMultiple compares u G + v (q G) with the reference, once without and once with
// the tables of the point, and then with those of the lanes, if there are any.
func checkDoubleMultiple(t *testing.T, u, v, q *big.Int) {
	t.Helper()
	p, ok := referenceMultiple(q)
	if !ok {
		return
	}
	k := publicKey(t, p)
	su, sv := scalarFromBig(u), scalarFromBig(v)
	want, finite := referenceDoubleMultiple(u, v, &p)
	for i := range 2 {
		require.Equal(t, i == 0, k.point.tables == nil && !k.point.multiplied.Load())
		var got jacobianPoint
		got.setDoubleMultiple(&su, &sv, &k.point)
		requirePoint(t, want, finite, got, "%x G + %x (%x G), time %d", u, v, q, i)
	}
	require.NotNil(t, k.point.tables)
	if lanes != nil {
		k.point.inLanes(t)
		claims, fit := claimsOf(u, v, &p)
		for i := range claims {
			require.Equal(t, fit[i], k.point.fits(&claims[i]), "%x G + %x (%x G)", u, v, q)
		}
	}
}

// powersOf64 are the numbers by which the tables of a point differ.
func powersOf64() (powers []*big.Int) {
	for i := range uint(parts) {
		powers = append(powers, power2(64*i), new(big.Int).Neg(power2(64*i)))
	}
	return powers
}

func TestDoubleMultiple(t *testing.T) {
	r := newRand(t)
	// Points that meet: small multiples of G, of 2^64 G and so on, and of their negatives.
	small := append(powersOf64(), new(big.Int), big.NewInt(2), big.NewInt(3), big.NewInt(-2))
	for i, u := range small {
		for j, v := range small {
			if (i+j)%3 != 0 && !testrun.Long() || (i+j)%9 != 0 && testrun.Brief() {
				continue
			}
			for _, q := range []*big.Int{one, big.NewInt(-1), big.NewInt(2), power2(64)} {
				checkDoubleMultiple(t, u, v, q)
			}
		}
	}
	for range pointCases() {
		u, v, q := randomMultiplier(r), randomMultiplier(r), randomMultiplier(r)
		checkDoubleMultiple(t, u, v, q)
		if q.Sign() != 0 { // the sum is infinity
			u.Mul(v, q)
			checkDoubleMultiple(t, u.Neg(u), v, q)
		}
	}
}

func TestMultiples(t *testing.T) {
	q := big.NewInt(12345)
	p, _ := referenceMultiple(q)
	for _, c := range []struct{ width, parts int }{{keyWidth, parts}, {onceWidth, 1}, {generatorWidth, parts}} {
		tables := newMultiples(&p, c.width, c.parts)
		require.Len(t, tables, c.parts)
		for i, table := range tables {
			require.Len(t, table, 1<<(c.width-2))
			for j, got := range table {
				k := new(big.Int).Lsh(big.NewInt(int64(2*j+1)), uint(256/c.parts*i))
				want, ok := referenceMultiple(k.Mul(k, q))
				require.True(t, ok)
				require.Equal(t, want, got)
			}
		}
	}
}

// TestNAF: the digits are odd, small and far apart, and add up to the number.
func TestNAF(t *testing.T) {
	r := newRand(t)
	check := func(x *big.Int) {
		x = new(big.Int).Mod(x, bigN)
		k := scalarFromBig(x)
		for _, width := range []int{onceWidth, keyWidth, generatorWidth} {
			var digits [nafDigits]int16
			digits[17] = 5 // what was there before does not count
			k.naf(&digits, width)
			sum, last := new(big.Int), nafDigits+width
			for i := nafDigits - 1; i >= 0; i-- {
				sum.Lsh(sum, 1).Add(sum, big.NewInt(int64(digits[i])))
				if d := digits[i]; d != 0 {
					if d%2 == 0 || d >= 1<<(width-1) || d <= -1<<(width-1) || last-i < width {
						t.Fatalf("width %d of %x: digit %d at %d", width, x, d, i)
					}
					last = i
				}
			}
			if sum.Cmp(x) != 0 {
				t.Fatalf("width %d of %x adds up to %x", width, x, sum)
			}
		}
	}
	for _, x := range edges {
		for d := int64(-40); d <= 40; d++ {
			check(new(big.Int).Add(x, big.NewInt(d)))
		}
	}
	for range cases() {
		check(random256(r))
	}
}

// TestNAF_top: a scalar can have a digit at place 256, where the orders begin with enough
// ones; other scalars have none.
func TestNAF_top(t *testing.T) {
	k := scalarFromBig(new(big.Int).Sub(bigN, one))
	var digits [nafDigits]int16
	k.naf(&digits, keyWidth)
	require.Equal(t, int16(1), digits[256])
}

func TestHasX(t *testing.T) {
	random := newRand(t)
	for range pointCases() {
		k := randomMultiplier(random)
		p, finite := referenceMultiple(k)
		if !finite {
			require.False(t, new(jacobianPoint).hasX(new(scalar)))
			continue
		}
		q := scaled(random, p)
		x := scalarFromBig(bigFromField(p.x))
		require.True(t, q.hasX(&x), "%x G", k)
		x.add(&x, &scalar{1})
		require.False(t, q.hasX(&x), "%x G", k)
	}
	// x between n and p, and what is left of x + n modulo p or 2^256.
	found := map[string]int{}
	for i := int64(-60); i < 60; i++ {
		for name, limit := range map[string]*big.Int{"n": bigN, "p": bigP, "2^256": power2(256)} {
			x := new(big.Int).Add(limit, big.NewInt(i))
			p, ok := pointAt(new(big.Int).Mod(x, bigP))
			if !ok {
				continue
			}
			c := new(big.Int).Sub(x, bigN)
			if c.Sign() < 0 {
				continue
			}
			sc, q := scalarFromBig(c), scaled(random, p)
			require.Equal(t, x.Cmp(bigP) < 0, q.hasX(&sc), "x = %x", x)
			found[name]++
		}
	}
	require.Len(t, found, 3)
}

func TestPublicPoint_concurrent(t *testing.T) {
	p, _ := referenceMultiple(big.NewInt(7))
	u, v := big.NewInt(11), big.NewInt(13)
	want, _ := referenceDoubleMultiple(u, v, &p)
	key := publicKey(t, p)
	su, sv := scalarFromBig(u), scalarFromBig(v)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				var got jacobianPoint
				got.setDoubleMultiple(&su, &sv, &key.point)
				if toAffine([]jacobianPoint{got})[0] != want {
					t.Error("the multiple changed")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkMultiples(b *testing.B) {
	b.Run("generator", func(b *testing.B) {
		for range b.N {
			newMultiples(&generator, generatorWidth, parts)
		}
	})
	b.Run("key", func(b *testing.B) {
		for range b.N {
			newMultiples(&generator, keyWidth, parts)
		}
	})
}
