package front

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"hash"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// A Claim is what a request says about its sender.
type Claim struct {
	AccessKeyID, SecurityToken string
	// StringToSign is what MAC has to be over, Signature what came.
	StringToSign string
	MAC          func(secret string) []byte
	Signature    []byte
	Time         time.Time
	// Nonce is "" if the scheme has none.
	Nonce string
}

// The longest access key id, security token and nonce.
const (
	maxAccessKeyID = 128
	maxToken       = 8 << 10
	maxNonce       = 128
)

// An Authenticator maps an access key id to its secret: frontend.Authenticator.
type Authenticator = func(ctx context.Context, accessKeyID, securityToken string) (secret string, err error)

// A gate lets in who proves an access key.
type gate struct {
	secret Authenticator
	nonces NonceCache
	now    func() time.Time
	window time.Duration
	limits *limiters
	dummy  string
}

func newGate(c *Config, auth Authenticator, window time.Duration) *gate {
	return &gate{
		secret: auth, nonces: c.Nonces, now: c.Now, window: window,
		limits: newLimiters(c.Rate, c.Burst), dummy: rand.Text(),
	}
}

// authenticate checks that the access key is known and that the signature is made
// with its secret.
func (g *gate) authenticate(ctx context.Context, c *Claim) error {
	if err := c.check(); err != nil {
		return err
	}
	secret, err := g.secret(ctx, c.AccessKeyID, c.SecurityToken)
	if err == nil && secret == "" {
		// Everybody can sign with no secret.
		err = Refuse(UnknownAccessKey, "", "")
	}
	if err != nil {
		secret = g.dummy // the same work, so that time does not tell which ids exist
	}
	match := hmac.Equal(c.MAC(secret), c.Signature)
	switch {
	case err != nil:
		return denied(err)
	case !match:
		return &errors.Error{Code: errors.Unauthenticated, Err: &Mismatch{c.StringToSign}}
	}
	return nil
}

// admit checks of an authenticated claim, in this order, that the time stamp is
// within the window, that the access key is not over its rate, and that the nonce
// is new.
func (g *gate) admit(ctx context.Context, c *Claim) error {
	now := g.now()
	age := now.Sub(c.Time)
	if age > g.window || age < -g.window {
		return Refuse(Expired, "", "")
	}

	// A token is looked for before the nonce is spent and taken after: a replayed
	// request takes none from its owner, and one that finds no token leaves no nonce
	// behind, which lets the client send it again. Of requests that find the last
	// token at the same time, one gets it; the others have spent their nonces.
	lim := g.limits.of(c.AccessKeyID, now)
	throttled := &errors.Error{Code: errors.Throttled, Reason: "the access key is over its rate"}
	if lim.TokensAt(now) < 1 {
		return throttled
	}
	if c.Nonce != "" {
		fresh, err := g.nonces.Use(ctx, c.AccessKeyID, c.Nonce, g.window-age)
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

// check refuses what no access key looks like before anybody is asked about it.
func (c *Claim) check() error {
	switch {
	case c.AccessKeyID == "" || len(c.AccessKeyID) > maxAccessKeyID:
		return Refuse(MalformedAuthorization, "", "the access key id is empty or too long")
	case len(c.SecurityToken) > maxToken:
		return Refuse(MalformedAuthorization, "", "the security token is too long")
	case len(c.Nonce) > maxNonce:
		return Refuse(MalformedAuthorization, "", "the nonce is too long")
	}
	return nil
}

// denied brings the answer of an Authenticator into one of three forms: the access
// key is inactive, nobody can tell at present, or there is no such access key.
func denied(err error) error {
	switch {
	case errors.Is(err, errors.AccessDenied):
		return Refuse(InactiveAccessKey, "", "")
	case errors.Is(err, errors.Unauthenticated):
		return Refuse(UnknownAccessKey, "", "")
	}
	return unavailable(err, "the access key cannot be looked up")
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

// HMAC returns the HMAC of a message, FIPS 198-1.
func HMAC(h func() hash.Hash, key []byte, message string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(message))
	return m.Sum(nil)
}
