// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// A request's count and nonce: in memory, in one trip to a Redis on this machine, and in
// two.
func BenchmarkAdmit(b *testing.B) {
	server := services.Redis(b)
	client := connect(b, server)
	s := open(b, client, AcceptOlder(), WithRate(maxRate, 1_000_000))
	require.NoError(b, s.Check(b.Context()))
	var n atomic.Int64
	separately := func(l frontend.Limiter, c frontend.NonceCache) func(ctx context.Context, id, nonce string) bool {
		return func(ctx context.Context, id, nonce string) bool {
			allowed, err := l.Allow(ctx, id)
			if err != nil || !allowed {
				return false
			}
			fresh, err := c.Use(ctx, id, nonce, 16*time.Minute)
			return fresh && err == nil
		}
	}
	for _, bench := range []struct {
		name  string
		admit func(ctx context.Context, id, nonce string) bool
	}{
		{"memory", separately(frontend.NewLimiter(1e9, 1e9), frontend.NewNonceCache(1<<30))},
		{"redis", func(ctx context.Context, id, nonce string) bool {
			_, fresh, err := s.Admit(ctx, id, nonce, 16*time.Minute)
			return fresh && err == nil
		}},
		{"redis, two trips", separately(s, s)},
	} {
		for _, parallel := range []bool{false, true} {
			b.Run(bench.name+map[bool]string{false: "", true: ", parallel"}[parallel], func(b *testing.B) {
				b.ReportAllocs()
				once := func() {
					if i := n.Add(1); !bench.admit(b.Context(), strconv.FormatInt(i%100, 10), strconv.FormatInt(i, 10)) {
						b.Error("refused")
					}
				}
				if parallel {
					b.SetParallelism(8)
					b.RunParallel(func(p *testing.PB) {
						for p.Next() {
							once()
						}
					})
					return
				}
				for b.Loop() {
					once()
				}
			})
		}
	}
}
