// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/rand"
	_ "embed"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// clockSkew is what the time to live of a nonce has beside the rest of its window:
// frontend.NonceCache.
const clockSkew = time.Minute

// room is for how much longer a nonce is kept than asked for: replicas whose clocks
// differ by all of clockSkew take a time stamp until the nonce is forgotten, and two
// running clocks never agree exactly.
const room = time.Second

var (
	//go:embed admit.lua
	admitScript string
	admitSHA    = redis.NewScript(admitScript).Hash()

	//go:embed refund.lua
	refundScript string
	refund       = redis.NewScript(refundScript)
)

// The answers of admit.lua.
const (
	noToken = iota
	nonceUsed
	admitted
	tooOld
)

// A Store is a frontend.Limiter and a frontend.NonceCache in Redis. It is safe for
// concurrent use.
type Store struct {
	client redis.UniversalClient
	window time.Duration

	prefix   string
	rate     float64
	burst    int
	timeout  time.Duration
	fallback frontend.Limiter
	observe  func(operation string, d time.Duration, err error)
	older    bool

	base     string // what all keys begin with
	interval string // µs a token
}

var (
	_ frontend.Admitter = (*Store)(nil)
	_ frontend.Refunder = (*Store)(nil)
)

// Allow implements frontend.Limiter: it reports whether the access key has a token left,
// and takes it. If Redis does not answer and there is a fallback, that is asked.
//
// It returns Unavailable if Redis does not answer in time or not as it should, and the
// context's error.
func (s *Store) Allow(ctx context.Context, accessKeyID string) (bool, error) {
	if s.usable() && math.IsInf(s.rate, 1) {
		return true, nil
	}
	answer, err := s.admit(ctx, "allow", accessKeyID, nil, true)
	if err != nil && s.usable() && s.fallback != nil && errors.Is(err, errors.Unavailable) {
		return s.fallback.Allow(ctx, accessKeyID)
	}
	return answer == admitted, err
}

// Refund implements frontend.Refunder: it puts a token back. Its errors are those of
// Allow.
func (s *Store) Refund(ctx context.Context, accessKeyID string) error {
	if s.usable() && math.IsInf(s.rate, 1) {
		return nil
	}
	err := s.call(ctx, "refund", func(ctx context.Context) error {
		return refund.Run(ctx, s.client, []string{s.bucketKey(accessKeyID)}, s.interval).Err()
	})
	if err == nil || !s.usable() {
		return err
	}
	if r, ok := s.fallback.(frontend.Refunder); ok {
		return r.Refund(ctx, accessKeyID)
	}
	return err
}

// Use implements frontend.NonceCache: it reports whether the nonce is fresh, and uses it.
// It is kept for ttl, and a second longer.
//
// It returns Unavailable if Redis does not answer in time or not as it should, and for a
// request that is older than what Redis remembers; and the context's error.
func (s *Store) Use(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (fresh bool, err error) {
	answer, err := s.admit(ctx, "use", accessKeyID, &nonceFor{nonce, ttl}, false)
	return answer == admitted, err
}

// Admit implements frontend.Admitter: it is Allow and Use in one trip and one step. The
// fallback is not asked, since Redis alone knows the nonces. Its errors are those of Use.
func (s *Store) Admit(
	ctx context.Context, accessKeyID, nonce string, ttl time.Duration,
) (allowed, fresh bool, err error) {
	answer, err := s.admit(ctx, "admit", accessKeyID, &nonceFor{nonce, ttl}, true)
	return answer == admitted || answer == nonceUsed, answer == admitted, err
}

// nonceFor is a nonce, with the time for which it has to be kept.
type nonceFor struct {
	nonce string
	ttl   time.Duration
}

// admit runs admit.lua, with or without a nonce and a limit.
func (s *Store) admit(
	ctx context.Context, operation, accessKeyID string, nonce *nonceFor, limited bool,
) (answer int, err error) {
	if !s.usable() {
		return noToken, errUnusable
	}
	// Without a nonce, the script does not look at its key.
	keys := []string{s.sinceKey(), s.bucketKey(accessKeyID), s.sinceKey()}
	// The value tells a call that go-redis repeats from one that another client makes.
	args := []any{"0", s.burst, 0, "", rand.Text()[:12], "0"}
	if limited {
		args[0] = s.interval
	}
	if nonce != nil {
		keys[2] = s.nonceKey(accessKeyID, nonce.nonce)
		ttl := min(max(nonce.ttl, 0), math.MaxInt64-room)
		args[2] = (ttl + room).Milliseconds()
		if !s.older {
			// The ttl is what is left of the window, and clockSkew. The request gets older
			// on the way, by the deadline at most.
			age := s.window + clockSkew - ttl
			args[3] = age.Microseconds() + s.timeout.Microseconds()
		}
	}
	err = s.call(ctx, operation, func(ctx context.Context) (err error) {
		answer, err = s.run(ctx, keys, args)
		return err
	})
	return answer, err
}

// run runs admit.lua, on a server that does not have it, too. An error has the answer
// noToken.
func (s *Store) run(ctx context.Context, keys []string, args []any) (answer int, err error) {
	answer, err = s.client.EvalSha(ctx, admitSHA, keys, args...).Int()
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		// One command does both, so that no request is served in between.
		args[len(args)-1] = "1"
		answer, err = s.client.Eval(ctx, admitScript, keys, args...).Int()
	}
	switch {
	case err != nil:
		return noToken, err
	case answer == tooOld:
		return noToken, errTooOld
	case answer < noToken || answer > admitted:
		return noToken, errors.New("the script returned " + strconv.Itoa(answer))
	}
	return answer, nil
}

// call runs f within the store's deadline.
func (s *Store) call(ctx context.Context, operation string, f func(ctx context.Context) error) error {
	if !s.usable() {
		return errUnusable
	}
	return s.callWithin(ctx, s.timeout, operation, f)
}

// callWithin runs f within a time, and makes its error one of this library.
func (s *Store) callWithin(
	ctx context.Context, timeout time.Duration, operation string, f func(ctx context.Context) error,
) error {
	if isNil(ctx) {
		return &errors.Error{Code: errors.InvalidParameter, Param: "Context", Reason: "the context is nil"}
	}
	start := time.Now()
	within, cancel := context.WithTimeout(ctx, timeout)
	err := f(within)
	cancel()
	var own *errors.Error
	switch {
	case err == nil || errors.As(err, &own):
	case ctx.Err() != nil:
		err = ctx.Err()
	case time.Since(start) >= timeout:
		err = &errors.Error{Code: errors.Unavailable, Reason: "Redis does not answer within " + timeout.String(),
			Err: opaque{err}}
	default:
		err = &errors.Error{Code: errors.Unavailable, Reason: "Redis does not answer as it should", Err: opaque{err}}
	}
	if s.observe != nil {
		s.observe(operation, time.Since(start), err)
	}
	return err
}

func (s *Store) usable() bool { return s != nil && s.client != nil }

var (
	errUnusable = &errors.Error{Code: errors.Unavailable, Param: "Store", Reason: "New has not made the store"}
	errTooOld   = &errors.Error{
		Code:   errors.Unavailable,
		Reason: "Redis remembers nonces since it was started or emptied, and the request is from before",
	}
)

// opaque is an error to be read, not to be matched: a deadline of the store is not one of
// the caller.
type opaque struct{ err error }

// Error implements error.
func (o opaque) Error() string { return o.err.Error() }
