// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

func listen(t testing.TB, h http.Handler) frontend.Endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	s := frontend.NewServer(h)
	s.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	return frontend.Endpoint{Server: s, Listener: l}
}

// get returns the status of a GET and whether the connection stays open.
func get(t testing.TB, c *http.Client, url string) (status int, stays bool) {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, !resp.Close
}

func newClient(t testing.TB, secure *tls.Config) *http.Client {
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: secure, ForceAttemptHTTP2: true}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// While it drains, it serves on, is not ready, and has connections closed.
func TestServe_drains(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	health := httptest.NewServer(frontend.Health(ctx))
	defer health.Close()
	done := make(chan error, 1)
	go func() { done <- frontend.Serve(ctx, time.Hour, e) }()
	c, url := newClient(t, nil), "http://"+e.Listener.Addr().String()
	status, stays := get(t, c, url)
	require.Equal(t, 200, status)
	require.True(t, stays)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404} {
		status, _ = get(t, c, health.URL+path)
		require.Equal(t, want, status, path)
	}
	cancel()
	for range 3 {
		status, stays = get(t, c, url)
		require.Equal(t, 200, status)
		require.False(t, stays)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 503} {
		status, _ = get(t, c, health.URL+path)
		require.Equal(t, want, status, path)
	}
	select {
	case err := <-done:
		t.Fatal("it does not drain", err)
	default:
	}
	require.NoError(t, e.Server.Close()) // a server that fails ends the draining
	require.ErrorIs(t, <-done, errors.Unavailable)
}

// What has begun when it stops is answered, on all servers; new connections are refused.
func TestServe_finishes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	begun, answer := make(chan struct{}), make(chan struct{})
	slow := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(begun); <-answer }))
	idle := listen(t, http.NotFoundHandler())
	done := make(chan error, 1)
	go func() { done <- frontend.Serve(ctx, 0, slow, idle) }()
	status := make(chan int, 1)
	go func() {
		resp, err := http.Get("http://" + slow.Listener.Addr().String())
		if err != nil {
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	<-begun
	cancel()
	for _, e := range []frontend.Endpoint{slow, idle} {
		require.Eventually(t, func() bool {
			conn, err := net.Dial("tcp", e.Listener.Addr().String())
			if err == nil {
				conn.Close()
			}
			return err != nil
		}, 10*time.Second, time.Millisecond)
	}
	close(answer)
	require.Equal(t, 200, <-status)
	require.NoError(t, <-done)
}

// Over TLS, HTTP/2 too, with a certificate from files.
func TestServe_TLS(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	certificate, key := newCertificate(t, 1)
	c, err := frontend.OpenCertificate(fileOf(t, "cert.pem", string(certificate)), fileOf(t, "key.pem", string(key)), nil)
	require.NoError(t, err)
	e := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(r.ProtoMajor * 100) }))
	e.Server.TLSConfig = &tls.Config{GetCertificate: c.Get}
	done := make(chan error, 1)
	go func() { done <- frontend.Serve(ctx, 0, e) }()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	status, _ := get(t, newClient(t, &tls.Config{RootCAs: roots}), "https://"+e.Listener.Addr().String())
	require.Equal(t, 200, status, "HTTP/2")
	cancel()
	require.NoError(t, <-done)
}

// A server that cannot go on stops the others.
func TestServe_fails(t *testing.T) {
	broken, whole := listen(t, http.NotFoundHandler()), listen(t, http.NotFoundHandler())
	require.NoError(t, broken.Listener.Close())
	err := frontend.Serve(t.Context(), time.Hour, whole, broken)
	require.ErrorIs(t, err, errors.Unavailable)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = net.Dial("tcp", whole.Listener.Addr().String())
	require.Error(t, err)
}

func TestServe_invalid(t *testing.T) {
	e := listen(t, http.NotFoundHandler())
	for name, tt := range map[string]struct {
		ctx       context.Context
		drain     time.Duration
		endpoints []frontend.Endpoint
		param     string
	}{
		"no context":  {nil, 0, []frontend.Endpoint{e}, "Context"},
		"drain":       {ctx, -1, []frontend.Endpoint{e}, "Drain"},
		"no endpoint": {ctx, 0, nil, "Endpoints"},
		"no server":   {ctx, 0, []frontend.Endpoint{e, {Listener: e.Listener}}, "Endpoints"},
		"no listener": {ctx, 0, []frontend.Endpoint{e, {Server: e.Server}}, "Endpoints"},
		"no handler":  {ctx, 0, []frontend.Endpoint{e, {Server: &http.Server{}, Listener: e.Listener}}, "Endpoints"},
		"typed nil":   {ctx, 0, []frontend.Endpoint{{Server: e.Server, Listener: (*net.TCPListener)(nil)}}, "Endpoints"},
	} {
		err := frontend.Serve(tt.ctx, tt.drain, tt.endpoints...)
		var got *errors.Error
		require.ErrorAs(t, err, &got, name)
		require.Equal(t, errors.InvalidParameter, got.Code, name)
		require.Equal(t, tt.param, got.Param, name)
	}
	status := func(h http.Handler) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code
	}
	require.Equal(t, 200, status(frontend.Health(nil))) //lint:ignore SA1012 on purpose
}
