package frontend

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// A NonceCache remembers which nonces were used, so that a request that somebody
// has recorded is not let in again. Implement it where several replicas share one,
// for example over a SET with NX and PX in Redis.
type NonceCache interface {
	// Use reports whether the nonce is fresh: not used with this access key within
	// its time to live. If it is fresh, it is used from now on, for ttl at least;
	// that is at most twice the provider's window. Of two simultaneous calls with
	// the same nonce one gets true. An error of any kind refuses the request with
	// the provider's code for a service that is unavailable.
	Use(ctx context.Context, accessKeyID, nonce string, ttl time.Duration) (fresh bool, err error)
}

// NewNonceCache returns a NonceCache in memory that holds at most limit nonces,
// some 100 bytes each. When it is full it refuses nonces with errors.Unavailable
// until others expire: to forget one early would let its request in again. Only
// requests that are properly signed and within their rate use one, so that
//
//	access keys × requests a second × 900 (Alibaba) or 300 (Tencent)
//
// is enough for clients with a clock that is right. A limit below 1 refuses all.
func NewNonceCache(limit int) NonceCache { return kmshttp.NewNonceMemory(limit) }
