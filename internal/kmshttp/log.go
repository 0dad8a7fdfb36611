package kmshttp

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// log writes the line. Nothing in it comes from a client that has not proven who it
// is. The cause of a failure of the service is in it, since no client is told; that
// a client has gone away is none.
func (h *handler) log(ctx context.Context, x *Exchange, reply Reply, err error, took time.Duration) {
	l := h.config.Logger
	if l == nil {
		return
	}
	level, cause := slog.LevelInfo, ""
	if k := KindOf(err); (k == errors.Internal || k == errors.Unavailable) && !IsContext(err) {
		level, cause = slog.LevelError, err.Error()
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("request_id", x.RequestID), slog.String("principal", x.Principal), slog.String("action", x.Action),
		slog.String("key_id", shorten(x.KeyID)), slog.String("code", reply.Code), slog.Duration("duration", took))
	if cause != "" {
		attrs = append(attrs, slog.String("error", cause))
	}
	if x.frames != nil {
		attrs = append(attrs, slog.Any("stack", x.frames))
	}
	l.LogAttrs(ctx, level, "kms request", attrs...)
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
