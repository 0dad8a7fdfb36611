package main

import (
	"context"
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
	listener net.Listener
}

func listen(name, address string) (*endpoint, error) {
	if address == "" {
		return nil, fmt.Errorf("-%s has to be an address, HOST:PORT", name)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return &endpoint{frontend.NewServer(nil), name, l}, nil
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
		go func() { served <- e.Serve(e.listener) }()
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
		if _, err := fmt.Fprintf(out, "listening %s http://%s\n", e.name, e.listener.Addr()); err != nil {
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
