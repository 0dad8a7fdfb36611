// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
)

// Whatever happens to Redis at whatever moment, of the same request sent again and again
// to two replicas no more than one is served. KMSIGNER_NIGHTLY makes it 300 faults.
func TestRestarts(t *testing.T) {
	faults := 4
	if os.Getenv("KMSIGNER_NIGHTLY") != "" {
		faults = 300
	}
	server := services.Redis(t) // without a disk
	admin := connect(t, server)
	var stores []*Store
	for range 2 {
		s, err := New(connect(t, server), Alibaba, WithTimeout(200*time.Millisecond), WithRate(maxRate, 1e6))
		require.NoError(t, err)
		requireBack(t, s)
		stores = append(stores, s)
	}
	var requests, served atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				nonce, stamp, times := strconv.FormatInt(requests.Add(1), 10), time.Now(), 0
				for i := range 6 {
					age := time.Since(stamp)
					_, fresh, err := stores[i%2].Admit(t.Context(), "id", nonce, 15*time.Minute-age+clockSkew)
					if fresh && err == nil {
						times++
					}
					time.Sleep(rand.N(15 * time.Millisecond))
				}
				if times > 1 {
					t.Errorf("served %d times", times)
				}
				served.Add(int64(times))
			}
		})
	}
	for i := range faults {
		before := served.Load()
		require.Eventually(t, func() bool { return served.Load() > before+20 }, time.Minute, time.Millisecond)
		switch i % 4 {
		case 0, 2:
			server.Kill()
			server.Start()
		case 1:
			require.NoError(t, admin.FlushAll(t.Context()).Err())
		case 3:
			server.Pause()
			time.Sleep(rand.N(300 * time.Millisecond))
			server.Resume()
		}
	}
	close(stop)
	all.Wait()
	t.Logf("%d requests, %d served", requests.Load(), served.Load())
}
