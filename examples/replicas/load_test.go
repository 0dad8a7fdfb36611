// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"sync"
	"testing"
	"time"
)

// A loop is a client that sends one request after the other.
type loop struct {
	name string
	do   func() error
	// pause is between two requests.
	pause time.Duration
}

// A result is one call.
type result struct {
	loop       string
	begun, end time.Time
	err        error
}

// A load is what clients do in the meantime.
type load struct {
	stopping chan struct{}
	running  sync.WaitGroup

	mu      sync.Mutex
	results []result
}

func startLoad(t testing.TB, loops ...loop) *load {
	l := &load{stopping: make(chan struct{})}
	for _, loop := range loops {
		l.running.Go(func() {
			for {
				begun := time.Now()
				err := loop.do()
				l.mu.Lock()
				l.results = append(l.results, result{loop.name, begun, time.Now(), err})
				l.mu.Unlock()
				select {
				case <-l.stopping:
					return
				case <-time.After(loop.pause):
				}
			}
		})
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop ends the load and returns all calls.
func (l *load) stop() []result {
	l.mu.Lock()
	select {
	case <-l.stopping:
	default:
		close(l.stopping)
	}
	l.mu.Unlock()
	l.running.Wait()
	return l.results
}

// failed are the calls that returned an error.
func failed(results []result) (out []result) {
	for _, r := range results {
		if r.err != nil {
			out = append(out, r)
		}
	}
	return out
}

// requireNoneFailed fails with what the calls returned that failed.
func requireNoneFailed(t testing.TB, results []result) {
	t.Helper()
	for _, r := range failed(results) {
		t.Errorf("%s, begun at %s, after %s: %v", r.loop, r.begun.Format("15:04:05.000"), r.end.Sub(r.begun), r.err)
	}
	if t.Failed() {
		t.FailNow()
	}
}
