// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
// followed, or without a Lookup, it refuses everything: an omission never opens it.
func NewHandler(d Dialect, c *Config) http.Handler {
	if d.Lookup == nil {
		c.Misconfigured("Authenticator", "it is nil")
	}
	c.complete(&d)
	d.large = newLarge(&d)
	return &handler{dialect: d, config: c, gate: newGate(&d, c)}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	x := &Exchange{RequestID: h.dialect.NewRequestID(), Host: r.Host, ClientAddr: r.RemoteAddr, handler: h}
	x.scope = scope{r.Context(), x}
	ctx := &x.scope
	reply, err := h.reply(ctx, w, r, x, start)
	h.observe(ctx, x, reply, err, start)
	h.send(w, x, reply)
	h.log(ctx, x, reply, err, start)
}

// reply makes the answer, within the deadline and the place in flight of the request.
// What cannot be audited is not answered.
func (h *handler) reply(
	ctx context.Context, w http.ResponseWriter, r *http.Request, x *Exchange, start time.Time,
) (Reply, error) {
	defer x.deadline.end()
	defer func() {
		if x.entered {
			h.gate.leave()
		}
	}()
	result, err := h.answer(ctx, w, r, x)
	reply := h.dialect.Encode(x, result, err)
	if e := h.audit(ctx, x, reply, err, start); e != nil {
		err = e
		reply = h.dialect.Encode(x, nil, err)
	}
	return reply, err
}

// send writes the answer, and sees it on its way before the log is written.
func (h *handler) send(w http.ResponseWriter, x *Exchange, reply Reply) {
	header := w.Header()
	for name, values := range reply.Header {
		header[name] = values
	}
	// One array for all values, each with a capacity of one.
	v := [...]string{reply.ContentType, strconv.Itoa(len(reply.Body)), "nosniff", "no-store", x.RequestID}
	header["Content-Type"] = v[0:1:1]
	header["Content-Length"] = v[1:2:2]
	header["X-Content-Type-Options"] = v[2:3:3]
	header["Cache-Control"] = v[3:4:4]
	if name := h.dialect.RequestIDHeader; name != "" {
		header[name] = v[4:5:5]
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that has gone away has no use for an error
	if h.config.Logger != nil {
		_ = http.NewResponseController(w).Flush() // what cannot be flushed is sent later
	}
}

// answer is the way of a request: read, authenticate, admit, run the operation.
func (h *handler) answer(
	ctx context.Context, w http.ResponseWriter, r *http.Request, x *Exchange,
) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			x.frames = frames()
			result, err = nil, &errors.Error{Code: errors.Internal, Reason: "panic: " + describePanic(p)}
		}
	}()
	if h.config.mistake != nil {
		return nil, h.config.mistake
	}
	in, err := h.dialect.Read(w, r, h.config.BodyTimeout)
	if err != nil {
		return nil, err
	}
	defer in.place.release()
	x.Request = in
	x.deadline.start(ctx, h.config.Timeout)
	ctx = &x.deadline
	c, err := h.authenticate(ctx, in, x)
	if err != nil {
		return nil, err
	}
	if err := h.gate.enter(); err != nil {
		return nil, err
	}
	x.entered = true
	if err := h.gate.admit(ctx, x.Principal, c); err != nil {
		return nil, err
	}
	run, err := h.dialect.operation(c, h.config.Management)
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
	x.Scheme = claim.Scheme
	credential, err := h.gate.find(ctx, claim)
	unknown := err
	if decoy := h.dialect.Decoy; decoy != nil && errors.Is(err, UnknownAccessKey) {
		credential, err = decoy(), nil
	}
	if err != nil {
		return nil, err
	}
	c, err := claim.Parse()
	if err != nil {
		return nil, err
	}
	if err := h.gate.verify(c, credential); unknown != nil || err != nil {
		return nil, cmp.Or(unknown, err)
	}
	x.Principal = claim.AccessKeyID
	return c, nil
}

// operation finds what the action of the version is.
func (d *Dialect) operation(c *Call, management bool) (Operation, error) {
	switch {
	case c.Version == "":
		return nil, Missing("Version")
	case c.Version != d.Version:
		return nil, Refuse(UnknownVersion, "Version", "")
	case c.Action == "":
		return nil, Missing("Action")
	}
	if op, ok := d.Operations[c.Action]; ok {
		return op, nil
	}
	op, ok := d.Changes[c.Action]
	switch {
	case ok && management:
		return op, nil
	case ok:
		return nil, Refuse(Unmanaged, "Action", "key management is off; frontend.WithManagement turns it on")
	}
	return nil, Refuse(UnknownAction, "Action", strconv.Quote(c.Action[:min(len(c.Action), maxName)])+
		" is not served here; served are "+strings.Join(d.served(management), ", "))
}

// served are the names of the operations, sorted.
func (d *Dialect) served(management bool) []string {
	names := slices.Collect(maps.Keys(d.Operations))
	if management {
		names = slices.AppendSeq(names, maps.Keys(d.Changes))
	}
	slices.Sort(names)
	return names
}
