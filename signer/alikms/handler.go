// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"net/http"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

const (
	apiVersion = "2016-01-20"
	window     = 15 * time.Minute
	perSecond  = 200
)

// An Authenticator is a [frontend.Authenticator].
type Authenticator = frontend.Authenticator

// A HandlerOption is a [frontend.Option].
type HandlerOption = frontend.Option

// maxForm is the most bytes of a query and of a form. The largest real request, a
// verification with RSA_3072 and temporary credentials, has some 3 KB.
const maxForm = 8 << 10

// NewHandler returns a handler that serves the operations of s on the wire. The
// package documentation has the requests, the errors and the order of the checks.
//
// It has no anonymous mode: with a nil service, Store, Authenticator or option, or
// an option that cannot be followed, the handler answers every request with
// InternalFailure, and the log of [frontend.WithLogger] says why.
func NewHandler(s *Service, auth frontend.Authenticator, opts ...frontend.Option) http.Handler {
	c := kmshttp.NewConfig(opts)
	if s == nil || kmshttp.IsNil(s.Store) {
		c.Misconfigured("Service", "it is nil or has no Store")
	} else {
		c.CheckStore(s.Store)
	}
	return kmshttp.NewHandler(dialect(s, auth), c)
}

func dialect(s *Service, auth frontend.Authenticator) kmshttp.Dialect {
	return kmshttp.Dialect{
		Provider: "alibaba", Protocol: kmshttp.AlibabaKMS,
		Methods: []string{"GET", "POST"}, Path: "/",
		Header: header, MaxQuery: maxForm, MaxBody: maxForm,
		NewRequestID:    func() string { return strings.ToUpper(kmshttp.NewUUID()) },
		RequestIDHeader: "X-Acs-Request-Id",
		Window:          window, Rate: perSecond,
		Schemes: []string{"ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", rpcScheme},
		Claim:   claim, Lookup: kmshttp.Secrets(auth),
		Version: apiVersion, Operations: operations(s), Changes: changes(s),
		Encode: encode,
	}
}

func header(name string) kmshttp.HeaderRule {
	if strings.HasPrefix(name, "X-Acs-") {
		return kmshttp.OneWord
	}
	return kmshttp.Unread
}

// claim finds the access key in the scheme of the signature.
func claim(r *kmshttp.Request, x *kmshttp.Exchange) (*kmshttp.Claim, error) {
	form := ""
	if len(r.Body) > 0 && r.MediaType == kmshttp.FormType {
		form = string(r.Body)
	}
	// The format is for the answer to a request that is not or cannot be parsed: XML
	// if there is one Format that says so, whatever the rest is.
	var v [3]string
	err := kmshttp.Peek(v[:], []string{"Format", "AccessKeyId", "SecurityToken"}, r.RawQuery, form)
	x.Format = strings.ToUpper(v[0])
	switch {
	case len(r.Body) > 0 && r.MediaType != kmshttp.FormType:
		return nil, kmshttp.Invalid("Content-Type", "a body has to be "+kmshttp.FormType)
	case r.Header.Get("Authorization") != "":
		return claimACS3(r, form, x)
	case err != nil:
		return nil, err
	}
	return claimRPC(r, form, v[1], v[2], x)
}

// parseParams decodes the parameters, and notes the format of the answer.
func parseParams(r *kmshttp.Request, form string, x *kmshttp.Exchange) (kmshttp.Params, error) {
	p, err := kmshttp.ParseForms(r.RawQuery, form)
	if err != nil {
		return nil, err
	}
	return p, setFormat(x, p.Get("Format"))
}
