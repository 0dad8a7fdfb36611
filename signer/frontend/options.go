// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An Option changes what the NewHandler of a front end returns. If an option is
// given twice, the last one counts. One that is not valid is never ignored: the handler
// answers every request with its code for an internal failure.
type Option func(*kmshttp.Config)

// WithAuthorize sets the function that decides whether an operation is allowed.
// Without it, every authenticated client may do everything with every key.
//
// The principal is the access key id. The action is the operation's name, such as
// "AsymmetricSign". The key is its concrete id, also if the request had an alias or
// an ARN, so that another spelling does not bypass a rule; for a name of no key, it is
// that name. It is "" for operations without a key: ListAlgorithms, the lists of all
// keys and aliases, and CreateKey. A client that may list sees every key. For an
// operation on several keys, and for one that moves an alias from one key to another,
// the function is called with each.
//
// A nil error allows. An error that errors.Is matches with errors.Unavailable, and a
// context error, mean that the function cannot decide at present; every other error
// denies. Denied requests have one and the same answer, whether the key exists or not.
// An error that denies and is not errors.AccessDenied is logged as a warning: it may be
// a failure of the policy itself.
func WithAuthorize(authorize func(ctx context.Context, principal, action, keyID string) error) Option {
	return func(c *kmshttp.Config) {
		if authorize == nil {
			c.Misconfigured("WithAuthorize", "the function is nil")
		}
		c.Authorize = authorize
	}
}

// WithLogger logs one line for every request, after its answer has been sent; the
// package documentation says what is in it. Without it nothing is logged.
func WithLogger(l *slog.Logger) Option {
	return func(c *kmshttp.Config) {
		if l == nil {
			c.Misconfigured("WithLogger", "the logger is nil")
		}
		c.Logger = l
	}
}

// WithNonces replaces the handler's own cache of nonces. Handlers and replicas that
// know the same access keys need to share one: with separate caches, each of them
// serves a recorded request once.
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
// be math.Inf(1), which is no limit, whatever the burst. The default is the
// provider's: see the package documentation. Each handler counts for itself, unless
// [WithLimiter] says otherwise.
//
// The rate also says how many nonces of an access key the handler's own cache holds:
//
//	rate × (2 × window + 90 s) + burst    window: 15 minutes (Alibaba), 5 minutes (Tencent)
//
// some 100 bytes each, and half of that for clients whose clock is right. It is
// 1,048,576 without a rate.
func WithRate(perSecond float64, burst int) Option {
	return func(c *kmshttp.Config) { c.SetRate(perSecond, burst) }
}

// WithLimiter replaces the handler's own count of requests. Handlers and replicas
// that share one have one rate for each access key. [WithRate] then only sizes the
// handler's own cache of nonces.
func WithLimiter(l Limiter) Option {
	return func(c *kmshttp.Config) {
		if kmshttp.IsNil(l) {
			c.Misconfigured("WithLimiter", "the limiter is nil")
		}
		c.Limiter = l
	}
}

// WithObserver sets a function that is called once for every request, when its answer
// is ready and before it is sent: for metrics, those of module
// signer/frontend/prometheus for example. The answer waits for the function, so it
// should be quick. If it panics, the answer is sent and the log says so. The context is
// that of the request, which may be done. Where an answer must not be sent without a
// record of it, use [WithAudit].
func WithObserver(observe func(context.Context, Event)) Option {
	return func(c *kmshttp.Config) {
		if observe == nil {
			c.Misconfigured("WithObserver", "the function is nil")
			return
		}
		c.Observe = func(ctx context.Context, e kmshttp.Event) { observe(ctx, Event(e)) }
	}
}

// WithAudit sets a function that records every request before its answer is sent, also
// requests that are refused and those of clients that are not authenticated. If it
// returns an error, the client gets the provider's code for a service that is
// unavailable, and no signature; if it panics, that for an internal failure. The log has
// the error. A change of a key that the request has made is not undone.
//
// The event has the answer that is about to be sent. The function of [WithObserver] is
// called after this one, with the answer that is sent. examples/audit writes to
// PostgreSQL. The context is that of the
// request, with the time limit of [WithTimeout]; it is done as well if the client has
// gone away. The request counts as in flight until the function returns.
func WithAudit(audit func(context.Context, Event) error) Option {
	return func(c *kmshttp.Config) {
		if audit == nil {
			c.Misconfigured("WithAudit", "the function is nil")
			return
		}
		c.Audit = func(ctx context.Context, e kmshttp.Event) error { return audit(ctx, Event(e)) }
	}
}

// WithManagement serves the operations that change keys, too: those that make keys and
// versions, and change aliases, states and descriptions. Without it the answer to them
// is the provider's code for an operation that is not permitted. The Store has to be a
// Manager of package keyring. A front end whose provider has no such operations ignores
// the option.
//
// WARNING: without [WithAuthorize], every client may then disable every key and
// schedule its deletion. The documentation of package tencentkms says what the
// signatures of its clients do not cover.
func WithManagement() Option {
	return func(c *kmshttp.Config) { c.Management = true }
}

// WithTimeout sets how long a request may take once it has arrived: the context of
// the [Authenticator], the [Limiter], the [NonceCache], the function of
// [WithAuthorize], the store, the key and the function of [WithAudit] is done after
// that time, and the client gets the provider's code for a service that is unavailable.
// The time has to be positive. The default is 10 seconds. A function that ignores its
// context is not interrupted.
func WithTimeout(d time.Duration) Option {
	return func(c *kmshttp.Config) { c.Timeout = d }
}

// WithMaxInFlight sets how many authenticated requests may be in progress at once. The
// answer to a further one is the provider's code for a service that is unavailable; it
// takes neither a nonce nor a token of its access key's rate. The number has to be
// positive. The default is 1,024. It bounds what waits for a slow store, a slow policy
// or an HSM; work on the processor is bounded by the rates. It is one number for all
// clients: with a key that takes seconds, keep it above the rate times that time.
func WithMaxInFlight(n int) Option {
	return func(c *kmshttp.Config) { c.InFlight = n }
}

// A Scheme is a way to sign requests, by its name on the wire.
type Scheme string

// The schemes of the providers.
const (
	ACS3HMACSHA256 Scheme = "ACS3-HMAC-SHA256" // Alibaba
	ACS3HMACSM3    Scheme = "ACS3-HMAC-SM3"    // Alibaba
	RPCHMACSHA1    Scheme = "HMAC-SHA1"        // Alibaba: the RPC signature 1.0
	TC3HMACSHA256  Scheme = "TC3-HMAC-SHA256"  // Tencent
	HmacSHA256     Scheme = "HmacSHA256"       // Tencent, the older form
	HmacSHA1       Scheme = "HmacSHA1"         // Tencent, the older form

	// RSAPKCS1SHA256 is the one of the KMS Instance API.
	RSAPKCS1SHA256 Scheme = "RSA_PKCS1_SHA_256"
)

// WithSchemes accepts these schemes only, for example to exclude HMAC-SHA1. The default
// is all of the provider's. A handler ignores the schemes of other providers, so that
// one list serves several handlers; at least one has to be its own.
func WithSchemes(schemes ...Scheme) Option {
	known := []Scheme{ACS3HMACSHA256, ACS3HMACSM3, RPCHMACSHA1, TC3HMACSHA256, HmacSHA256, HmacSHA1, RSAPKCS1SHA256}
	return func(c *kmshttp.Config) {
		c.Schemes = make([]string, 0, len(schemes))
		for _, s := range schemes {
			if !slices.Contains(known, s) {
				c.Misconfigured("WithSchemes", "there is no scheme of one of the names")
			}
			c.Schemes = append(c.Schemes, string(s))
		}
	}
}

// WithClock replaces time.Now as the clock with which time stamps are compared, rates
// are counted, and nonces of the handler's own cache expire. A cache from
// [NewNonceCache] uses time.Now.
func WithClock(now func() time.Time) Option {
	return func(c *kmshttp.Config) {
		if now == nil {
			c.Misconfigured("WithClock", "the clock is nil")
		}
		c.Now = now
	}
}
