// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

func TestNonceMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		use := func(m *NonceMemory, id, nonce string, ttl time.Duration) bool {
			fresh, err := m.Use(ctx, id, nonce, ttl)
			require.NoError(t, err)
			return fresh
		}
		m := newNonceMemory(2, 1000, time.Now)
		require.True(t, use(m, "a", "1", time.Minute))
		require.False(t, use(m, "a", "1", time.Minute))
		require.True(t, use(m, "b", "1", time.Minute), "another access key")
		require.True(t, use(m, "a1", "", time.Minute), "the border between id and nonce")
		require.True(t, use(m, "a", "2", 2*time.Minute))
		_, err := m.Use(ctx, "a", "3", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable, "full")
		require.False(t, use(m, "a", "1", time.Minute), "full, and still used")
		require.True(t, use(m, "b", "2", time.Minute), "full for another access key only")
		time.Sleep(time.Minute)
		require.False(t, use(m, "a", "1", time.Minute), "to the end of its time")
		time.Sleep(nonceStep)
		require.True(t, use(m, "a", "1", time.Minute), "expired")
		require.False(t, use(m, "a", "2", time.Minute))
		time.Sleep(time.Hour)
		require.True(t, use(m, "a", "4", time.Minute))
		require.Len(t, m.used, 1)
		require.Len(t, m.clients, 1)
		require.Len(t, m.expiry, 1)
	})
	_, err := newNonceMemory(0, 1000, time.Now).Use(context.Background(), "a", "b", 0)
	require.ErrorIs(t, err, errors.Unavailable)
}

// Whatever has expired, one call forgets a bounded number; what is late is refused,
// and all of it goes.
func TestNonceMemory_sweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newNonceMemory(1<<20, 1<<20, time.Now)
		const many = 10 * sweepBudget
		for i := range many {
			fresh, err := m.Use(t.Context(), strconv.Itoa(i%7), strconv.Itoa(i), time.Minute)
			require.True(t, fresh && err == nil)
		}
		time.Sleep(time.Hour)
		for i := 1; len(m.used) > i; i++ {
			before := len(m.used)
			_, err := m.Use(t.Context(), "x", strconv.Itoa(i), time.Minute)
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(m.used), before-sweepBudget)
			require.Less(t, i, many/sweepBudget+3)
		}
		require.Len(t, m.clients, 1)
		require.Len(t, m.expiry, 1)
	})
}

// A year without a request, and a clock that goes back, lose nothing.
func TestNonceMemory_clock(t *testing.T) {
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	m := newNonceMemory(100, 100, func() time.Time { return now })
	use := func(nonce string) bool {
		fresh, err := m.Use(t.Context(), "a", nonce, time.Minute)
		require.NoError(t, err)
		return fresh
	}
	require.True(t, use("1"))
	now = now.Add(366 * 24 * time.Hour)
	for i := range 2000 {
		require.Equal(t, i == 0, use("2"))
	}
	require.Len(t, m.used, 1)
	now = now.Add(-366 * 24 * time.Hour)
	require.False(t, use("2"))
	require.True(t, use("3"))
	now = now.Add(366 * 24 * time.Hour)
	require.False(t, use("2"))
	now = now.Add(time.Hour)
	require.True(t, use("2"))
	require.Len(t, m.used, 1)
	require.Len(t, m.expiry, 1)
}

// Of many at once, one is the first.
func TestNonceMemory_concurrent(t *testing.T) {
	m := NewNonceMemory(1000)
	var fresh atomic.Int32
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 100 {
				if ok, err := m.Use(context.Background(), "id", strconv.Itoa(i), time.Minute); ok && err == nil {
					fresh.Add(1)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 100, fresh.Load())
}

// A memory that a client has filled takes the nonces of the others, up to an equal
// part for each. It grows with the logarithm of the clients that fill it.
func TestNonceMemory_fair(t *testing.T) {
	const limit = 100
	m := NewNonceMemory(limit)
	fill := func(id string) (n int) {
		for {
			fresh, err := m.Use(t.Context(), id, strconv.Itoa(n), time.Minute)
			if err != nil {
				require.ErrorIs(t, err, errors.Unavailable)
				return n
			}
			require.True(t, fresh)
			n++
		}
	}
	require.Equal(t, limit, fill("greedy"))
	require.Equal(t, limit/2, fill("b"))
	require.Equal(t, limit/3, fill("c"))
	for i := range 10 * limit {
		fill(strconv.Itoa(i))
	}
	require.Less(t, len(m.used), 6*limit) // 1 + 1/2 + … + 1/100 is 5.2
}

// A client that sends as much as it may, with a clock that is as far ahead as it
// may be, never fills its share; the next one sends as if nothing were.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGate(func(context.Context, string, string) (string, error) { return "secret", nil },
			func(c *Config) { c.SetRate(5, 7) })
		most, served := 0, 0
		for i := range 3000 { // 300 seconds, two windows and more
			switch err := admit(t.Context(), g, claim("greedy", "secret", strconv.Itoa(i),
				time.Now().Add(time.Minute))); errors.CodeOf(err) {
			case "":
				served++
			case errors.Throttled:
			default:
				t.Fatal(err)
			}
			if c := g.nonces.(*NonceMemory).clients["greedy"]; c != nil {
				most = max(most, c.nonces)
			}
			time.Sleep(100 * time.Millisecond)
		}
		require.GreaterOrEqual(t, served, 1500)
		require.LessOrEqual(t, most, share(5, 7, time.Minute))
		require.Greater(t, most, share(5, 7, time.Minute)*8/10)
		require.NoError(t, admit(t.Context(), g, claim("other", "secret", "n", time.Now())))
	})
	require.Equal(t, 200*1890+200, share(200, 200, 15*time.Minute))
	require.Equal(t, unlimitedNonces, share(math.Inf(1), 0, time.Minute))
	require.Equal(t, math.MaxInt32, share(1e300, math.MaxInt32, time.Minute))
}
