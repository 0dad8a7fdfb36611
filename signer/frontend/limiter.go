// SPDX-License-Identifier: Apache-2.0

package frontend

import "context"

// A Limiter counts the requests of access keys. Implement it where several replicas
// share one rate. It must be safe for concurrent use.
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
