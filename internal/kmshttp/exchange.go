// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// An Exchange is one request on its way to its answer. What the log says of it is
// set when it is proven: the principal once it is authenticated, the action, the
// key and the algorithm after that.
//
// A nil Exchange is that of a call without a handler: its methods allow everything
// and note nothing.
type Exchange struct {
	RequestID, Host, ClientAddr string
	Principal, Action           string
	KeyID, VersionID, Algorithm string
	KeySpec                     keyspec.KeySpec
	// Scheme is the signature's, as the request says.
	Scheme string
	// Request is what has arrived, if it is within the limits: for answers that repeat
	// what it says.
	Request *Request
	// Format is the format of the answer, in the dialect's own words.
	Format string

	handler  *handler
	scope    scope
	deadline deadline
	frames   []string // where the service panicked
	observer string   // what became of the observer, if it panicked
	entered  bool     // it has a place in flight
}

// ID returns the id of the request.
func (x *Exchange) ID() string {
	if x == nil {
		return ""
	}
	return x.RequestID
}

// Use notes the algorithm of the call.
func (x *Exchange) Use(algorithm string) {
	if x != nil {
		x.Algorithm = algorithm
	}
}

// Key looks a key up as the function Key does, for the principal of the exchange.
func (x *Exchange) Key(ctx context.Context, store keyring.Store, keyID, versionID string) (*keyring.Version, error) {
	if x == nil {
		return Key(ctx, store, keyID, versionID, nil)
	}
	v, err := Key(ctx, store, keyID, versionID, x.Authorize)
	if err == nil {
		x.found(v)
	}
	return v, err
}

// Version looks a key version up as Key does, in any state of the key.
func (x *Exchange) Version(
	ctx context.Context, store keyring.Store, keyID, versionID string,
) (*keyring.Version, error) {
	if x == nil {
		return inAnyState(ctx, store, keyID, versionID, nil)
	}
	v, err := inAnyState(ctx, store, keyID, versionID, x.Authorize)
	if err == nil {
		x.found(v)
	}
	return v, err
}

// found notes the version that a call is about.
func (x *Exchange) found(v *keyring.Version) { x.VersionID, x.KeySpec = v.VersionID, v.KeySpec }

// Authorize asks the embedder whether the principal may do the action with a key.
// An error of any kind denies, but for those that say that it cannot be told.
func (x *Exchange) Authorize(ctx context.Context, keyID string) error {
	if x == nil {
		return nil
	}
	x.KeyID = keyID
	ask := x.handler.config.Authorize
	if ask == nil {
		return nil
	}
	err := ask(ctx, x.Principal, x.Action, keyID)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errors.Unavailable) || IsContext(err):
		return unavailable(err, "it cannot be told at present whether this is allowed")
	}
	const reason = "the principal may not do this with this key"
	return &errors.Error{Code: errors.AccessDenied, Reason: reason, Err: opaque{err}}
}

// A scope is the context of an exchange's request, which has the exchange as a value.
// It is part of the exchange, as the deadline is, to save two allocations a request.
type scope struct {
	context.Context
	exchange *Exchange
}

type exchangeKey struct{}

// Value implements context.Context.
func (s *scope) Value(key any) any {
	if key == (exchangeKey{}) {
		return s.exchange
	}
	return s.Context.Value(key)
}

// RequestID returns the id of the request that a context is of, or "".
func RequestID(ctx context.Context) string {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	return x.ID()
}
