package alikms

import (
	"context"
	"net/http"
	"time"

	"github.com/kmsigner/kmsigner/internal/front"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

const (
	apiVersion = "2016-01-20"
	window     = 15 * time.Minute
	perSecond  = 200
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
// InternalFailure, and the log of [frontend.WithLogger] says why.
func NewHandler(s *Service, auth Authenticator, opts ...HandlerOption) http.Handler {
	c := front.NewConfig(perSecond, opts)
	if s == nil || front.IsNil(s.Store) {
		c.Misconfigured("Service", "it is nil or has no Store")
	}
	if c.UnsignedPayload {
		c.Misconfigured("AllowUnsignedPayload", "it is an option of package tencentkms only")
	}
	h := &dialect{s}
	return front.NewHandler(front.Handler{Protocol: front.AlibabaKMS, Answer: h.answer, Encode: encode}, c, auth, window)
}

type dialect struct{ service *Service }

// A call is a request, taken apart but not believed yet.
type call struct {
	claim           front.Claim
	action, version string
	params          front.Params
}

// answer takes a request through the checks, in the order of the package
// documentation.
func (d *dialect) answer(ctx context.Context, r *front.Request, x *front.Exchange) (any, error) {
	c, err := parse(r, x)
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

// parse reads the parameters and the scheme of the signature.
func parse(r *front.Request, x *front.Exchange) (*call, error) {
	form := ""
	if len(r.Body) > 0 {
		if r.MediaType != front.FormType {
			guessFormat(x, r.RawQuery)
			return nil, front.Invalid("Content-Type", "a body has to be "+front.FormType)
		}
		form = string(r.Body)
	}
	p, err := front.ParseForms(r.RawQuery, form)
	if err != nil {
		guessFormat(x, r.RawQuery, form)
		return nil, err
	}
	if err := setFormat(x, p.Get("Format")); err != nil {
		return nil, err
	}
	if r.Header.Get("Authorization") != "" {
		return parseACS3(r, p)
	}
	return parseRPC(r, p)
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
