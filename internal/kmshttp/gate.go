package kmshttp

import (
	"context"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// The longest access key id, security token and nonce.
const (
	maxAccessKeyID = 128
	maxToken       = 8 << 10
	maxNonce       = 128
)

// A gate lets calls in that are signed by a client that is known, in time, within
// its rate, and not for the second time.
type gate struct {
	lookup Lookup
	nonces NonceCache
	now    func() time.Time
	window time.Duration
	limits *limiters
}

func newGate(d *Dialect, c *Config) *gate {
	return &gate{
		lookup: d.Lookup, nonces: c.Nonces, now: c.Now, window: d.Window,
		limits: newLimiters(c.Rate, c.Burst),
	}
}

// find returns the credential of the claimed access key. One that does not exist
// costs no more than this: the codes of the providers tell it from a wrong
// signature anyway, and strangers are not worth the work of parsing.
func (g *gate) find(ctx context.Context, c *Claim) (credential any, err error) {
	switch {
	case c.AccessKeyID == "" || len(c.AccessKeyID) > maxAccessKeyID:
		return nil, Refuse(MalformedAuthorization, "", "the access key id is empty or too long")
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
		return &errors.Error{Code: errors.Unauthenticated, Err: &Mismatch{c.StringToSign}}
	}
	return nil
}

// admit checks of an authenticated call, in this order, that the time stamp is
// within the window, that the access key is not over its rate, and that the nonce
// is new.
func (g *gate) admit(ctx context.Context, accessKeyID string, c *Call) error {
	now := g.now()
	age := now.Sub(c.Time)
	if age > g.window || age < -g.window {
		return Refuse(Expired, "", "")
	}

	// A token is looked for before the nonce is spent and taken after: a replayed
	// request takes none from its owner, and one that finds no token leaves no nonce
	// behind, which lets the client send it again. Of requests that find the last
	// token at the same time, one gets it; the others have spent their nonces.
	lim := g.limits.of(accessKeyID, now)
	throttled := &errors.Error{Code: errors.Throttled, Reason: "the access key is over its rate"}
	if lim.TokensAt(now) < 1 {
		return throttled
	}
	if c.Nonce != "" {
		fresh, err := g.nonces.Use(ctx, accessKeyID, c.Nonce, g.window-age)
		if err != nil {
			return unavailable(err, "the cache of nonces does not answer")
		}
		if !fresh {
			return Refuse(NonceUsed, "", "")
		}
	}
	if !lim.AllowN(now, 1) {
		return throttled
	}
	return nil
}

// unavailable keeps context errors as they are.
func unavailable(err error, reason string) error {
	if IsContext(err) {
		return err
	}
	return &errors.Error{Code: errors.Unavailable, Reason: reason, Err: opaque{err}}
}

// IsContext reports whether err says that the context is done.
func IsContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// opaque is an error of an embedder's code: to be read in the log, not to be
// matched, or its code would count as that of this library's call.
type opaque struct{ err error }

func (o opaque) Error() string { return o.err.Error() }
