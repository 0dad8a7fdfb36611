// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

var ctx = context.Background()

// A Dialect is a front end as [TestDialect] sees it.
type Dialect struct {
	// Provider is its name in events.
	Provider string
	// New returns the handler of a service over the store that knows the client by
	// which the requests are signed.
	New func(store keyring.Store, opts ...frontend.Option) http.Handler
	// Closed are handlers of the same that lack something else than an option; the
	// options are of no fault.
	Closed func(opts ...frontend.Option) map[string]http.Handler
	// Principal is the client's access key id.
	Principal string

	// Ways are the ways to ask for a signature.
	Ways []Way
	// Pair is that of the keys with which the requests of Ways and Actions work.
	Pair keyspec.Pair
	// Algorithm is the pair's in the provider's spelling, Sign the name of the action
	// that the Ways ask for.
	Algorithm, Sign string
	// Actions are requests for every action that is about a key, by its name: with
	// this name of the key, and of the version, if there are any.
	Actions map[string]func(keyID, versionID string) *http.Request
	// Aliases and ARNs are whether a key can be named so.
	Aliases, ARNs bool
	// Hostile are requests that are malformed or not authenticated, with "log me"
	// wherever a client that has not proven who it is can write, and Secrets what the
	// log must not have of these and of those of Ways.
	Hostile func(v *keyring.Version) []*http.Request
	Secrets []string

	// Code returns the code of an answer, and "OK" if it is a success.
	Code func(t testing.TB, w *httptest.ResponseRecorder) string
	// Describe returns the code of an error.
	Describe func(err error) (status int, code, message string)
	// RequestID finds the id of the request in an answer.
	RequestID func(t testing.TB, w *httptest.ResponseRecorder) string

	// NewWith is New with an Authenticator, and Token returns a request with a security
	// token. Both are nil if clients do not share a secret with the service.
	NewWith func(store keyring.Store, auth frontend.Authenticator, opts ...frontend.Option) http.Handler
	Token   func(v *keyring.Version, token string) *http.Request
	// Secret is the client's.
	Secret string
}

// A Way is one way to ask for a signature.
type Way struct {
	Name   string
	Scheme frontend.Scheme
	// Nonce is whether the way has one, a new one in each request.
	Nonce bool
	// Request asks the key version to sign, at a time.
	Request func(v *keyring.Version, at time.Time) *http.Request
}

// server is a Server of the dialect.
func (d *Dialect) server(store keyring.Store, opts ...frontend.Option) *Server {
	return NewServer(func(opts ...frontend.Option) http.Handler { return d.New(store, opts...) }, opts...)
}

func (d *Dialect) code(err error) string {
	_, code, _ := d.Describe(err)
	return code
}

// sign asks in the first way, now.
func (d *Dialect) sign(v *keyring.Version) *http.Request { return d.Ways[0].Request(v, Now) }

// repeat returns a function that makes the same request again and again.
func repeat(t testing.TB, r *http.Request) func() *http.Request {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return func() *http.Request {
		c := r.Clone(r.Context())
		c.Body, c.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return c
	}
}

// requests returns how many a test of memory sends: some hundred, more with
// KMSIGNER_LONG, a million with KMSIGNER_NIGHTLY.
func requests() int {
	switch {
	case testrun.Nightly():
		return 1_000_000
	case !testrun.Long():
		return 600
	}
	return 20_000
}

type storeFunc func() error

func (f storeFunc) Lookup(context.Context, string, string) (*keyring.Version, error) {
	return nil, f()
}
