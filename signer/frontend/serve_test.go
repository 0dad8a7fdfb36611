// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
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

// A connection whose first request comes after the servers have stopped listening is
// answered: a balancer may have opened it just before.
func TestServe_unused(t *testing.T) {
	certificate, key := newCertificate(t, 1)
	pair, err := tls.X509KeyPair(certificate, key)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	for _, tt := range []struct {
		name           string
		protocol       string // of TLS
		opening        string
		request, start string // of the answer
	}{
		{"HTTP/1.1", "", "", request, "HTTP/1.1 200 OK\r\n"},
		{"half a request", "", request[:10], request[10:], "HTTP/1.1 200 OK\r\n"},
		{"TLS", "http/1.1", "", request, "HTTP/1.1 200 OK\r\n"},
		// The preface and SETTINGS; HEADERS with :method GET, :scheme https and :path /.
		{"HTTP/2", "h2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\x00\x00\x00\x04\x00\x00\x00\x00\x00",
			"\x00\x00\x03\x01\x05\x00\x00\x00\x01\x82\x87\x84", "\x88"}, // :status 200
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			accepted := make(chan struct{})
			accept := sync.OnceFunc(func() { close(accepted) })
			e := listen(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			e.Server.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
				accept()
				return ctx
			}
			closed := make(chan struct{})
			closing := sync.OnceFunc(func() { close(closed) })
			e.Server.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed {
					closing()
				}
			}
			done := make(chan error, 1)
			if tt.protocol != "" {
				e.Server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
			}
			go func() { done <- frontend.Serve(ctx, 0, e) }()
			conn, err := net.Dial("tcp", e.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			if tt.protocol != "" {
				conn = tls.Client(conn, &tls.Config{
					RootCAs: roots, ServerName: "127.0.0.1", NextProtos: []string{tt.protocol},
				})
			}
			_, err = conn.Write([]byte(tt.opening))
			require.NoError(t, err)
			if tt.protocol == "h2" {
				answer(t, conn, 4) // SETTINGS: the connection is idle to net/http
			}
			<-accepted
			cancel()
			require.Eventually(t, func() bool {
				c, err := net.Dial("tcp", e.Listener.Addr().String())
				if err == nil {
					c.Close()
				}
				return err != nil
			}, time.Minute, time.Millisecond)
			_, err = conn.Write([]byte(tt.request))
			require.NoError(t, err)
			got := make([]byte, len(tt.start))
			if tt.protocol == "h2" {
				got = answer(t, conn, 1)[:1] // HEADERS
			} else {
				_, err = io.ReadFull(conn, got)
				require.NoError(t, err)
			}
			require.Equal(t, tt.start, string(got))
			require.NoError(t, <-done)
			<-closed
		})
	}
}

// answer returns the payload of the next frame of HTTP/2 of a type.
func answer(t testing.TB, conn net.Conn, frameType byte) []byte {
	t.Helper()
	for {
		var head [9]byte
		_, err := io.ReadFull(conn, head[:])
		require.NoError(t, err)
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		_, err = io.ReadFull(conn, payload)
		require.NoError(t, err)
		if head[3] == frameType {
			return payload
		}
	}
}

// A pipe is a listener with one connection.
type pipe struct {
	net.Listener
	conns chan net.Conn
	close func()
}

func (p pipe) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipe) Close() error {
	p.close()
	return nil
}

// Serve waits for a connection that has brought no request, and only for that, and not
// for ever.
func TestServe_waits(t *testing.T) {
	for _, tt := range []struct {
		name     string
		before   func(testing.TB, net.Conn)
		from, to time.Duration
	}{
		{"unused", func(testing.TB, net.Conn) {}, 5 * time.Second, 10 * time.Second},
		{"closed", func(t testing.TB, c net.Conn) { require.NoError(t, c.Close()) }, 0, time.Second},
		{"used", func(t testing.TB, c net.Conn) {
			_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			require.NoError(t, err)
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err)
			require.Equal(t, 404, resp.StatusCode)
		}, 0, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				conns := make(chan net.Conn)
				l := pipe{conns: conns, close: sync.OnceFunc(func() { close(conns) })}
				e := frontend.Endpoint{Server: &http.Server{Handler: http.NotFoundHandler()}, Listener: l}
				done := make(chan error, 1)
				go func() { done <- frontend.Serve(ctx, 0, e) }()
				near, far := net.Pipe()
				defer near.Close()
				conns <- far
				tt.before(t, near)
				synctest.Wait()
				begun := time.Now()
				cancel()
				require.NoError(t, <-done)
				require.GreaterOrEqual(t, time.Since(begun), tt.from)
				require.Less(t, time.Since(begun), tt.to)
			})
		})
	}
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
