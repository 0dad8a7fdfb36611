// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/kmsigner/kmsigner/signer/frontend"
)

// grace is how long requests may take to finish after the signal to stop: as long
// as frontend.NewServer lets one take.
const grace = 45 * time.Second

// An endpoint is a server with its listener.
type endpoint struct {
	*http.Server
	name     string
	scheme   string
	listener net.Listener
}

// listen listens with TLS if there is a configuration for it.
func listen(name, address string, secure *tls.Config) (*endpoint, error) {
	if address == "" {
		return nil, fmt.Errorf("-%s has to be an address, HOST:PORT", name)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	e := &endpoint{frontend.NewServer(nil), name, "http", l}
	if secure != nil {
		e.scheme, e.TLSConfig = "https", secure.Clone()
	}
	return e, nil
}

func (e *endpoint) serve() error {
	if e.TLSConfig != nil {
		return e.ServeTLS(e.listener, "", "")
	}
	return e.Serve(e.listener)
}

// Close ends an endpoint, also one that has not served yet.
func (e *endpoint) Close() {
	e.Server.Close()
	e.listener.Close()
}

// serve says what there is and serves until the context is done. What it began by
// then, it finishes.
func serve(ctx context.Context, out io.Writer, log *slog.Logger, keys []key, endpoints ...*endpoint) error {
	if err := announce(out, keys, endpoints); err != nil {
		return err
	}
	served := make(chan error, len(endpoints))
	for _, e := range endpoints {
		e.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
		go func() { served <- e.serve() }()
	}
	var err error
	select {
	case <-ctx.Done():
		log.Info("stopping")
	case err = <-served: // a listener has failed
	}
	return errors.Join(err, shutdown(endpoints))
}

func announce(out io.Writer, keys []key, endpoints []*endpoint) error {
	lines := json.NewEncoder(out)
	for _, k := range keys {
		if err := lines.Encode(k); err != nil {
			return err
		}
	}
	for _, e := range endpoints {
		if _, err := fmt.Fprintf(out, "listening %s %s://%s\n", e.name, e.scheme, e.listener.Addr()); err != nil {
			return err
		}
	}
	return nil
}

// shutdown stops all servers at once: none goes on to accept requests while
// another finishes its own.
func shutdown(endpoints []*endpoint) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	done := make(chan error, len(endpoints))
	for _, e := range endpoints {
		go func() { done <- e.Shutdown(ctx) }()
	}
	var err error
	for range endpoints {
		err = errors.Join(err, <-done)
	}
	return err
}
