// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// Now is when everything happens on a Server.
var Now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Keyring returns a keyring with the TESTING key of each of the specs, under the alias
// "alias/SPEC", and their versions. No specs are all of them, of which RSA's take long: their
// primes are tested.
func Keyring(t testing.TB, specs ...keyspec.KeySpec) (*keyring.Keyring, map[keyspec.KeySpec]*keyring.Version) {
	t.Helper()
	if len(specs) == 0 {
		specs = keyspec.All()
	}
	ring, versions := keyring.New(), map[keyspec.KeySpec]*keyring.Version{}
	for _, spec := range specs {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		v, err := ring.Import(context.Background(), key)
		require.NoError(t, err)
		require.NoError(t, ring.SetAlias(context.Background(), "alias/"+string(spec), v.KeyID))
		versions[spec] = v
	}
	return ring, versions
}

// A Server is a handler with what it logs.
type Server struct {
	http.Handler
	Log *bytes.Buffer
}

// NewServer returns a Server that the given function makes from options: the clock
// stands at Now, no test meets the rate, and then come the test's own.
func NewServer(newHandler func(opts ...frontend.Option) http.Handler, opts ...frontend.Option) *Server {
	s := &Server{Log: &bytes.Buffer{}}
	s.Handler = newHandler(append([]frontend.Option{
		frontend.WithClock(func() time.Time { return Now }),
		frontend.WithLogger(slog.New(slog.NewJSONHandler(s.Log, nil))),
		frontend.WithRate(1e6, 1e6),
	}, opts...)...)
	return s
}
