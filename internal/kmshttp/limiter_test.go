// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

func TestBuckets(t *testing.T) {
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	l := newBuckets(10, 3, func() time.Time { return now })
	allow := func() bool {
		ok, err := l.Allow(t.Context(), "a")
		require.NoError(t, err)
		return ok
	}
	take := func() (n int) {
		for allow() {
			n++
		}
		return n
	}
	require.Equal(t, 3, take(), "the burst")
	now = now.Add(99 * time.Millisecond)
	require.Equal(t, 0, take())
	now = now.Add(time.Millisecond)
	require.Equal(t, 1, take(), "one after a tenth of a second")
	now = now.Add(time.Hour)
	require.Equal(t, 3, take(), "no more than the burst")
	now = now.Add(-time.Hour)
	require.Equal(t, 0, take(), "nothing for a clock that goes back")
	require.NoError(t, l.Refund(t.Context(), "a"))
	require.Equal(t, 1, take())
	for range 9 {
		require.NoError(t, l.Refund(t.Context(), "a"))
	}
	require.Equal(t, 3, take(), "no more than the burst")
	require.NoError(t, l.Refund(t.Context(), "b"), "it has none")

	l = newBuckets(math.Inf(1), 1, func() time.Time { return now })
	for range 100 {
		require.True(t, allow())
	}
	require.Empty(t, l.byKey)
}

// However many access keys come and go, only those of the last moment are counted.
func TestBuckets_memory(t *testing.T) {
	now := time.Now()
	l := newBuckets(10, 10, func() time.Time { return now })
	allow := func(i int) bool { ok, _ := l.Allow(context.Background(), strconv.Itoa(i)); return ok }
	for i := range 10 * minBuckets {
		now = now.Add(10 * time.Millisecond)
		require.True(t, allow(i))
		require.LessOrEqual(t, len(l.byKey), minBuckets)
	}

	// Those in use are kept, however many they are.
	l = newBuckets(10, 10, func() time.Time { return now })
	for i := range 3 * minBuckets {
		for range 10 {
			require.True(t, allow(i))
		}
	}
	for i := range 3 * minBuckets {
		require.False(t, allow(i))
	}
	require.Len(t, l.byKey, 3*minBuckets)
}

func TestBuckets_concurrent(t *testing.T) {
	now := time.Now()
	l := newBuckets(1, 100, func() time.Time { return now })
	var allowed atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 50 {
				if ok, _ := l.Allow(context.Background(), "a"); ok {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 100, allowed.Load())
}

func TestNewLimiter(t *testing.T) {
	l := NewLimiter(1e-9, 2)
	for _, want := range []bool{true, true, false} {
		ok, err := l.Allow(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	for _, rate := range []float64{0, -1, math.NaN(), math.Inf(-1), 1} {
		ok, err := NewLimiter(rate, 0).Allow(t.Context(), "a")
		require.ErrorIs(t, err, errors.Unavailable, rate)
		require.False(t, ok)
	}
	ok, err := NewLimiter(math.Inf(1), 0).Allow(t.Context(), "a")
	require.True(t, ok && err == nil)
}
