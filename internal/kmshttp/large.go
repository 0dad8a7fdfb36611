// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"net/http"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
)

// A body of more than smallBody is large. A handler has at most maxLarge of them in
// memory, since unauthenticated clients can send them: what the signature covers has to
// be read before the client is known.
const (
	smallBody = 64 << 10
	maxLarge  = 64
)

// newLarge returns the places of the large bodies of a dialect, or nil if it has none.
func newLarge(d *Dialect) place {
	if d.MaxBody <= smallBody {
		return nil
	}
	return make(place, maxLarge)
}

// A place is that of a large body, or nil.
type place chan struct{}

func (p place) release() {
	if p != nil {
		<-p
	}
}

// reserve takes a place for the body of a request, if it needs one.
func (d *Dialect) reserve(r *http.Request) (place, error) {
	if d.large == nil || !hasBody(r) || 0 <= r.ContentLength && r.ContentLength <= smallBody {
		return nil, nil
	}
	select {
	case d.large <- struct{}{}:
		return d.large, nil
	default:
		reason := "there are " + strconv.Itoa(maxLarge) + " large bodies in flight"
		return nil, &errors.Error{Code: errors.Unavailable, Reason: reason}
	}
}
