package frontend

import (
	"context"
	"log/slog"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An Option changes what alikms.NewHandler or tencentkms.NewHandler returns. If an
// option is given twice, the last one counts. One that cannot be followed is never
// ignored: the handler refuses every request.
type Option func(*kmshttp.Config)

// WithAuthorize has every operation ask whether it is allowed. Without it,
// everybody who is authenticated may do everything with every key.
//
// The principal is the access key id. The action is the operation's name, such as
// "AsymmetricSign". The key is its concrete id, also if the request had an alias or
// an ARN, so that another spelling does not get around a rule; for a name that
// leads to no key, it is that name. It is "" for ListAlgorithms, which has no key.
//
// A nil error allows. An error that errors.Is matches with errors.Unavailable, and
// a context error, mean that nobody can tell at present; every other error denies.
// Denied requests have one and the same answer, whether the key exists or not.
func WithAuthorize(authorize func(ctx context.Context, principal, action, keyID string) error) Option {
	return func(c *kmshttp.Config) {
		if authorize == nil {
			c.Misconfigured("WithAuthorize", "the function is nil")
		}
		c.Authorize = authorize
	}
}

// WithLogger has every request leave one line in the log; the package
// documentation says what is in it. Without it nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *kmshttp.Config) {
		if l == nil {
			c.Misconfigured("WithLogger", "the logger is nil")
		}
		c.Logger = l
	}
}

// WithNonces replaces the handler's own cache of nonces. Handlers and replicas
// that know the same access keys need one in common: each for itself, they let a
// request in once each.
func WithNonces(n NonceCache) Option {
	return func(c *kmshttp.Config) {
		if kmshttp.IsNil(n) {
			c.Misconfigured("WithNonces", "the cache is nil")
		}
		c.Nonces = n
	}
}

// WithRate sets how many requests an access key may send in a second, over all
// operations, and how many of them at once. Both have to be positive. The rate may
// be math.Inf(1), which is no limit, whatever the burst. The default is 200 and 200 for Alibaba, 100
// and 100 for Tencent. Each handler counts for itself.
func WithRate(perSecond float64, burst int) Option {
	return func(c *kmshttp.Config) { c.SetRate(perSecond, burst) }
}

// WithClock replaces time.Now as what time stamps are compared with, requests are
// counted by, and the handler's own cache of nonces forgets by. One from
// [NewNonceCache] has time.Now.
func WithClock(now func() time.Time) Option {
	return func(c *kmshttp.Config) {
		if now == nil {
			c.Misconfigured("WithClock", "the clock is nil")
		}
		c.Now = now
	}
}
