// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"sync"
	"time"
)

// A deadline is a context that is done at a time, and when end is called. It does
// what context.WithDeadline does, but sets no timer before Done is called: most
// requests are served without, and a timer for each costs a twentieth of the
// handler.
type deadline struct {
	context.Context // of the request
	at              time.Time

	mu     sync.Mutex
	timed  context.Context // nil until Done is called
	cancel context.CancelFunc
	ended  bool
}

// start sets the time. It is called once, before anything else.
func (d *deadline) start(ctx context.Context, timeout time.Duration) {
	d.Context, d.at = ctx, time.Now().Add(timeout)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(d.at) {
		d.at = earlier
	}
}

// started reports whether start was called.
func (d *deadline) started() bool { return d.Context != nil }

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.ended {
			d.cancel()
		}
	}
	return d.timed.Done()
}

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.timed != nil:
		return d.timed.Err()
	case d.ended:
		return context.Canceled
	case d.Context.Err() != nil:
		return d.Context.Err()
	case !time.Now().Before(d.at):
		return context.DeadlineExceeded
	}
	return nil
}

// Value implements context.Context. Package context asks for the timer's context by
// it, so that a child of this one needs no goroutine.
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	timed := d.timed
	d.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return d.Context.Value(key)
}

// end closes Done.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = true
	if d.cancel != nil {
		d.cancel()
	}
}
