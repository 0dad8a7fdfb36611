// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

var ctx = context.Background()

func TestStaticKeys(t *testing.T) {
	secrets := map[string]string{"id": "a very secret secret", "empty": "", "": "nobody"}
	auth := frontend.StaticKeys(secrets)
	secrets["id"], secrets["late"] = "changed", "late"
	secret, err := auth(ctx, "id", "")
	require.NoError(t, err)
	require.Equal(t, "a very secret secret", secret)
	for _, in := range [][2]string{{"late", ""}, {"other", ""}, {"ID", ""}, {"empty", ""}, {"id", "token"}} {
		secret, err := auth(ctx, in[0], in[1])
		require.ErrorIs(t, err, errors.Unauthenticated, in)
		require.Empty(t, secret)
	}
	_, err = frontend.StaticKeys(nil)(ctx, "id", "")
	require.ErrorIs(t, err, errors.Unauthenticated)

	holder := struct{ auth frontend.Authenticator }{auth}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, auth)+fmt.Sprintf(verb, holder), "a very secret secret")
	}
}

// Each option reaches the handler, and one that cannot be followed closes it.
func TestOptions(t *testing.T) {
	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
	status := func(o frontend.Option) int {
		h := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, keys, o)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Code
	}
	for name, o := range map[string]frontend.Option{
		"WithAuthorize": frontend.WithAuthorize(func(context.Context, string, string, string) error { return nil }),
		"WithLogger":    frontend.WithLogger(slog.New(slog.DiscardHandler)),
		"WithNonces":    frontend.WithNonces(frontend.NewNonceCache(1)),
		"WithRate":      frontend.WithRate(math.Inf(1), 0),
		"WithClock":     frontend.WithClock(time.Now),
		"WithLimiter":   frontend.WithLimiter(limiterFunc(func(context.Context, string) (bool, error) { return true, nil })),
		"WithObserver":  frontend.WithObserver(func(context.Context, frontend.Event) {}),
		"WithTimeout":   frontend.WithTimeout(time.Second),
		"WithInFlight":  frontend.WithMaxInFlight(1),
		"WithSchemes":   frontend.WithSchemes(frontend.TC3HMACSHA256, frontend.ACS3HMACSHA256),
	} {
		require.Equal(t, 400, status(o), name) // the request is not signed
	}
	for name, o := range map[string]frontend.Option{
		"nil":           nil,
		"WithAuthorize": frontend.WithAuthorize(nil),
		"WithLogger":    frontend.WithLogger(nil),
		"WithNonces":    frontend.WithNonces(nil),
		"nil cache":     frontend.WithNonces((*sharedCache)(nil)),
		"rate":          frontend.WithRate(0, 1),
		"NaN":           frontend.WithRate(math.NaN(), 1),
		"burst":         frontend.WithRate(1, 0),
		"WithClock":     frontend.WithClock(nil),
		"WithLimiter":   frontend.WithLimiter(nil),
		"nil limiter":   frontend.WithLimiter((*noLimiter)(nil)),
		"WithObserver":  frontend.WithObserver(nil),
		"WithTimeout":   frontend.WithTimeout(0),
		"WithInFlight":  frontend.WithMaxInFlight(0),
		"no scheme":     frontend.WithSchemes(),
		"unknown":       frontend.WithSchemes(frontend.ACS3HMACSHA256, "ACS4"),
		"not its own":   frontend.WithSchemes(frontend.TC3HMACSHA256),
	} {
		require.Equal(t, 500, status(o), name)
	}
}

type limiterFunc func(context.Context, string) (bool, error)

func (f limiterFunc) Allow(ctx context.Context, id string) (bool, error) { return f(ctx, id) }

type noLimiter struct{ frontend.Limiter }

func TestRequestID(t *testing.T) {
	require.Empty(t, frontend.RequestID(ctx))
	require.Empty(t, frontend.RequestID(nil)) //lint:ignore SA1012 on purpose
}

func TestNewNonceCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := frontend.NewNonceCache(2)
		for i, tt := range []struct {
			id, nonce string
			fresh     bool
			err       error
		}{
			{"a", "1", true, nil}, {"a", "1", false, nil}, {"b", "1", true, nil}, {"a", "2", false, errors.Unavailable},
			{"a", "1", false, nil},
		} {
			fresh, err := c.Use(ctx, tt.id, tt.nonce, time.Minute)
			require.Equal(t, tt.fresh, fresh, i)
			require.ErrorIs(t, err, tt.err)
		}
		time.Sleep(2 * time.Minute)
		fresh, err := c.Use(ctx, "a", "1", time.Minute)
		require.NoError(t, err)
		require.True(t, fresh)
	})
	for _, limit := range []int{0, -1} {
		_, err := frontend.NewNonceCache(limit).Use(ctx, "a", "1", time.Minute)
		require.ErrorIs(t, err, errors.Unavailable)
	}
}

// A header that trickles in is cut off, long before its client is done.
func TestNewServer(t *testing.T) {
	s := frontend.NewServer(http.NotFoundHandler())
	require.NotZero(t, s.ReadTimeout)
	require.NotZero(t, s.WriteTimeout)
	require.Greater(t, s.IdleTimeout, 75*time.Second, "than proxies and balancers keep idle connections by default")
	require.Equal(t, 64<<10, s.MaxHeaderBytes)
	require.Equal(t, 5*time.Second, s.ReadHeaderTimeout)
	s.ReadHeaderTimeout = 200 * time.Millisecond // not to wait so long here
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	defer func() {
		require.NoError(t, s.Close())
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	_, err = io.ReadAll(conn)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the connection is still open")
}
