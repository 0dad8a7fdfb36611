// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
	index      int // of the loop
	begun, end time.Time
	err        error
}

// A load is what clients do in the meantime.
type load struct {
	loops    int
	stopping chan struct{}
	running  sync.WaitGroup

	mu      sync.Mutex
	results []result
}

func startLoad(t testing.TB, loops ...loop) *load {
	l := &load{loops: len(loops), stopping: make(chan struct{})}
	for i, loop := range loops {
		l.running.Go(func() {
			for {
				begun := time.Now()
				err := loop.do()
				l.mu.Lock()
				l.results = append(l.results, result{loop.name, i, begun, time.Now(), err})
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

// waitForEach waits until each client has made some calls, one after the other, that are as described.
func (l *load) waitForEach(t testing.TB, described func(result) bool) {
	t.Helper()
	const some = 3
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		calls := make([]int, l.loops)
		for _, r := range l.results {
			if described(r) {
				calls[r.index]++
			} else if calls[r.index] < some {
				calls[r.index] = 0
			}
		}
		return slices.Min(calls) >= some
	}, time.Minute, 10*time.Millisecond)
}

// some reports whether a call is as described.
func (l *load) some(described func(result) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.results, described)
}

// waitForSuccess waits until each client has made some calls in a row without an error that were begun from now on.
func (l *load) waitForSuccess(t testing.TB) {
	t.Helper()
	now := time.Now()
	l.waitForEach(t, func(r result) bool { return r.err == nil && r.begun.After(now) })
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
