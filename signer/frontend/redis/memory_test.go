// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
)

// The memory of the server is what package documentation says, and it is given back.
// KMSIGNER_NIGHTLY makes it a million nonces.
func TestMemory(t *testing.T) {
	count, ttl := 8_000, 500*time.Millisecond
	if os.Getenv("KMSIGNER_NIGHTLY") != "" {
		count, ttl = 1_000_000, time.Minute
	}
	client := connect(t, services.Redis(t))
	s := open(t, client, AcceptOlder(), WithRate(maxRate, 1_000_000))
	require.NoError(t, s.Check(t.Context()))
	before := used(t, client)
	const clients = 1000
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < count; i += 8 {
				_, fresh, err := s.Admit(t.Context(), strconv.Itoa(i%clients), strconv.Itoa(i), 16*time.Minute)
				if err != nil || !fresh {
					t.Error(fresh, err)
					return
				}
			}
		})
	}
	all.Wait()
	require.GreaterOrEqual(t, client.DBSize(t.Context()).Val(), int64(count))
	each := (used(t, client) - before) / count
	t.Logf("%d bytes a nonce", each)
	require.Less(t, each, 300) // with the buffers of some connections

	pipe := client.Pipeline()
	for _, key := range client.Keys(t.Context(), "*nonce*").Val() {
		pipe.PExpire(t.Context(), key, ttl)
	}
	_, err := pipe.Exec(t.Context())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return client.DBSize(t.Context()).Val() == 1 }, 10*time.Minute,
		50*time.Millisecond,
		"nothing is left but since")
	require.Less(t, used(t, client)-before, 100*count)
}

// used is how many bytes the server uses.
func used(t *testing.T, c *redis.Client) int {
	t.Helper()
	for line := range strings.Lines(c.Info(t.Context(), "memory").Val()) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			bytes, err := strconv.Atoi(n)
			require.NoError(t, err)
			return bytes
		}
	}
	t.Fatal("INFO has no used_memory")
	return 0
}
