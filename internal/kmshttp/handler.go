package kmshttp

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// A handler is the http.Handler of a dialect.
type handler struct {
	dialect Dialect
	config  *Config
	gate    *gate
}

// NewHandler returns the handler of a dialect. With a configuration that cannot be
// followed, or without a Lookup, it refuses everything: there is no way to open it
// by omission.
func NewHandler(d Dialect, c *Config) http.Handler {
	if d.Lookup == nil {
		c.Misconfigured("Authenticator", "it is nil")
	}
	c.complete(&d)
	return &handler{dialect: d, config: c, gate: newGate(&d, c)}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &Exchange{RequestID: h.dialect.NewRequestID(), Host: r.Host, ClientAddr: r.RemoteAddr, handler: h}
	result, err := h.answer(w, r, x)
	reply := h.dialect.Encode(x, result, err)
	header := w.Header()
	for name, values := range reply.Header {
		header[name] = values
	}
	header.Set("Content-Type", reply.ContentType)
	header.Set("Content-Length", strconv.Itoa(len(reply.Body)))
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if name := h.dialect.RequestIDHeader; name != "" {
		header[name] = []string{x.RequestID}
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that has gone away has no use for an error
	h.log(r.Context(), x, reply, err, time.Since(start))
}

// answer is the way of a request: who says that he asks, what he asks, whether it
// is he, whether he may ask now, and then the operation.
func (h *handler) answer(w http.ResponseWriter, r *http.Request, x *Exchange) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			x.frames = frames()
			result, err = nil, &errors.Error{Code: errors.Internal, Reason: "panic: " + describePanic(p)}
		}
	}()
	if h.config.mistake != nil {
		return nil, h.config.mistake
	}
	if err := Foreign(h.dialect.Protocol, r.Header, r.URL.RawQuery); err != nil {
		return nil, err
	}
	in, err := h.dialect.Read(w, r, h.config.BodyTimeout)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	c, err := h.authenticate(ctx, in, x)
	if err != nil {
		return nil, err
	}
	if err := h.gate.admit(ctx, x.Principal, c); err != nil {
		return nil, err
	}
	run, err := h.dialect.operation(c)
	if err != nil {
		return nil, err
	}
	x.Action = c.Action
	return run(ctx, x, c)
}

// authenticate finds out whose call it is. That is the principal from then on, also
// of a call that is refused for its time, its rate or its nonce.
func (h *handler) authenticate(ctx context.Context, r *Request, x *Exchange) (*Call, error) {
	claim, err := h.dialect.Claim(r, x)
	if err != nil {
		return nil, err
	}
	credential, err := h.gate.find(ctx, claim)
	if err != nil {
		return nil, err
	}
	c, err := claim.Parse()
	if err != nil {
		return nil, err
	}
	if err := h.gate.verify(c, credential); err != nil {
		return nil, err
	}
	x.Principal = claim.AccessKeyID
	return c, nil
}

// operation finds what the action of the version is.
func (d *Dialect) operation(c *Call) (Operation, error) {
	switch {
	case c.Version == "":
		return nil, Missing("Version")
	case c.Version != d.Version:
		return nil, Refuse(UnknownVersion, "Version", "")
	case c.Action == "":
		return nil, Missing("Action")
	}
	op, ok := d.Operations[c.Action]
	if !ok {
		return nil, Refuse(UnknownAction, "Action", "")
	}
	return op, nil
}
