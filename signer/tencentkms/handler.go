// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"net/http"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

const (
	apiVersion = "2019-01-18"
	window     = 5 * time.Minute
	perSecond  = 100
)

// An Authenticator is a [frontend.Authenticator].
type Authenticator = frontend.Authenticator

// A HandlerOption is a [frontend.Option].
type HandlerOption = frontend.Option

// maxInput is the most bytes of a query and of a body. A message of 4,096 bytes in
// base64, with every character of it escaped for a form, has 16,392.
const maxInput = 24 << 10

// NewHandler returns a handler that serves the operations of s on the wire. The
// package documentation has the requests, the errors and the order of the checks.
//
// It has no anonymous mode: with a nil service, Store, Authenticator or option, or
// an option that cannot be followed, the handler answers every request with
// InternalError, and the log of [frontend.WithLogger] says why.
func NewHandler(s *Service, auth frontend.Authenticator, opts ...frontend.Option) http.Handler {
	c := kmshttp.NewConfig(opts)
	if s == nil || kmshttp.IsNil(s.Store) {
		c.Misconfigured("Service", "it is nil or has no Store")
	} else {
		c.CheckStore(s.Store)
	}
	return kmshttp.NewHandler(dialect(s, auth, c.UnsignedPayload), c)
}

func dialect(s *Service, auth frontend.Authenticator, allowUnsigned bool) kmshttp.Dialect {
	return kmshttp.Dialect{
		Provider: "tencent", Protocol: kmshttp.TencentKMS,
		Methods: []string{"GET", "POST"}, Path: "/",
		Header: header, MaxQuery: maxInput, MaxBody: maxInput,
		NewRequestID: kmshttp.NewUUID,
		Window:       window, Rate: perSecond, UnsignedPayload: true,
		Schemes: []string{tc3, hmacSHA256, hmacSHA1},
		Claim: func(r *kmshttp.Request, _ *kmshttp.Exchange) (*kmshttp.Claim, error) {
			return claim(r, allowUnsigned)
		},
		Lookup:  kmshttp.Secrets(auth),
		Version: apiVersion, Operations: operations(s), Changes: changes(s),
		Encode: encode,
	}
}

func header(name string) kmshttp.HeaderRule {
	switch {
	case !strings.HasPrefix(name, "X-Tc-"):
		return kmshttp.Unread
	case name == "X-Tc-Requestclient": // the name of the SDK, which may have spaces
		return kmshttp.OneValue
	}
	return kmshttp.OneWord
}

// claim finds the access key in the scheme of the signature.
func claim(r *kmshttp.Request, allowUnsigned bool) (*kmshttp.Claim, error) {
	if r.Header.Get("Authorization") != "" {
		return claimTC3(r, allowUnsigned)
	}
	return claimHMAC(r)
}

// AllowUnsignedPayload accepts TC3 requests with a body that is not signed, marked by
// X-TC-Content-SHA256: UNSIGNED-PAYLOAD, which the provider's SDKs send if they are
// configured so. Without it the error is AuthFailure.InvalidAuthorization. It is for
// tencentkms only: with it, a handler of another package answers every request with its
// code for an internal failure.
//
// WARNING: an attacker who can change the traffic can then have any message signed
// with any key that the client may use. Only TLS up to the handler prevents that.
func AllowUnsignedPayload() HandlerOption {
	return func(c *kmshttp.Config) { c.UnsignedPayload = true }
}
