// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
)

// patient is the deadline of the tests that are not about it: the machine is loaded.
const patient = 20 * time.Second

// go-redis logs every connection that it cannot make.
func TestMain(m *testing.M) {
	redis.SetLogger(silence{})
	m.Run()
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// connect returns a client of a server that is closed at the end of the test.
func connect(t testing.TB, s *services.RedisServer) *redis.Client {
	t.Helper()
	client, err := NewClient(s.URL)
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	return client
}

// open returns a Store that is patient, and does not mind old requests unless it is
// told to.
func open(t testing.TB, client redis.UniversalClient, opts ...Option) *Store {
	t.Helper()
	s, err := New(client, Alibaba, append([]Option{WithTimeout(patient)}, opts...)...)
	require.NoError(t, err)
	return s
}

// pass makes the time of a Store pass, on its server: whatever has a time to live has
// less, and the times that it keeps are longer ago.
func pass(t testing.TB, s *Store) func(d time.Duration) {
	return func(d time.Duration) {
		t.Helper()
		ctx := t.Context()
		keys, err := s.client.Keys(ctx, "*").Result()
		require.NoError(t, err)
		for _, key := range keys {
			require.True(t, strings.HasPrefix(key, s.base), "%q", key)
			left, err := s.client.PTTL(ctx, key).Result()
			require.NoError(t, err)
			require.Equal(t, key == s.sinceKey(), left == -1, "a time to live: %s", key)
			if left == 0 || left == -2 {
				continue // it has just expired
			}
			if !strings.HasPrefix(key, s.base+"nonce:") {
				at, err := s.client.Get(ctx, key).Int64()
				require.NoError(t, err)
				require.NoError(t, s.client.Set(ctx, key, strconv.FormatInt(at-d.Microseconds(), 10), redis.KeepTTL).Err())
			}
			if key != s.sinceKey() {
				require.NoError(t, s.client.PExpire(ctx, key, left-d).Err()) // it may be in the past
			}
		}
	}
}
