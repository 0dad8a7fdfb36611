// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"context"
	"crypto/rsa"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

const (
	apiVersion = "dkms-gcs-0.2"
	window     = 15 * time.Minute
	perSecond  = 200

	// maxBody is the provider's 3 MB. It does not say of which kind they are: this is
	// between 2.9 MB and 3.1 MB of either.
	maxBody = 3000 << 10

	// minModulus is the fewest bits of a client's key.
	minModulus = 2048
)

// ClientKeys returns the public key of a client, by the id in the client key file.
// For an unknown id it returns nil or Unauthenticated, for one that may not be used
// AccessDenied, and if it cannot tell Unavailable or a context error. It has to be
// safe for concurrent use. A key under 2048 bits is treated as an unknown one.
//
// A client whose certificate is known has the key certificate.PublicKey. Whether a
// certificate is valid, by time or by revocation, is for this function to check.
type ClientKeys func(ctx context.Context, accessKeyID string) (*rsa.PublicKey, error)

// StaticClientKeys returns a ClientKeys over a copy of keys.
func StaticClientKeys(keys map[string]*rsa.PublicKey) ClientKeys {
	keys = maps.Clone(keys)
	return func(_ context.Context, accessKeyID string) (*rsa.PublicKey, error) { return keys[accessKeyID], nil }
}

// NewHandler returns a handler that serves the operations of s on the wire. The
// package documentation describes the requests, the errors and the answers.
//
// It has no anonymous mode: with a nil service, Store, ClientKeys or option, or an
// option that it cannot follow, the handler answers every request with
// InternalFailure, and the log of [frontend.WithLogger] says why.
func NewHandler(s *Service, keys ClientKeys, opts ...frontend.Option) http.Handler {
	c := kmshttp.NewConfig(opts)
	if s == nil || kmshttp.IsNil(s.Store) {
		c.Misconfigured("Service", "it is nil or has no Store")
	}
	return kmshttp.NewHandler(dialect(s, keys), c)
}

func dialect(s *Service, keys ClientKeys) kmshttp.Dialect {
	decoy := newDecoy()
	return kmshttp.Dialect{
		Provider: "instance", Protocol: kmshttp.InstanceKMS,
		Methods: []string{"POST"}, Path: "/",
		Header: header, MaxQuery: 0, MaxBody: maxBody,
		NewRequestID: kmshttp.NewUUID,
		Window:       window, Rate: perSecond, Schemes: []string{signatureMethod}, NoncesByOption: true,
		Claim: claim, Lookup: lookup(keys), Decoy: func() any { return decoy },
		Version: apiVersion, Operations: operations(s),
		Encode: encode,
	}
}

func header(name string) kmshttp.HeaderRule {
	switch {
	case name == "Date", name == "Content-Sha256":
		return kmshttp.OneValue
	case strings.HasPrefix(name, signedPrefix):
		return kmshttp.OneWord
	}
	return kmshttp.Unread
}

func lookup(keys ClientKeys) kmshttp.Lookup {
	if keys == nil {
		return nil
	}
	return func(ctx context.Context, accessKeyID, _ string) (any, error) {
		key, err := keys(ctx, accessKeyID)
		if err != nil || key == nil || key.N == nil || key.N.BitLen() < minModulus {
			return nil, err
		}
		return key, nil
	}
}

// newDecoy returns what the signatures of unknown clients are checked with, so that
// they cost the work that known ones cost. No signature is too large for 2^2048 - 1;
// that there is none for it does not matter, for the result is not used.
func newDecoy() *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), minModulus)
	return &rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537}
}

// operations returns the operations on the wire: each decodes its request and calls
// the method of that name, on a Service that knows the exchange.
func operations(s *Service) map[string]kmshttp.Operation {
	on := func(s *Service, x *kmshttp.Exchange) *Service { return &Service{Store: s.Store, exchange: x} }
	return map[string]kmshttp.Operation{
		"Sign": func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
			req, err := decodeSign(c.Body)
			if err != nil {
				return nil, err
			}
			req.KeyVersionId = c.Params.Get(versionHeader)
			return on(s, x).Sign(ctx, req)
		},
		"Verify": func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
			req, err := decodeVerify(c.Body)
			if err != nil {
				return nil, err
			}
			req.KeyVersionId = c.Params.Get(versionHeader)
			return on(s, x).Verify(ctx, req)
		},
		"GetPublicKey": func(ctx context.Context, x *kmshttp.Exchange, c *kmshttp.Call) (any, error) {
			req, err := decodeGetPublicKey(c.Body)
			if err != nil {
				return nil, err
			}
			req.KeyVersionId = c.Params.Get(versionHeader)
			return on(s, x).GetPublicKey(ctx, req)
		},
	}
}

// encode makes the answer. The version that was used is in the header that asks for
// one, where the SDKs of the shared API look for it.
func encode(x *kmshttp.Exchange, result any, err error) kmshttp.Reply {
	reply := kmshttp.Reply{Status: 200, Code: "OK", ContentType: mediaType}
	version := ""
	switch r := result.(type) {
	case SignResponse:
		reply.Body, version = r.encode(), r.KeyVersionId
	case VerifyResponse:
		reply.Body, version = r.encode(), r.KeyVersionId
	case GetPublicKeyResponse:
		reply.Body, version = r.encode(), r.KeyVersionId
	default:
		if err == nil {
			err = &errors.Error{Code: errors.Internal, Reason: "the operation has no result"}
		}
	}
	if err != nil {
		var message string
		reply.Status, reply.Code, message = describe(err, func(header string) string {
			if x.Request == nil {
				return ""
			}
			return x.Request.Header.Get(header)
		})
		reply.Body = encodeError(reply.Status, reply.Code, message, x.RequestID)
		return reply
	}
	reply.Header = http.Header{versionHeader: {version}}
	return reply
}
