// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"math"
	"regexp"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// A Provider is one of the front ends.
type Provider string

// The providers, by their names in frontend.Event, with the rate of each access key.
const (
	Alibaba  Provider = "alibaba"  // signer/alikms: 200 requests a second, 200 at once
	Tencent  Provider = "tencent"  // signer/tencentkms: 100 and 100
	Instance Provider = "instance" // signer/dkms: 200 and 200
)

// defaults are the limits of the front ends, and their windows.
var defaults = map[Provider]struct {
	rate   int
	window time.Duration
}{
	Alibaba:  {200, 15 * time.Minute},
	Tencent:  {100, 5 * time.Minute},
	Instance: {200, 15 * time.Minute},
}

const (
	defaultPrefix  = "kmsigner:"
	defaultTimeout = 50 * time.Millisecond
	// maxRate is the highest that µs can tell.
	maxRate = 100_000
	// maxFill is the longest that a bucket may take to be full.
	maxFill = 24 * time.Hour
)

// An Option changes what [New] returns. If one is given twice, the last one counts.
type Option func(*Store) error

// WithRate sets how many requests an access key may send in a second, and how many of
// them at once, over all replicas. The rate is positive and up to 100,000, or
// math.Inf(1), which is no limit; the burst is positive, and a bucket of it must be full
// again within a day. The default is the provider's.
func WithRate(perSecond float64, burst int) Option {
	return func(s *Store) error {
		if math.IsInf(perSecond, 1) {
			s.rate, s.burst = perSecond, max(burst, 1)
			return nil
		}
		switch {
		case !(perSecond > 0) || burst < 1:
			return invalid("WithRate", "the rate and the burst have to be positive")
		case perSecond > maxRate:
			return invalid("WithRate", "the rate is more than "+strconv.Itoa(maxRate))
		case float64(burst)/perSecond > maxFill.Seconds():
			return invalid("WithRate", "the bucket takes more than "+maxFill.String()+" to be full")
		}
		s.rate, s.burst = perSecond, burst
		return nil
	}
}

// WithPrefix sets what the keys in Redis begin with, after "{": 1 to 64 letters, digits,
// '.', '_', ':' and '-'. The default is "kmsigner:". Services that do not know the same
// access keys need different ones.
func WithPrefix(prefix string) Option {
	return func(s *Store) error {
		if !prefixes.MatchString(prefix) {
			return invalid("WithPrefix", "it is not 1 to 64 letters, digits, '.', '_', ':' and '-'")
		}
		s.prefix = prefix
		return nil
	}
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// WithTimeout sets how long a call may take, connecting and repeating included: 50 ms by
// default. It has to be positive.
func WithTimeout(d time.Duration) Option {
	return func(s *Store) error {
		if d <= 0 {
			return invalid("WithTimeout", "the time has to be positive")
		}
		s.timeout = d
		return nil
	}
}

// WithFallback sets the limiter that counts requests without a nonce while Redis does
// not answer, for example frontend.NewLimiter(rate, burst): each replica then counts for
// itself, so that an access key has up to as many times its rate as there are replicas.
// Without it, and for every request with a nonce, the answer is then the provider's code
// for a service that is unavailable.
func WithFallback(l frontend.Limiter) Option {
	return func(s *Store) error {
		if isNil(l) {
			return invalid("WithFallback", "the limiter is nil")
		}
		s.fallback = l
		return nil
	}
}

// WithObserver sets a function that is called after each call to Redis, with its name,
// "allow", "use", "admit", "refund" or "check", the time that it took and its error: for
// metrics, the ObserveStore of signer/frontend/prometheus.
func WithObserver(observe func(operation string, d time.Duration, err error)) Option {
	return func(s *Store) error {
		if observe == nil {
			return invalid("WithObserver", "the function is nil")
		}
		s.observe = observe
		return nil
	}
}

// AcceptOlder serves requests that are older than what Redis remembers.
//
// WARNING: after a start of Redis without all of its data, each recorded request is then
// served once more while it is within the provider's window.
func AcceptOlder() Option {
	return func(s *Store) error {
		s.older = true
		return nil
	}
}

// New returns a Store for the front end of a provider. It does not connect.
//
// The client has to have ContextTimeoutEnabled, without which go-redis would wait for a
// server that hangs for ReadTimeout, whatever the context says; [NewClient] makes one.
// It returns InvalidParameter of "Client" for a client that is nil or does not have it,
// of "Provider" for one that does not exist, of "Option" for an option that is nil, and
// of the name of an option that is not valid. The Store does not close the client.
func New(client redis.UniversalClient, provider Provider, opts ...Option) (*Store, error) {
	d, ok := defaults[provider]
	switch {
	case isNil(client):
		return nil, invalid("Client", "it is nil")
	case !hasDeadlines(client):
		return nil, invalid("Client", "it has no ContextTimeoutEnabled: a server that hangs would hold requests for seconds")
	case !ok:
		return nil, invalid("Provider", "it is none of "+string(Alibaba)+", "+string(Tencent)+", "+string(Instance))
	}
	s := &Store{
		client: client, window: d.window, prefix: defaultPrefix, timeout: defaultTimeout,
		rate: float64(d.rate), burst: d.rate,
	}
	for _, o := range opts {
		if o == nil {
			return nil, invalid("Option", "an option is nil")
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	s.base = "{" + s.prefix + string(provider) + "}:"
	s.interval = "0"
	if !math.IsInf(s.rate, 1) {
		s.interval = strconv.FormatFloat(1e6/s.rate, 'f', -1, 64)
	}
	return s, nil
}

// hasDeadlines reports whether the client follows the deadlines of contexts. Of a client
// that is not go-redis's own it is taken for granted.
func hasDeadlines(client redis.UniversalClient) bool {
	switch c := client.(type) {
	case *redis.Client:
		return c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return c.Options().ContextTimeoutEnabled
	}
	return true
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
