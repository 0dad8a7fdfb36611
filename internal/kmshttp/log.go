// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// An Event is what a request has come to: frontend.Event.
type Event struct {
	Time                                           time.Time
	RequestID, Provider, ClientAddr, Scheme        string
	Principal, Action, KeyID, VersionID, Algorithm string
	KeySpec                                        keyspec.KeySpec
	Status                                         int
	Code, Kind, Reason                             string
	Duration                                       time.Duration
}

// event describes the request with the answer that it is going to get.
func (h *handler) event(x *Exchange, reply Reply, err error, start time.Time) Event {
	e := Event{
		Time: start, RequestID: x.RequestID, Provider: h.dialect.Provider, ClientAddr: x.ClientAddr,
		Principal: x.Principal, Action: x.Action, KeyID: x.KeyID, VersionID: x.VersionID, Algorithm: x.Algorithm,
		KeySpec: x.KeySpec, Status: reply.Status, Code: reply.Code, Duration: time.Since(start),
	}
	if slices.Contains(h.dialect.Schemes, x.Scheme) {
		e.Scheme = x.Scheme // any other is unauthenticated text
	}
	if err != nil {
		e.Kind, e.Reason = NameOf(err), err.Error()
	}
	return e
}

// audit calls the embedder's function with the event. If it fails, its error takes the
// place of the answer; the log has what that would have been.
func (h *handler) audit(ctx context.Context, x *Exchange, reply Reply, err error, start time.Time) (failed error) {
	if h.config.Audit == nil {
		return nil
	}
	var cause error
	if err != nil {
		cause = opaque{err}
	}
	defer func() {
		if p := recover(); p != nil {
			x.frames = frames()
			failed = &errors.Error{Code: errors.Internal, Reason: "the audit function panicked: " + describePanic(p), Err: cause}
		}
	}()
	if !x.deadline.started() { // it was refused before
		x.deadline.start(ctx, h.config.Timeout)
	}
	e := h.config.Audit(&x.deadline, h.event(x, reply, err, start))
	if e == nil {
		return nil
	}
	if err != nil {
		e = fmt.Errorf("%w (for a request that failed: %v)", e, cause)
	}
	return unavailable(e, "the audit trail cannot be written")
}

// observe calls the embedder's function with the event. If it panics, the client still
// gets the answer.
func (h *handler) observe(ctx context.Context, x *Exchange, reply Reply, err error, start time.Time) {
	if h.config.Observe == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			x.observer = "the observer panicked: " + describePanic(p)
		}
	}()
	h.config.Observe(ctx, h.event(x, reply, err, start))
}

// log writes the line. Nothing in it comes from an unauthenticated client. The cause of
// a failure of the service is in it, since the answer does not have it; a client that
// has closed the connection is not a failure. A panic of the logger is lost: there is nowhere to report it.
func (h *handler) log(ctx context.Context, x *Exchange, reply Reply, err error, start time.Time) {
	l := h.config.Logger
	if l == nil {
		return
	}
	defer func() { _ = recover() }()
	level, cause := levelOf(ctx, err), ""
	if level != slog.LevelInfo {
		cause = err.Error()
	}
	if x.observer != "" {
		level, cause = slog.LevelError, x.observer
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("request_id", x.RequestID), slog.String("principal", x.Principal), slog.String("action", x.Action),
		slog.String("key_id", shorten(x.KeyID)), slog.String("code", reply.Code),
		slog.Duration("duration", time.Since(start)))
	if cause != "" {
		attrs = append(attrs, slog.String("error", cause))
	}
	if x.frames != nil {
		attrs = append(attrs, slog.Any("stack", x.frames))
	}
	l.LogAttrs(ctx, level, "kms request", attrs...)
}

// levelOf returns the level of the line of a request with this error: failures of
// the service are errors. A policy that denies with another error than AccessDenied
// may have failed to decide, which is worth a warning.
func levelOf(ctx context.Context, err error) slog.Level {
	switch KindOf(err) {
	case errors.Internal:
		return slog.LevelError
	case errors.Unavailable:
		if IsContext(err) && ctx.Err() != nil {
			return slog.LevelInfo // the client has gone away
		}
		return slog.LevelError
	case errors.AccessDenied:
		var policy opaque
		if errors.As(err, &policy) && !errors.Is(policy.err, errors.AccessDenied) {
			return slog.LevelWarn
		}
	}
	return slog.LevelInfo
}

func shorten(s string) string { return s[:min(len(s), 256)] }

// describePanic says what a panic was about without the value, in which anything
// may be.
func describePanic(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("a value of type %T", p)
}

// frames returns the stack of the panic, function by function. debug.Stack would
// add the words of the arguments, a digest among them.
func frames() []string {
	pcs := make([]uintptr, 32)
	pcs = pcs[:runtime.Callers(3, pcs)]
	var out []string
	for it := runtime.CallersFrames(pcs); ; {
		f, more := it.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			out = append(out, f.Function+" "+f.File+":"+strconv.Itoa(f.Line))
		}
		if !more {
			return out
		}
	}
}
