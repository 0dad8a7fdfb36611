// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// unusedConns are the connections of servers that have not brought a request yet. Once a
// server shuts down, net/http closes them when the request comes, without an answer, and
// a balancer does not send a POST again: so they are waited for first. A connection that
// has been used while the server drained needs no wait: its answer closed it.
type unusedConns struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

// track wraps what a server calls for a connection, before it serves.
func (u *unusedConns) track(s *http.Server) {
	handler, connContext, connState := s.Handler, s.ConnContext, s.ConnState
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		u.add(c)
		if connContext != nil {
			ctx = connContext(ctx, c)
		}
		return context.WithValue(ctx, connKey{}, c)
	}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			u.remove(c)
		}
		if connState != nil {
			connState(c, state)
		}
	}
	// Not at StateActive, which an HTTP/2 connection has before its first request.
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			u.remove(c)
		}
		handler.ServeHTTP(w, r)
	})
}

func (u *unusedConns) add(c net.Conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conns == nil {
		u.conns = make(map[net.Conn]struct{})
	}
	u.conns[c] = struct{}{}
}

func (u *unusedConns) remove(c net.Conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.conns, c)
}

func (u *unusedConns) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.conns)
}

// wait waits until there is none, at most for the time d.
func (u *unusedConns) wait(d time.Duration) {
	for end := time.Now().Add(d); u.count() > 0 && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}
