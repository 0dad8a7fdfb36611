// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/services"
)

func TestStore(t *testing.T) {
	s := open(t, connect(t, services.Redis(t)), WithRate(fronttest.SharedRate, fronttest.SharedBurst), AcceptOlder())
	fronttest.TestAdmitter(t, s, pass(t, s))
}

// A bucket is full again in time, and then it is gone.
func TestBuckets(t *testing.T) {
	client := connect(t, services.Redis(t))
	for _, tt := range []struct {
		rate  float64
		burst int
	}{{200, 200}, {100, 100}, {1.0 / 3, 7}, {0.001, 80}, {maxRate, 3}, {3, 1_000}} {
		s := open(t, client, WithRate(tt.rate, tt.burst))
		ok, err := s.Allow(t.Context(), "id")
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, client.FlushAll(t.Context()).Err())
		_ = s
	}
	none := open(t, client, WithRate(math.Inf(1), 0))
	for range 10 {
		ok, err := none.Allow(t.Context(), "id")
		require.NoError(t, err)
		require.True(t, ok)
		require.NoError(t, none.Refund(t.Context(), "id"))
	}
	require.Zero(t, client.DBSize(t.Context()).Val())
}

func TestContext(t *testing.T) {
	s := open(t, connect(t, services.Redis(t)))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for _, tt := range []struct {
		ctx  context.Context
		want error
	}{{cancelled, context.Canceled}, {expired, context.DeadlineExceeded}, {nil, errors.InvalidParameter}} {
		_, err := s.Allow(tt.ctx, "id")
		require.ErrorIs(t, err, tt.want)
		_, err = s.Use(tt.ctx, "id", "n", time.Minute)
		require.ErrorIs(t, err, tt.want)
		_, _, err = s.Admit(tt.ctx, "id", "n", time.Minute)
		require.ErrorIs(t, err, tt.want)
		require.ErrorIs(t, s.Refund(tt.ctx, "id"), tt.want)
		require.ErrorIs(t, s.Check(tt.ctx), tt.want)
	}
}
