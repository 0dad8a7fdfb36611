package tencentkms

import (
	"context"
	"net/http"
	"time"

	"github.com/kmsigner/kmsigner/internal/front"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

const (
	apiVersion = "2019-01-18"
	window     = 5 * time.Minute
	perSecond  = 100
)

// An Authenticator returns the secret of an access key: see
// [frontend.Authenticator] and [frontend.StaticKeys].
type Authenticator = frontend.Authenticator

// A HandlerOption is an option of package frontend, such as
// [frontend.WithAuthorize] and [frontend.WithLogger].
type HandlerOption = frontend.Option

// NewHandler returns a handler that serves the operations of s on the wire. The
// package documentation says what it accepts, refuses and answers.
//
// It has no anonymous mode: with a nil service, Store, Authenticator or option, or
// an option that it cannot follow, the handler answers every request with
// InternalError, and the log of [frontend.WithLogger] says why.
func NewHandler(s *Service, auth Authenticator, opts ...HandlerOption) http.Handler {
	c := front.NewConfig(perSecond, opts)
	if s == nil || front.IsNil(s.Store) {
		c.Misconfigured("Service", "it is nil or has no Store")
	}
	d := &dialect{service: s, allowUnsigned: c.UnsignedPayload}
	return front.NewHandler(front.Handler{Protocol: front.TencentKMS, Answer: d.answer, Encode: encode}, c, auth, window)
}

// AllowUnsignedPayload accepts TC3 requests with a body that is not signed, marked by
// X-TC-Content-SHA256: UNSIGNED-PAYLOAD, which the provider's SDKs send if they are
// told to. Without it such a request is refused as AuthFailure.InvalidAuthorization.
// It is for tencentkms only: another front end refuses every request with it.
//
// WARNING: whoever can change the traffic can then have any message signed with
// any key that the sender may use. Only TLS up to the handler prevents that.
func AllowUnsignedPayload() HandlerOption {
	return func(c *front.Config) { c.UnsignedPayload = true }
}

type dialect struct {
	service       *Service
	allowUnsigned bool
}

// A call is a request, taken apart but not believed yet.
type call struct {
	claim           front.Claim
	action, version string
	// params are the operation's own.
	params front.Params
}

// answer takes a request through the checks, in the order of the package
// documentation.
func (d *dialect) answer(ctx context.Context, r *front.Request, x *front.Exchange) (any, error) {
	c, err := d.parse(r)
	if err != nil {
		return nil, err
	}
	if err := x.Admit(ctx, &c.claim); err != nil {
		return nil, err
	}
	op, err := c.operation()
	if err != nil {
		return nil, err
	}
	x.Action = c.action
	return op(ctx, d.service, c.params, x)
}

// parse reads the scheme of the signature and the parameters.
func (d *dialect) parse(r *front.Request) (*call, error) {
	if r.Header.Get("Authorization") != "" {
		return parseTC3(r, d.allowUnsigned)
	}
	return parseHMAC(r)
}

// operation finds what the action of the version is.
func (c *call) operation() (operation, error) {
	switch {
	case c.version == "":
		return nil, front.Missing("Version")
	case c.version != apiVersion:
		return nil, front.Refuse(front.UnknownVersion, "Version", "")
	case c.action == "":
		return nil, front.Missing("Action")
	}
	op, ok := operations[c.action]
	if !ok {
		return nil, front.Refuse(front.UnknownAction, "Action", "")
	}
	return op, nil
}
