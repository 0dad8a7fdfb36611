// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// A Limiter counts the requests of access keys: frontend.Limiter.
type Limiter interface {
	Allow(ctx context.Context, accessKeyID string) (bool, error)
}

// A Refunder is a Limiter that takes a request back: frontend.Refunder.
type Refunder interface {
	Refund(ctx context.Context, accessKeyID string) error
}

// An Admitter is a Limiter and a NonceCache in one: frontend.Admitter.
type Admitter interface {
	Limiter
	NonceCache
	Admit(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (allowed, fresh bool, err error)
}

// minBuckets is how many access keys are counted before idle ones are looked for.
const minBuckets = 1024

// buckets are the token buckets of the access keys that have proven themselves.
// Others get no entry, so unauthenticated requests cannot fill it with names.
type buckets struct {
	rate, burst float64 // tokens a second, and at most
	now         func() time.Time

	mu    sync.Mutex
	byKey map[string]*bucket
	max   int
}

// A bucket had so many tokens at that time.
type bucket struct {
	tokens float64
	at     time.Time
}

func newBuckets(perSecond float64, burst int, now func() time.Time) *buckets {
	return &buckets{rate: perSecond, burst: float64(burst), now: now, byKey: map[string]*bucket{}, max: minBuckets}
}

// NewLimiter returns a Limiter in memory that goes by time.Now. One that is asked for
// no rate lets nothing in.
func NewLimiter(perSecond float64, burst int) Limiter {
	if math.IsInf(perSecond, 1) {
		burst = max(burst, 1)
	}
	if !(perSecond > 0) || burst < 1 {
		return noRate{}
	}
	return newBuckets(perSecond, burst, time.Now)
}

type noRate struct{}

func (noRate) Allow(context.Context, string) (bool, error) {
	return false, &errors.Error{Code: errors.Unavailable,
		Reason: "the rate and the burst of the limiter have to be positive"}
}

// Allow takes a token, if there is one.
func (l *buckets) Allow(_ context.Context, accessKeyID string) (bool, error) {
	if math.IsInf(l.rate, 1) {
		return true, nil
	}
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.byKey[accessKeyID]
	if b == nil {
		if len(l.byKey) >= l.max {
			l.dropFull(now)
		}
		b = &bucket{tokens: l.burst, at: now}
		l.byKey[accessKeyID] = b
	}
	l.fill(b, now)
	if b.tokens < 1 {
		return false, nil
	}
	b.tokens--
	return true, nil
}

// Refund puts a token back.
func (l *buckets) Refund(_ context.Context, accessKeyID string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.byKey[accessKeyID]; b != nil {
		b.tokens = min(b.tokens+1, l.burst)
	}
	return nil
}

// fill adds the tokens of the time that has passed. A clock that goes back adds
// none.
func (l *buckets) fill(b *bucket, now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.tokens+passed.Seconds()*l.rate, l.burst)
		b.at = now
	}
}

// dropFull forgets the buckets that are full again: a new one is the same. What is
// left are the access keys of the last second or so; the next search is due when
// there are twice as many.
func (l *buckets) dropFull(now time.Time) {
	for id, b := range l.byKey {
		if l.fill(b, now); b.tokens >= l.burst {
			delete(l.byKey, id)
		}
	}
	l.max = max(minBuckets, 2*len(l.byKey))
}
