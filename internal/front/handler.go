package front

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// An Exchange is one request on its way to its answer. What the log says of it is
// set when it is proven: the principal once it is authenticated, the action and
// the key after that.
type Exchange struct {
	RequestID, Host        string
	Principal, Action, Key string
	// XML is the format of the answer, where the provider has it; else JSON.
	XML bool

	handler *Handler
	frames  []string
}

// Admit lets the claimed access key in, or refuses. It is the principal as soon as
// the signature is right, also of a request that is refused for its time, its rate
// or its nonce.
func (x *Exchange) Admit(ctx context.Context, c *Claim) error {
	g := x.handler.gate
	if err := g.authenticate(ctx, c); err != nil {
		return err
	}
	x.Principal = c.AccessKeyID
	return g.admit(ctx, c)
}

// Authorize asks the embedder whether the principal may do the action with a key.
// An error of any kind denies, but for those that say that nobody can tell.
func (x *Exchange) Authorize(ctx context.Context, keyID string) error {
	x.Key = keyID
	ask := x.handler.config.Authorize
	if ask == nil {
		return nil
	}
	err := ask(ctx, x.Principal, x.Action, keyID)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errors.Unavailable) || IsContext(err):
		return unavailable(err, "nobody can tell at present whether this is allowed")
	}
	return &errors.Error{Code: errors.AccessDenied, Reason: "the principal may not do this with this key", Err: opaque{err}}
}

// A Reply is an answer, ready to be sent.
type Reply struct {
	Status            int
	Code, ContentType string
	Body              []byte
}

// A Handler is an http.Handler around the two things that differ between
// providers.
type Handler struct {
	// Protocol is the one that is served.
	Protocol Protocol
	// Answer does what a request asks for.
	Answer func(ctx context.Context, r *Request, x *Exchange) (result any, err error)
	// Encode makes the reply of a result, or of an error if that is not nil.
	Encode func(x *Exchange, result any, err error) Reply

	config *Config
	gate   *gate
}

// NewHandler completes h. Without an authenticator, and with a configuration that
// cannot be followed, the handler refuses everything: there is no way to open it
// by omission.
func NewHandler(h Handler, c *Config, auth Authenticator, window time.Duration) *Handler {
	if auth == nil {
		c.Misconfigured("Authenticator", "it is nil")
	}
	h.config, h.gate = c, newGate(c, auth, window)
	return &h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &Exchange{RequestID: newRequestID(), Host: r.Host, handler: h}
	result, err := h.answer(w, r, x)
	reply := h.Encode(x, result, err)
	header := w.Header()
	header.Set("Content-Type", reply.ContentType)
	header.Set("Content-Length", strconv.Itoa(len(reply.Body)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that has gone away has no use for an error
	h.log(r.Context(), x, reply, err, time.Since(start))
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, x *Exchange) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			x.frames = frames()
			result, err = nil, &errors.Error{Code: errors.Internal, Reason: "panic: " + describePanic(p)}
		}
	}()
	if h.config.mistake != nil {
		return nil, h.config.mistake
	}
	if err := Foreign(h.Protocol, r.Header, r.URL.RawQuery); err != nil {
		return nil, err
	}
	in, err := Read(w, r, h.config.BodyTimeout)
	if err != nil {
		return nil, err
	}
	return h.Answer(r.Context(), in, x)
}

// log writes the line. Nothing in it comes from a sender who has not proven who he
// is. The cause of a failure of ours is in it, since nobody else is told; that a
// caller has gone away is none.
func (h *Handler) log(ctx context.Context, x *Exchange, reply Reply, err error, took time.Duration) {
	l := h.config.Logger
	if l == nil {
		return
	}
	level, cause := slog.LevelInfo, ""
	if k := Row(err); (k == errors.Internal || k == errors.Unavailable) && !IsContext(err) {
		level, cause = slog.LevelError, err.Error()
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs,
		slog.String("request_id", x.RequestID), slog.String("principal", x.Principal), slog.String("action", x.Action),
		slog.String("key_id", shorten(x.Key)), slog.String("code", reply.Code), slog.Duration("duration", took))
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

// newRequestID returns a random UUID, RFC 9562, section 5.4, in the upper case of
// Alibaba's.
func newRequestID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var b [36]byte
	hex.Encode(b[:8], u[:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:], u[10:])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return strings.ToUpper(string(b[:]))
}
