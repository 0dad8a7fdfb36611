// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

func TestCache_stats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newTable(t)
		c := NewCache(b.load, CacheOptions{MaxAge: time.Second, MaxStale: time.Minute})
		lookup := func(names ...string) {
			for _, n := range names {
				_, _ = c.Lookup(t.Context(), n, "")
			}
		}
		lookup("k", "k", "alias/a", "x", "x", "no name")
		require.Equal(t, CacheStats{Lookups: 5, Loads: 3, Names: 3, Versions: 1}, c.Stats())
		time.Sleep(time.Second)
		b.err = errors.Unavailable
		lookup("k", "k", "alias/b")
		require.Equal(t, CacheStats{Lookups: 8, Loads: 5, Failures: 2, Stale: 1, Names: 3, Versions: 1}, c.Stats())
		b.err = nil
		c.Forget("")
		require.Equal(t, CacheStats{Lookups: 8, Loads: 5, Failures: 2, Stale: 1}, c.Stats())
	})
	require.Zero(t, (*Cache)(nil).Stats())
}
