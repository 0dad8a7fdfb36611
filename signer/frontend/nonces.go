// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// A NonceCache remembers which nonces were used, so that a recorded request is not
// served again. Implement it where several replicas share one; module
// signer/frontend/redis has one in Redis.
type NonceCache interface {
	// Use reports whether the nonce is fresh: not used with this access key within
	// its time to live. If it is fresh, it is used from now on, for ttl at least. ttl
	// is how long the request stays within the provider's window, and a minute for
	// clocks that differ: from one minute to twice the window and a minute. Of two
	// simultaneous calls with the same nonce one gets true. After an error of any kind
	// the answer is the provider's code for a service that is unavailable.
	Use(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (fresh bool, err error)
}

// NewNonceCache returns a NonceCache in memory for limit nonces, some 100 bytes each.
// When it has that many, an access key that has an equal part of them or more gets
// errors.Unavailable until some expire: a nonce that is forgotten early would allow its
// request to be served again. Other access keys do not, so the cache may hold more than
// limit: three times as many if ten access keys send all they can, five times if a
// hundred do. Only requests that are properly signed and within their rate use one, so
// that
//
//	access keys × (requests a second × (twice the window + 90 s) + burst)
//
// is enough; the window is 15 minutes (Alibaba) or 5 (Tencent), and half of that does
// for clients whose clock is right. With a limit below 1 every call returns
// errors.Unavailable. A cache is lost when its process ends.
func NewNonceCache(limit int) NonceCache { return kmshttp.NewNonceMemory(limit) }
