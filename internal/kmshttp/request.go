// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/errors"
)

// MaxHeader is the most bytes of all names and values of the headers.
const MaxHeader = 16 << 10

// The two media types of bodies.
const (
	FormType = "application/x-www-form-urlencoded"
	JSONType = "application/json"
)

// A Request is a request that has arrived in full and is within the limits.
// Nothing in it is to be believed yet.
type Request struct {
	Method, Host, RawQuery string
	// Header has every value without the space around it: what is signed of a header
	// is what is read of it.
	Header http.Header
	Body   []byte
	// MediaType is the Content-Type without its parameters, in lower case.
	MediaType string

	place place // of the body, until the request is answered
}

// Read reads a request whose body arrives within the timeout. It refuses, in this
// order: another protocol, a method and a path that the dialect does not have, headers that are
// over the limit or break their rule, a query and a body over theirs, a large body
// beside too many others, a GET with a body, a body that does not arrive in time.
func (d *Dialect) Read(w http.ResponseWriter, r *http.Request, timeout time.Duration) (*Request, error) {
	arrived := limitBody(w, r, timeout)
	if err := Foreign(d.Protocol, r.Header, r.URL.RawQuery); err != nil {
		return nil, err
	}
	if !slices.Contains(d.Methods, r.Method) {
		return nil, Refuse(UnsupportedMethod, "", "")
	}
	// Providers sign "/" whatever the path is.
	if r.URL.Path != d.Path && r.URL.Path != "" {
		return nil, Refuse(UnknownAction, "", "the path is not "+d.Path)
	}
	header, err := trimmed(r.Header)
	if err != nil {
		return nil, err
	}
	if err := d.checkHeader(header); err != nil {
		return nil, err
	}
	if len(r.URL.RawQuery) > d.MaxQuery {
		return nil, Invalid("", "the query has more than "+strconv.Itoa(d.MaxQuery)+" bytes")
	}
	if r.ContentLength > int64(d.MaxBody) {
		return nil, tooLarge(d.MaxBody)
	}
	place, err := d.reserve(r)
	if err != nil {
		return nil, err
	}
	body, err := readBody(w, r, d.MaxBody)
	if err == nil && r.Method == http.MethodGet && len(body) > 0 {
		err = Invalid("", "a GET has no body")
	}
	if err != nil {
		place.release()
		return nil, err
	}
	arrived()
	return &Request{
		Method: r.Method, Host: r.Host, RawQuery: r.URL.RawQuery, Header: header,
		Body: body, MediaType: mediaType(header.Get("Content-Type")),
		place: place,
	}, nil
}

// trimmed returns the headers without the space around their values, of any kind
// that Unicode has: so they are signed. net/http removes spaces and tabs only, and
// over HTTP/2 nothing. The request itself stays as it is. It refuses headers that are
// too large before it looks at each of their bytes.
func trimmed(h http.Header) (http.Header, error) {
	size, clean := 0, true
	for name, values := range h {
		for _, v := range values {
			size += len(name) + len(v)
			clean = clean && !mayHaveSpaceAround(v)
		}
	}
	if size > MaxHeader {
		return nil, Invalid("", "the headers have more than "+strconv.Itoa(MaxHeader)+" bytes")
	}
	if clean {
		return h, nil
	}
	h = h.Clone()
	for _, values := range h {
		for i, v := range values {
			values[i] = strings.TrimSpace(v)
		}
	}
	return h, nil
}

// mayHaveSpaceAround reports whether s begins or ends with a byte that may be of a
// space. Most values begin and end with a letter or a digit.
func mayHaveSpaceAround(s string) bool {
	edge := func(c byte) bool { return c <= ' ' || c >= utf8.RuneSelf }
	return s != "" && (edge(s[0]) || edge(s[len(s)-1]))
}

// checkHeader refuses headers that break the dialect's rule for them.
func (d *Dialect) checkHeader(h http.Header) error {
	for name, values := range h {
		rule := OneValue
		if name != "Authorization" && name != "Content-Type" {
			rule = d.Header(name)
		}
		if rule == Unread {
			continue
		}
		if len(values) != 1 {
			return Invalid(name, "the header is given more than once")
		}
		if err := checkText(name, values[0]); err != nil {
			return err
		}
		if rule == OneWord && strings.Contains(values[0], " ") {
			return Invalid(name, "the header has a space")
		}
	}
	return nil
}

// limitBody ends the connection when the body does not arrive within the timeout,
// until the function that it returns is called: a request that is refused unread
// has a body too, which the server waits for before it closes the connection.
func limitBody(w http.ResponseWriter, r *http.Request, timeout time.Duration) (arrived func()) {
	if !hasBody(r) {
		return func() {}
	}
	header := w.Header()
	header.Set("Connection", "close")
	rc := http.NewResponseController(w)
	limited := !hasReadTimeout(r, timeout) && rc.SetReadDeadline(time.Now().Add(timeout)) == nil
	return func() {
		header.Del("Connection")
		if limited {
			// The server reads on in the background, to notice a client that goes away;
			// the deadline must not end that. Where it cannot be lifted, it was not set.
			_ = rc.SetReadDeadline(time.Time{})
		}
	}
}

func hasBody(r *http.Request) bool {
	return r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
}

func readBody(w http.ResponseWriter, r *http.Request, most int) ([]byte, error) {
	if !hasBody(r) {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(most)))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, tooLarge(most)
		}
		return nil, Invalid("", "the body did not arrive, or not in time")
	}
	return body, nil
}

func tooLarge(most int) error {
	return Refuse(BodyTooLarge, "", "the body has more than "+strconv.Itoa(most)+" bytes")
}

// hasReadTimeout reports whether the server itself ends slow bodies in this time.
func hasReadTimeout(r *http.Request, timeout time.Duration) bool {
	s, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	return ok && s.ReadTimeout > 0 && s.ReadTimeout <= timeout
}

func mediaType(contentType string) string {
	switch contentType {
	case "", FormType, JSONType:
		return contentType
	}
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "malformed"
	}
	return t
}
