// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// The longest access key id, security token and nonce.
const (
	maxAccessKeyID = 128
	maxToken       = 8 << 10
	maxNonce       = 128
)

// maxStringToSign is the longest that an answer has. Those of real requests have
// some 2 KB.
const maxStringToSign = 4 << 10

// clockSkew is how far the clocks of replicas that share a cache of nonces, or that
// of one before and after it was set, may be apart.
const clockSkew = time.Minute

// A gate admits calls that are signed by a known client, in time, within its rate, and
// not sent before.
type gate struct {
	lookup  Lookup
	schemes []string
	nonces  NonceCache
	limiter Limiter
	both    Admitter // nil if the two are not one
	now     func() time.Time
	window  time.Duration
	slots   chan struct{}
}

func newGate(d *Dialect, c *Config) *gate {
	return &gate{
		lookup: d.Lookup, schemes: c.Schemes, nonces: c.Nonces, limiter: c.Limiter, both: admitter(c.Limiter, c.Nonces),
		now: c.Now, window: d.Window, slots: make(chan struct{}, c.InFlight),
	}
}

// admitter returns the limiter if it is the cache of nonces, too, and answers for both
// in one call.
func admitter(l Limiter, n NonceCache) Admitter {
	a, ok := l.(Admitter)
	if !ok || !reflect.ValueOf(a).Comparable() || any(a) != any(n) {
		return nil
	}
	return a
}

// find returns the credential of the claimed access key. One that does not exist
// costs no more than this: the codes of the providers distinguish it from a wrong
// signature anyway, so its request need not be parsed.
func (g *gate) find(ctx context.Context, c *Claim) (credential any, err error) {
	switch {
	case g.schemes != nil && !slices.Contains(g.schemes, c.Scheme):
		return nil, Refuse(UnsupportedSignature, "", "this service does not accept it")
	case !isAccessKeyID(c.AccessKeyID):
		return nil, Refuse(MalformedAuthorization, "", "the access key id is not 1 to 128 letters, digits, '.', '_' and '-'")
	case len(c.SecurityToken) > maxToken:
		return nil, Refuse(MalformedAuthorization, "", "the security token is too long")
	}
	credential, err = g.lookup(ctx, c.AccessKeyID, c.SecurityToken)
	switch {
	case err == nil && credential != nil:
		return credential, nil
	case err == nil, errors.Is(err, errors.Unauthenticated):
		return nil, Refuse(UnknownAccessKey, "", "")
	case errors.Is(err, errors.AccessDenied):
		return nil, Refuse(InactiveAccessKey, "", "")
	}
	return nil, unavailable(err, "the access key cannot be looked up")
}

// verify checks that the call is signed with the credential.
func (g *gate) verify(c *Call, credential any) error {
	if len(c.Nonce) > maxNonce {
		return Refuse(MalformedAuthorization, "", "the nonce is too long")
	}
	if !c.Verify(credential) {
		m := &Mismatch{c.StringToSign}
		if len(m.StringToSign) > maxStringToSign {
			m.StringToSign = ""
		}
		return &errors.Error{Code: errors.Unauthenticated, Err: m}
	}
	return nil
}

// isAccessKeyID reports whether s looks like the ids that providers issue. Others
// are not told to an Authenticator, which may take them for one of these: a
// database that ignores spaces at the end would.
func isAccessKeyID(s string) bool {
	for i := range len(s) {
		if c := s[i]; !unreserved(c) || c == '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxAccessKeyID
}

// enter takes a place among the requests in flight, until leave is called.
func (g *gate) enter() error {
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
		reason := "there are " + strconv.Itoa(cap(g.slots)) + " requests in flight"
		return &errors.Error{Code: errors.Unavailable, Reason: reason}
	}
}

func (g *gate) leave() { <-g.slots }

// admit checks of an authenticated call, in this order, that the time stamp is
// within the window, that the access key is not over its rate, and that the nonce
// is new.
func (g *gate) admit(ctx context.Context, accessKeyID string, c *Call) error {
	now := g.now()
	age := now.Sub(c.Time)
	if age > g.window || age < -g.window {
		return Refuse(Expired, "", "")
	}

	if c.Nonce == "" || g.nonces == nil {
		allowed, err := g.limiter.Allow(ctx, accessKeyID)
		return throttle(allowed, err)
	}
	// With a minute more than the window, it is refused everywhere before it is
	// forgotten anywhere.
	ttl := g.window - age + clockSkew
	if g.both != nil {
		allowed, fresh, err := g.both.Admit(ctx, accessKeyID, c.Nonce, ttl)
		if err := throttle(allowed, err); err != nil {
			return err
		}
		return reuse(fresh)
	}

	// The token comes first, so that a client uses no more nonces than its rate, and
	// is given back for a request that is not served: a replayed one takes none from
	// its owner.
	allowed, err := g.limiter.Allow(ctx, accessKeyID)
	if err := throttle(allowed, err); err != nil {
		return err
	}
	fresh, err := g.nonces.Use(ctx, accessKeyID, c.Nonce, ttl)
	if err == nil && fresh {
		return nil
	}
	if r, ok := g.limiter.(Refunder); ok {
		_ = r.Refund(ctx, accessKeyID) // it costs the client a token, no more
	}
	if err != nil {
		return unavailable(err, "the cache of nonces does not answer")
	}
	return reuse(false)
}

// throttle is what a limiter's answer means for the call.
func throttle(allowed bool, err error) error {
	switch {
	case err != nil && !errors.Is(err, errors.Throttled):
		return unavailable(err, "the limiter does not answer")
	case err != nil || !allowed:
		return &errors.Error{Code: errors.Throttled, Reason: "the access key is over its rate"}
	}
	return nil
}

// reuse is what that of a cache of nonces means.
func reuse(fresh bool) error {
	if !fresh {
		return Refuse(NonceUsed, "", "")
	}
	return nil
}

// unavailable lets only context errors be matched.
func unavailable(err error, reason string) error {
	if !IsContext(err) {
		err = opaque{err}
	}
	return &errors.Error{Code: errors.Unavailable, Reason: reason, Err: err}
}

// IsContext reports whether err says that the context is done.
func IsContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// opaque is an error of an embedder's code: to be read in the log, not to be
// matched, or its code would count as that of this library's call.
type opaque struct{ err error }

func (o opaque) Error() string { return o.err.Error() }
