// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kmsigner/kmsigner/errors"
)

// NewClient returns a client of the server that a URL names, for [New]:
//
//	redis://USER:PASSWORD@HOST:PORT/DB    rediss:// with TLS
//	unix://USER:PASSWORD@/PATH?db=DB
//
// and go-redis's options as parameters, "?pool_size=50". It does not connect. For a
// cluster or Sentinel, make the client with go-redis and set ContextTimeoutEnabled.
//
// It returns InvalidParameter of "URL" for what is no such URL.
func NewClient(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil { // its text may have the password
		return nil, invalid("URL", "it is not redis://, rediss:// or unix:// with options that go-redis has")
	}
	options.ContextTimeoutEnabled = true
	return redis.NewClient(options), nil
}

// Check reports whether the server answers and keeps what it is given: for the start of
// a program and its readiness. It begins the store's memory of nonces if there is none.
//
// It waits for a connection for up to a second, if the store's deadline is shorter; then
// the server has to answer within that.
//
// It returns Unavailable if the server, in a cluster one of its primaries, does not
// answer in time or not as it should, and if it may evict keys before their time, that is,
// if it has a maxmemory and a maxmemory-policy other than noeviction; and the context's
// error. Where INFO is not permitted the policy is not checked.
func (s *Store) Check(ctx context.Context) error {
	if !s.usable() {
		return errUnusable
	}
	since := s.sinceKey()
	begin := func(ctx context.Context) error {
		_, err := s.run(ctx, []string{since, since, since}, []any{"0", 1, 0, "", "", "0"})
		return err
	}
	policy := func(ctx context.Context) error {
		if c, ok := s.client.(*redis.ClusterClient); ok {
			return c.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error { return checkPolicy(ctx, c) })
		}
		return checkPolicy(ctx, s.client)
	}
	// To connect may take longer than a call may.
	patience := max(s.timeout, time.Second)
	for _, step := range []struct {
		timeout time.Duration
		do      func(ctx context.Context) error
	}{{patience, begin}, {patience, policy}, {s.timeout, begin}} {
		if err := s.callWithin(ctx, step.timeout, "check", step.do); err != nil {
			return err
		}
	}
	return nil
}

func checkPolicy(ctx context.Context, c redis.Cmdable) error {
	info, err := c.Info(ctx, "memory").Result()
	if redis.HasErrorPrefix(err, "NOPERM") {
		return nil
	}
	if err != nil {
		return err
	}
	fields := map[string]string{}
	for line := range strings.SplitSeq(info, "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields[name] = value
	}
	if policy := fields["maxmemory_policy"]; fields["maxmemory"] != "0" && policy != "noeviction" {
		return &errors.Error{
			Code:   errors.Unavailable,
			Reason: "maxmemory-policy is " + strconv.Quote(policy) + ", not noeviction: Redis may forget nonces early",
		}
	}
	return nil
}
