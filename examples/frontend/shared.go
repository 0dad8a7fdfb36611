// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kmsigner/kmsigner/signer/frontend"
	kmsredis "github.com/kmsigner/kmsigner/signer/frontend/redis"
)

// shared is what replicas count together: in Redis, or with none each for itself.
type shared struct {
	client  *redis.Client
	timeout time.Duration
}

func (o *options) shared() (*shared, error) {
	if o.redis == "" {
		return &shared{}, nil
	}
	settings, err := redis.ParseURL(o.redis)
	switch {
	case err != nil: // its text may have a password
		return nil, errors.New("-redis is not a URL, redis://, rediss:// or unix://")
	case settings.Password != "":
		return nil, errors.New("-redis has a password, which other users can see: use -redis-password-file")
	}
	settings.ContextTimeoutEnabled = true
	if o.redisPasswordFile != "" {
		if _, err := readSecret(o.redisPasswordFile); err != nil {
			return nil, err
		}
		// Read for each connection: a new password needs no restart.
		settings.CredentialsProviderContext = func(context.Context) (username, password string, err error) {
			password, err = readSecret(o.redisPasswordFile)
			return settings.Username, password, err
		}
	}
	redis.SetLogger(silence{})
	client := redis.NewClient(settings)
	return &shared{client, o.redisTimeout}, nil
}

// silence is the log of go-redis: each call returns what it would say.
type silence struct{}

// Printf implements the logger of go-redis.
func (silence) Printf(context.Context, string, ...any) {}

// of returns the options of a front end, by its name.
func (s *shared) of(ctx context.Context, name string, m *metrics) ([]frontend.Option, error) {
	if s.client == nil {
		return nil, nil
	}
	store, err := kmsredis.New(s.client, kmsredis.Provider(name),
		kmsredis.WithTimeout(s.timeout), kmsredis.WithObserver(m.ObserveStore))
	if err == nil {
		err = store.Check(ctx)
	}
	if err != nil {
		return nil, err
	}
	if name == string(kmsredis.Instance) { // its clients may send the same request twice: package dkms
		return []frontend.Option{frontend.WithLimiter(store)}, nil
	}
	return []frontend.Option{frontend.WithLimiter(store), frontend.WithNonces(store)}, nil
}

func (s *shared) close() {
	if s.client != nil {
		s.client.Close()
	}
}
