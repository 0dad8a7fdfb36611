// SPDX-License-Identifier: Apache-2.0

package secp256k1

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

// checkDoubleMultiple compares u G + v (q G) with the reference: without a table of q G, with the one
// of the second time, and with the one that was kept; and then with that of the lanes, if there are
// any.
func checkDoubleMultiple(t *testing.T, u, v, q *big.Int) {
	t.Helper()
	p, ok := referenceMultiple(q)
	if !ok {
		return
	}
	k := publicKey(t, p)
	su, sv := scalarFromBig(u), scalarFromBig(v)
	want, finite := referenceDoubleMultiple(u, v, &p)
	for i, table := range []bool{false, true, true} {
		var got jacobianPoint
		got.setDoubleMultiple(&su, &sv, &k.point)
		requirePoint(t, want, finite, got, "%x G + %x (%x G), time %d", u, v, q, i)
		require.Equal(t, table, k.point.table.Load() != nil)
	}
	if lanes != nil {
		k.point.inLanes(t)
		claims, fit := claimsOf(u, v, &p)
		for i := range claims {
			require.Equal(t, fit[i], k.point.fits(&claims[i]), "%x G + %x (%x G)", u, v, q)
		}
	}
}

func TestDoubleMultiple(t *testing.T) {
	r := newRand(t)
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
