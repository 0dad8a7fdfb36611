// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// A Limiter counts the requests of access keys. Implement it where several replicas
// share one rate; module signer/frontend/redis has one in Redis. It must be safe for
// concurrent use.
type Limiter interface {
	// Allow reports whether the access key may send a request now, and counts it if so.
	// It is called for requests that are properly signed and in time, before their
	// nonce is checked. An error that errors.Is matches with errors.Throttled means
	// false; after any other the answer is the provider's code for a service that is
	// unavailable.
	Allow(ctx context.Context, accessKeyID string) (bool, error)
}

// A Refunder is a [Limiter] that takes back what Allow has counted. A handler calls
// Refund for a request that was allowed and is then not served because of its nonce.
// Without it, a recorded request that is sent again and again uses up the rate of its
// owner.
type Refunder interface {
	// Refund takes one request back. An error has no consequences.
	Refund(ctx context.Context, accessKeyID string) error
}

// An Admitter is a [Limiter] and a [NonceCache] in one that answers for both in one
// call, which saves a trip to a server. A handler that has the same one from
// [WithLimiter] and from [WithNonces] calls Admit for requests with a nonce, and Allow
// for those without: those of TC3, and of the KMS Instance API without WithNonces.
type Admitter interface {
	Limiter
	NonceCache
	// Admit does what Allow and, if that allows the request, Use do. A request whose
	// nonce is not fresh is not counted; one that is not allowed uses no nonce, and
	// then fresh does not matter. Errors mean what those of Allow mean.
	Admit(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (allowed, fresh bool, err error)
}

// NewLimiter returns a Limiter in memory, the one that a handler has by itself: each
// access key has a bucket of burst tokens that gets perSecond of them a second, and a
// request takes one. It is a [Refunder]. Use it where the rate is shared by handlers of
// one process, or as what is left when a limiter elsewhere does not answer. A rate of
// math.Inf(1) is no limit. With a rate or a burst that is not positive, every call
// returns errors.Unavailable.
func NewLimiter(perSecond float64, burst int) Limiter { return kmshttp.NewLimiter(perSecond, burst) }
