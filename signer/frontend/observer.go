// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An Event is what a request has come to, for [WithObserver]. It has no digest,
// message, signature or secret.
//
// Before a request has proven its access key, Principal, Action, KeyID, VersionID and
// Algorithm are "", and so is each of them that the request did not get to.
type Event struct {
	// Time is when the header of the request had arrived.
	Time time.Time
	// RequestID is what the client is told, too.
	RequestID string
	// Provider is whose API is served: "alibaba" or "tencent".
	Provider string
	// ClientAddr is the address that the connection is from, HOST:PORT: behind a proxy,
	// the proxy's.
	ClientAddr string
	// Scheme is how the request is signed; "" if in no way that the provider has. Until
	// there is a Principal, it is only what the request says.
	Scheme string
	// Principal is the access key id.
	Principal string
	// Action is the name of the operation.
	Action string
	// KeyID is what [WithAuthorize] is asked about: the concrete id, or a name that
	// leads to no key, up to 512 bytes as the client sent them. For CreateKey it is the new
	// one; several are joined with commas. VersionID is set for a
	// key that was found and allowed, Algorithm in the provider's spelling.
	KeyID, VersionID, Algorithm string
	// Status and Code are those of the answer; Code is "OK" for a success.
	Status int
	Code   string
	// Reason is the text of the error, for people; "" for a success. It can be more
	// than the client is told: it has the texts of errors of your own functions.
	Reason string
	// Duration is the time since Time.
	Duration time.Duration
}

// RequestID returns the id of the request that a context is of, in the functions
// that a handler calls: the [Authenticator], the [Limiter], the [NonceCache], those of
// [WithAuthorize] and [WithObserver], the store, the key and the logger. It is "" in
// another context.
func RequestID(ctx context.Context) string {
	if kmshttp.IsNil(ctx) {
		return ""
	}
	return kmshttp.RequestID(ctx)
}
