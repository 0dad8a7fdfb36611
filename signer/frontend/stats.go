// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"net/http"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// Stats are numbers of a handler at a moment.
type Stats struct {
	// InFlight is how many authenticated requests are in progress, of MaxInFlight.
	InFlight, MaxInFlight int
	// Nonces is how many nonces are remembered, if that is done in memory, else 0.
	Nonces int
	// AccessKeys is how many access keys have used some of their rate lately, if they are
	// counted in memory, else 0.
	AccessKeys int
}

// StatsOf returns the numbers of a handler that the NewHandler of a front end made;
// false for any other. Nonces and AccessKeys include those of handlers that share the
// [NonceCache] or the [Limiter].
func StatsOf(h http.Handler) (Stats, bool) {
	s, ok := kmshttp.StatsOf(h)
	return Stats(s), ok
}
