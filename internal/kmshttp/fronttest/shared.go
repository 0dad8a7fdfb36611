// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

// The rate with which a test of TestLimiter and TestAdmitter is made: a token in a
// hundred seconds, so that the time that a test takes does not matter.
const (
	SharedRate  = 0.01
	SharedBurst = 3
)

// hostileIDs are texts that a cache or a limiter must tell apart, and not take for
// anything else than a name.
var hostileIDs = []string{
	"id", "ID", "id ", " id", "i", "d", "id:", "id}", "{id}", "*", "i?", "id\x00", "id\r\nSET x y\r\n", "ïd", "\xff", "",
	strings.Repeat("i", 128),
}

// TestNonceCache is what every NonceCache has to do. pass makes its time pass.
func TestNonceCache(t *testing.T, c frontend.NonceCache, pass func(time.Duration)) {
	use := func(id, nonce string, ttl time.Duration) bool {
		t.Helper()
		fresh, err := c.Use(t.Context(), id, nonce, ttl)
		require.NoError(t, err)
		return fresh
	}
	const ttl = 31 * time.Minute
	require.True(t, use("a", "1", ttl))
	require.False(t, use("a", "1", ttl))
	require.True(t, use("b", "1", ttl), "another access key")
	require.True(t, use("a1", "", ttl), "the border between id and nonce")
	require.True(t, use("", "a1", ttl))
	require.True(t, use("a", "2", time.Minute))
	pass(30 * time.Second)
	require.False(t, use("a", "2", 10*time.Hour), "used, and its time stays what it was")
	pass(29 * time.Second)
	require.False(t, use("a", "2", time.Minute), "to the end of its time")
	pass(10 * time.Minute)
	require.True(t, use("a", "2", time.Minute), "expired, and some")
	require.False(t, use("a", "1", ttl))
	pass(ttl - 11*time.Minute)
	require.False(t, use("a", "1", ttl))

	for _, id := range hostileIDs {
		for _, nonce := range hostileIDs {
			require.True(t, use("h"+id, nonce, time.Minute), "%q %q", id, nonce)
			require.False(t, use("h"+id, nonce, time.Minute), "%q %q", id, nonce)
		}
	}

	var fresh atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 25 {
				if ok, err := c.Use(t.Context(), "at once", strconv.Itoa(i), time.Minute); ok && err == nil {
					fresh.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 25, fresh.Load(), "of simultaneous ones one is the first")
}

// TestLimiter is what every Limiter has to do, with SharedRate and SharedBurst. pass
// makes its time pass.
func TestLimiter(t *testing.T, l frontend.Limiter, pass func(time.Duration)) {
	take := func(id string) (n int) {
		t.Helper()
		for {
			ok, err := l.Allow(t.Context(), id)
			require.NoError(t, err)
			if !ok {
				return n
			}
			n++
			require.LessOrEqual(t, n, SharedBurst)
		}
	}
	require.Equal(t, SharedBurst, take("a"), "the burst")
	require.Zero(t, take("a"))
	pass(50 * time.Second)
	require.Zero(t, take("a"), "half a token")
	pass(50 * time.Second)
	require.Equal(t, 1, take("a"))
	pass(200 * time.Second)
	require.Equal(t, 2, take("a"))
	pass(time.Hour)
	require.Equal(t, SharedBurst, take("a"), "no more than the burst")
	for _, id := range hostileIDs {
		require.Equal(t, SharedBurst, take("h"+id), "%q has a bucket of its own", id)
	}

	if r, ok := l.(frontend.Refunder); ok {
		require.NoError(t, r.Refund(t.Context(), "a"))
		require.Equal(t, 1, take("a"))
		for range 3 * SharedBurst {
			require.NoError(t, r.Refund(t.Context(), "a"))
		}
		require.Equal(t, SharedBurst, take("a"), "no more than the burst")
		require.NoError(t, r.Refund(t.Context(), "new"), "it has none")
		require.Equal(t, SharedBurst, take("new"))
	}

	var allowed atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if ok, err := l.Allow(t.Context(), "at once"); ok && err == nil {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, SharedBurst, allowed.Load())
}

// TestAdmitter is TestNonceCache, TestLimiter, and what an Admitter has to do beside.
func TestAdmitter(t *testing.T, a frontend.Admitter, pass func(time.Duration)) {
	t.Run("NonceCache", func(t *testing.T) { TestNonceCache(t, a, pass) })
	t.Run("Limiter", func(t *testing.T) { TestLimiter(t, a, pass) })
	t.Run("Admit", func(t *testing.T) {
		for i, tt := range []struct {
			nonce          string
			allowed, fresh bool
		}{
			{"1", true, true},
			{"1", true, false}, {"1", true, false}, {"1", true, false}, // a replayed request takes no token
			{"2", true, true},
			{"3", true, true},
			{"4", false, false},
			{"1", false, false}, // the token comes first
		} {
			allowed, fresh, err := a.Admit(t.Context(), "admit", tt.nonce, 10*time.Minute)
			require.NoError(t, err)
			require.Equal(t, tt.allowed, allowed, i)
			require.Equal(t, tt.fresh, fresh && allowed, i)
		}
		pass(100 * time.Second)
		allowed, fresh, err := a.Admit(t.Context(), "admit", "4", time.Minute)
		require.NoError(t, err)
		require.True(t, allowed && fresh, "one that was not allowed has left no nonce behind")
		fresh, err = a.Use(t.Context(), "admit", "2", time.Minute)
		require.NoError(t, err)
		require.False(t, fresh, "the nonces of both calls are the same")
	})
}
