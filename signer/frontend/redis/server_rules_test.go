// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/services"
)

// In a cluster a script may touch one slot only.
func TestCluster(t *testing.T) {
	server := services.Redis(t, "cluster-enabled yes")
	client := connect(t, server)
	require.NoError(t, client.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	require.Eventually(t, func() bool {
		return strings.Contains(client.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	}, time.Minute, 10*time.Millisecond)
	require.ErrorContains(t, client.MGet(t.Context(), "a", "b").Err(), "CROSSSLOT")
	cluster := redis.NewClusterClient(&redis.ClusterOptions{
		ContextTimeoutEnabled: true,
		ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) {
			return []redis.ClusterSlot{{End: 16383, Nodes: []redis.ClusterNode{{Addr: server.Socket}}}}, nil
		},
		NewClient: func(o *redis.Options) *redis.Client {
			o.Network = "unix"
			return redis.NewClient(o)
		},
	})
	defer cluster.Close()
	for _, prefix := range []string{"kmsigner:", "a", "a.b-c_d:"} {
		s := open(t, cluster, WithRate(fronttest.SharedRate, fronttest.SharedBurst), AcceptOlder(), WithPrefix(prefix))
		require.NoError(t, s.Check(t.Context()))
		c := open(t, client, WithRate(fronttest.SharedRate, fronttest.SharedBurst), AcceptOlder(), WithPrefix(prefix))
		fronttest.TestAdmitter(t, s, pass(t, c))
		require.NoError(t, client.FlushAll(t.Context()).Err())
	}
	server.Pause()
	requireGone(t, cluster)
}

// The user of the package documentation may do what a Store does, and nothing else.
func TestPermissions(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	rule := regexp.MustCompile(`ACL SETUSER kms on >PASSWORD (.*)`).FindStringSubmatch(string(doc))
	require.NotNil(t, rule)
	server := services.Redis(t)
	admin := connect(t, server)
	args := []any{"ACL", "SETUSER", "kms", "on", ">pw"}
	for _, r := range strings.Fields(rule[1]) {
		args = append(args, r)
	}
	require.NoError(t, admin.Do(t.Context(), args...).Err())

	client, err := NewClient("unix://kms:pw@" + server.Socket)
	require.NoError(t, err)
	defer client.Close()
	s := open(t, client, WithRate(fronttest.SharedRate, fronttest.SharedBurst), AcceptOlder())
	require.NoError(t, s.Check(t.Context()))
	fronttest.TestAdmitter(t, s, pass(t, open(t, admin)))
	require.ErrorContains(t, client.Keys(t.Context(), "*").Err(), "NOPERM")
	require.ErrorContains(t, client.Get(t.Context(), "other").Err(), "NOPERM")

	// Without INFO the policy is not known, and all else works; with no permission nothing.
	require.NoError(t, admin.Do(t.Context(), "ACL", "SETUSER", "kms", "-info").Err())
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, admin.Do(t.Context(), "ACL", "SETUSER", "kms", "-evalsha").Err())
	require.ErrorIs(t, s.Check(t.Context()), errors.Unavailable)
}

// A server that may evict keys is not fit.
func TestCheck_eviction(t *testing.T) {
	client := connect(t, services.Redis(t))
	s := open(t, client)
	for _, tt := range []struct {
		memory, policy string
		fit            bool
	}{
		{"0", "noeviction", true}, {"0", "allkeys-lru", true}, {"100mb", "noeviction", true},
		{"100mb", "allkeys-lru", false}, {"100mb", "volatile-ttl", false}, {"100mb", "volatile-lru", false},
	} {
		require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", tt.memory).Err())
		require.NoError(t, client.ConfigSet(t.Context(), "maxmemory-policy", tt.policy).Err())
		err := s.Check(t.Context())
		if tt.fit {
			require.NoError(t, err, tt)
			continue
		}
		require.ErrorIs(t, err, errors.Unavailable, tt)
		require.ErrorContains(t, err, tt.policy)
	}

	// A server that is full forgets nothing, and takes nothing.
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err())
	older := open(t, client, AcceptOlder())
	fresh, err := older.Use(t.Context(), "id", "n", time.Minute)
	require.NoError(t, err)
	require.True(t, fresh)
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	fresh, err = older.Use(t.Context(), "id", "n2", time.Minute)
	require.ErrorIs(t, err, errors.Unavailable)
	require.False(t, fresh)
	fresh, err = older.Use(t.Context(), "id", "n", time.Minute)
	require.False(t, fresh, err)
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	fresh, err = older.Use(t.Context(), "id", "n2", time.Minute)
	require.NoError(t, err)
	require.True(t, fresh, "what failed was not used")
}

// No request is served by what another program has written under the store's keys.
func TestTampered(t *testing.T) {
	client := connect(t, services.Redis(t))
	s := open(t, client)
	require.NoError(t, s.Check(t.Context()))
	pass(t, s)(time.Hour)
	for name, key := range map[string]string{
		"since": s.sinceKey(), "bucket": s.bucketKey("id"), "nonce": s.nonceKey("id", "n"),
	} {
		old, _ := client.Get(t.Context(), key).Result()
		for value, write := range map[string]func(){
			"a list": func() { client.LPush(t.Context(), key, "x") },
			"text":   func() { client.Set(t.Context(), key, "x", 0) },
		} {
			require.NoError(t, client.Del(t.Context(), key).Err())
			write()
			allowed, fresh, err := s.Admit(t.Context(), "id", "n", 16*time.Minute)
			require.False(t, allowed && fresh, "%s is %s", name, value)
			if name != "nonce" {
				require.ErrorIs(t, err, errors.Unavailable)
			}
		}
		require.NoError(t, client.Del(t.Context(), key).Err())
		if old != "" {
			require.NoError(t, client.Set(t.Context(), key, old, 0).Err())
		}
	}
	allowed, fresh, err := s.Admit(t.Context(), "id", "n", 16*time.Minute)
	require.NoError(t, err)
	require.True(t, allowed && fresh)
}

// After the server's clock goes back, no more requests are served than before, and none is
// rejected for longer than a bucket takes to be full.
func TestClockGoesBack(t *testing.T) {
	s := open(t, connect(t, services.Redis(t)), WithRate(fronttest.SharedRate, fronttest.SharedBurst))
	move := pass(t, s)
	_, err := s.Allow(t.Context(), "id")
	require.NoError(t, err)
	move(-time.Hour)                                            // the bucket is full in an hour and more
	fresh, err := s.Use(t.Context(), "id", "n", 17*time.Minute) // age -1 minute
	require.NoError(t, err)
	require.True(t, fresh)
	ok, err := s.Allow(t.Context(), "id")
	require.NoError(t, err)
	require.False(t, ok)
	move(100 * time.Second)
	for _, want := range []bool{true, false} {
		ok, err = s.Allow(t.Context(), "id")
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
}

func TestNew(t *testing.T) {
	client, err := NewClient("redis://localhost:1")
	require.NoError(t, err)
	defer client.Close()
	slow := redis.NewClient(&redis.Options{})
	defer slow.Close()
	slowCluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"localhost:1"}})
	defer slowCluster.Close()
	slowRing := redis.NewRing(&redis.RingOptions{})
	defer slowRing.Close()
	for _, tt := range []struct {
		client   redis.UniversalClient
		provider Provider
		option   Option
		param    string
	}{
		{nil, Alibaba, AcceptOlder(), "Client"},
		{(*redis.Client)(nil), Alibaba, AcceptOlder(), "Client"},
		{slow, Alibaba, AcceptOlder(), "Client"},
		{slowCluster, Alibaba, AcceptOlder(), "Client"},
		{slowRing, Alibaba, AcceptOlder(), "Client"},
		{client, "", AcceptOlder(), "Provider"},
		{client, "aws", AcceptOlder(), "Provider"},
		{client, Alibaba, nil, "Option"},
		{client, Alibaba, WithRate(0, 1), "WithRate"},
		{client, Alibaba, WithRate(-1, 1), "WithRate"},
		{client, Alibaba, WithRate(math.NaN(), 1), "WithRate"},
		{client, Alibaba, WithRate(1, 0), "WithRate"},
		{client, Alibaba, WithRate(maxRate+1, 1), "WithRate"},
		{client, Alibaba, WithRate(1, 86401), "WithRate"},
		{client, Alibaba, WithRate(1e-300, 1), "WithRate"},
		{client, Alibaba, WithPrefix(""), "WithPrefix"},
		{client, Alibaba, WithPrefix("a{b}"), "WithPrefix"},
		{client, Alibaba, WithPrefix("a\n"), "WithPrefix"},
		{client, Alibaba, WithPrefix(strings.Repeat("a", 65)), "WithPrefix"},
		{client, Alibaba, WithTimeout(0), "WithTimeout"},
		{client, Alibaba, WithFallback(nil), "WithFallback"},
		{client, Alibaba, WithFallback((*Store)(nil)), "WithFallback"},
		{client, Alibaba, WithObserver(nil), "WithObserver"},
	} {
		s, err := New(tt.client, tt.provider, tt.option)
		require.ErrorIs(t, err, errors.InvalidParameter, tt.param)
		require.Nil(t, s)
		var e *errors.Error
		require.True(t, errors.As(err, &e))
		require.Equal(t, tt.param, e.Param)
	}
	for p, rate := range map[Provider]float64{Alibaba: 200, Tencent: 100, Instance: 200} {
		s, err := New(client, p)
		require.NoError(t, err)
		require.Equal(t, []any{rate, int(rate), defaultTimeout, "{kmsigner:" + string(p) + "}:"},
			[]any{s.rate, s.burst, s.timeout, s.base})
	}
}

func TestNewClient(t *testing.T) {
	for _, url := range []string{"", "http://h", "redis://u:hunter2@h:port", "redis://:hunter2@h/db",
		"redis://:hunter2@h?x=y", "://hunter2", "redis://:hunter2%@h"} {
		c, err := NewClient(url)
		require.ErrorIs(t, err, errors.InvalidParameter, url)
		require.NotContains(t, err.Error(), "hunter2")
		require.Nil(t, c)
	}
	for _, url := range []string{"redis://h", "rediss://u:p@h:1/2?pool_size=5", "unix:///s?db=1"} {
		c, err := NewClient(url)
		require.NoError(t, err, url)
		require.True(t, c.Options().ContextTimeoutEnabled)
		require.NoError(t, c.Close())
	}
}

// A Store that New has not made refuses.
func TestStore_zero(t *testing.T) {
	for _, s := range []*Store{nil, {}} {
		ok, err := s.Allow(t.Context(), "id")
		require.ErrorIs(t, err, errors.Unavailable)
		require.False(t, ok)
		ok, err = s.Use(t.Context(), "id", "n", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable)
		require.False(t, ok)
		allowed, fresh, err := s.Admit(t.Context(), "id", "n", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable)
		require.False(t, allowed || fresh)
		require.ErrorIs(t, s.Refund(t.Context(), "id"), errors.Unavailable)
		require.ErrorIs(t, s.Check(t.Context()), errors.Unavailable)
	}
}

// Whatever a client sends, the keys are of one form and length, and nothing of it is in
// them. No time to live is missing, nor 0.
func TestKeys(t *testing.T) {
	client := connect(t, services.Redis(t))
	s := open(t, client, AcceptOlder())
	form := regexp.MustCompile(`^\{kmsigner:alibaba\}:(since|(rate|nonce):[A-Za-z0-9_-]{22})$`)
	for i, text := range []string{"", "log me", "{}", "}{", "*\r\n", "\x00", strings.Repeat("x", 1<<16), "\xff"} {
		for j, ttl := range []time.Duration{math.MinInt64, -1, 0, 1, time.Microsecond, time.Minute, 31 * time.Minute,
			math.MaxInt64} {
			allowed, fresh, err := s.Admit(t.Context(), text, text+strconv.Itoa(j), ttl)
			require.NoError(t, err, ttl)
			require.True(t, allowed && fresh, "%d %d", i, j)
			left, err := client.Do(t.Context(), "PTTL", s.nonceKey(text, text+strconv.Itoa(j))).Int64()
			require.NoError(t, err)
			require.Greater(t, left+patient.Milliseconds(), ttl.Milliseconds())
			require.Positive(t, left)
		}
	}
	for _, key := range client.Keys(t.Context(), "*").Val() {
		require.Regexp(t, form, key)
		require.Equal(t, key == s.sinceKey(), client.PTTL(t.Context(), key).Val() == -1, key)
	}
}
