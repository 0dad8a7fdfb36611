// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
)

// An Endpoint is a server and the listener that it serves: over TLS if the server has a
// TLSConfig.
type Endpoint struct {
	Server   *http.Server
	Listener net.Listener
}

// After a server stops listening, a connection has firstRequest to send its first request,
// and requests may take finish: as long as the server of NewServer lets them take.
const (
	firstRequest = 5 * time.Second
	finish       = 45 * time.Second
)

// Serve serves until the context is done, and then drains. For the time of drain, it
// serves on as before, and has clients close their connections after the next answer, so
// that a balancer has time to notice that [Health] reports this replica as not ready, and
// none of its idle connections is closed while a request is being sent on it: drain
// should be longer than the balancer takes for the one and keeps the other. Then all
// servers stop listening at once, connections that have been accepted and have not sent
// a request yet may send one within 5 seconds, and Serve returns when the requests that
// had begun are answered, nil if they all are within 45 seconds.
//
// It wraps the handlers of the servers and their ConnContext and ConnState, and closes
// the listeners. It returns InvalidParameter of "Context" if that is nil, of "Endpoints"
// if there is none or one lacks its server, handler or listener, and of "Drain" if that
// is negative, and serves nothing then; Unavailable if a server fails, after it has
// stopped the others without draining, and if requests were not answered in time, after
// it has closed their connections.
func Serve(ctx context.Context, drain time.Duration, endpoints ...Endpoint) error {
	if err := checkServe(ctx, drain, endpoints); err != nil {
		return err
	}
	served := make(chan error, len(endpoints))
	var unused unusedConns
	for _, e := range endpoints {
		e.Server.Handler = draining(ctx, e.Server.Handler)
		unused.track(e.Server)
		go func() {
			if e.Server.TLSConfig != nil {
				served <- e.Server.ServeTLS(e.Listener, "", "")
			} else {
				served <- e.Server.Serve(e.Listener)
			}
		}()
	}
	var failure error
	select {
	case failure = <-served:
	case <-ctx.Done():
		select {
		case failure = <-served:
		case <-time.After(drain):
		}
	}
	left := len(endpoints)
	if failure != nil {
		left--
	}
	for _, e := range endpoints {
		_ = e.Listener.Close()
	}
	for range left {
		<-served // net.ErrClosed: all that was accepted is tracked
	}
	unused.wait(firstRequest)
	err := shutdown(endpoints)
	if failure != nil {
		return &errors.Error{Code: errors.Unavailable, Reason: "a server has failed", Err: failure}
	}
	if err != nil {
		return &errors.Error{Code: errors.Unavailable, Reason: "requests were not answered in time", Err: err}
	}
	return nil
}

func checkServe(ctx context.Context, drain time.Duration, endpoints []Endpoint) error {
	invalid := func(param, reason string) error {
		return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
	}
	switch {
	case kmshttp.IsNil(ctx):
		return invalid("Context", "it is nil")
	case drain < 0:
		return invalid("Drain", "it is negative")
	case len(endpoints) == 0:
		return invalid("Endpoints", "there is none")
	}
	for _, e := range endpoints {
		if e.Server == nil || kmshttp.IsNil(e.Server.Handler) || kmshttp.IsNil(e.Listener) {
			return invalid("Endpoints", "one lacks its server, handler or listener")
		}
	}
	return nil
}

// draining has the client close its connection once the context is done: net/http then
// closes it after the answer.
func draining(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ctx.Err() != nil {
			w.Header().Set("Connection", "close")
		}
		h.ServeHTTP(w, r)
	})
}

// shutdown shuts all servers down at once, and returns when their requests are answered.
func shutdown(endpoints []Endpoint) error {
	ctx, cancel := context.WithTimeout(context.Background(), finish)
	defer cancel()
	done := make(chan error, len(endpoints))
	for _, e := range endpoints {
		go func() {
			err := e.Server.Shutdown(ctx)
			if err != nil {
				_ = e.Server.Close() // the error of Shutdown says why
			}
			done <- err
		}()
	}
	var err error
	for range endpoints {
		err = errors.Join(err, <-done)
	}
	return err
}

// Health returns a handler for two paths, to be served on an address that clients do not
// reach. /healthz answers 200 as long as the process answers. /readyz answers 200 until
// the context is done, which is the one of [Serve], and then 503, so that a balancer
// sends no more to a replica that drains. Neither asks a database or another service: an
// outage of what replicas share would have a balancer remove all of them.
func Health(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !kmshttp.IsNil(ctx) && ctx.Err() != nil {
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	return mux
}
