// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

// testDialect is a dialect whose every request makes the given claim and asks for
// Sign. Answers are text.
func testDialect(claims *Claim, run Operation) Dialect {
	return Dialect{
		Provider: "test", Protocol: "the test's", Methods: []string{"GET", "POST"}, Path: "/", MaxQuery: maxQuery,
		MaxBody: maxBody,
		Header: func(name string) HeaderRule {
			switch {
			case name == "X-T-Client":
				return OneValue
			case strings.HasPrefix(name, "X-T-"):
				return OneWord
			}
			return Unread
		},
		NewRequestID: NewUUID, Window: time.Minute, Rate: 100, Schemes: []string{"good", "better"}, Lookup: Secrets(known),
		Claim:   func(*Request, *Exchange) (*Claim, error) { return claims, nil },
		Version: "1", Operations: map[string]Operation{"Sign": run},
		Encode: func(x *Exchange, result any, err error) Reply {
			r := Reply{Status: 200, Code: "OK", ContentType: "text/plain", Body: []byte("OK")}
			if err != nil {
				r.Status, r.Code, r.Body = 400, KindOf(err).Error(), []byte(KindOf(err).Error()+" "+x.RequestID)
			}
			return r
		},
	}
}

const (
	maxQuery = 32 << 10
	maxBody  = 64 << 10
)

// serve returns the handler of a dialect with a log.
func serve(d Dialect, opts ...func(*Config)) (http.Handler, *bytes.Buffer) {
	var log bytes.Buffer
	opts = append([]func(*Config){func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) }}, opts...)
	return NewHandler(d, NewConfig(opts)), &log
}

// run serves an operation for a client that is always authenticated.
func run(op Operation, opts ...func(*Config)) (http.Handler, *bytes.Buffer) {
	d := testDialect(nil, op)
	d.Claim = func(*Request, *Exchange) (*Claim, error) { return claim("id", "secret", "", time.Now()), nil }
	return serve(d, opts...)
}

func done(context.Context, *Exchange, *Call) (any, error) { return nil, nil }

func line(t *testing.T, log *bytes.Buffer) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &m), log.String())
	return m
}

func TestHandler(t *testing.T) {
	d := testDialect(nil, func(ctx context.Context, x *Exchange, c *Call) (any, error) {
		require.Equal(t, "h", x.Host)
		require.Equal(t, "1.2.3.4:5", x.ClientAddr)
		require.Equal(t, []string{"id", "Sign"}, []string{x.Principal, x.Action})
		return "", x.Authorize(ctx, strings.Repeat("k", 300))
	})
	d.RequestIDHeader = "X-T-Id"
	d.Claim = func(r *Request, x *Exchange) (*Claim, error) {
		require.Equal(t, &Request{Method: "POST", Host: "h", RawQuery: "a=b", Header: r.Header, Body: []byte("x"),
			MediaType: "text/plain"}, r)
		return claim("id", "secret", "n", time.Now()), nil
	}
	encode := d.Encode
	d.Encode = func(x *Exchange, result any, err error) Reply {
		r := encode(x, result, err)
		r.Header = http.Header{"X-T-Other": {"1", "2"}}
		return r
	}
	h, log := serve(d)
	r := httptest.NewRequest("POST", "http://h/?a=b", strings.NewReader("x"))
	r.RemoteAddr = "1.2.3.4:5"
	r.Header.Set("Content-Type", "text/PLAIN; charset=utf-8")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "OK", w.Body.String())
	m := line(t, log)
	require.Equal(t, http.Header{
		"Content-Type": {"text/plain"}, "Content-Length": {"2"}, "X-Content-Type-Options": {"nosniff"},
		"Cache-Control": {"no-store"},
		"X-T-Id":        {m["request_id"].(string)}, "X-T-Other": {"1", "2"},
	}, w.Header())
	require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
		m["request_id"])
	require.Positive(t, m["duration"])
	for _, k := range []string{"time", "request_id", "duration"} {
		delete(m, k)
	}
	require.Equal(t, map[string]any{"level": "INFO", "msg": "kms request", "principal": "id", "action": "Sign",
		"key_id": strings.Repeat("k", 256), "code": "OK"}, m)
}

// Who has proven who he is stands in the log, also if he is refused.
func TestHandler_principal(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name      string
		claim     *Claim
		opt       func(*Config)
		want      error
		principal string
	}{
		{"expired", claim("id", "secret", "n", now.Add(-time.Hour)), func(*Config) {}, Expired, "id"},
		{"throttled", claim("id", "secret", "n", now), func(c *Config) { c.SetRate(1e-9, 1) }, errors.Throttled, "id"},
		{"replayed", claim("id", "secret", "n", now), func(*Config) {}, NonceUsed, "id"},
		{"no cache", claim("id", "secret", "n", now), func(c *Config) { c.Nonces = brokenNonces{errors.New("away")} },
			errors.Unavailable, "id"},
		{"wrong secret", claim("id", "Secret", "n", now), func(*Config) {}, SignatureMismatch, ""},
		{"unknown", claim("other", "secret", "n", now), func(*Config) {}, UnknownAccessKey, ""},
		{"malformed", claim("id", "secret", strings.Repeat("n", maxNonce+1), now), func(*Config) {}, MalformedAuthorization,
			""},
	} {
		h, log := serve(testDialect(tt.claim, done), tt.opt)
		request := func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) }
		request() // uses the nonce and the token up, where it comes so far
		log.Reset()
		request()
		m := line(t, log)
		require.Equal(t, tt.want.Error(), m["code"], tt.name)
		require.Equal(t, tt.principal, m["principal"], tt.name)
	}
}

// Failures of the service are errors; a client that has gone away is none.
func TestHandler_level(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		err  error
		ctx  context.Context
		want string
	}{
		{errors.Internal, t.Context(), "ERROR"},
		{errors.Unavailable, t.Context(), "ERROR"},
		{errors.New("foreign"), t.Context(), "ERROR"},
		{context.DeadlineExceeded, t.Context(), "ERROR"},
		{context.Canceled, t.Context(), "ERROR"},
		{context.Canceled, gone, "INFO"},
		{errors.KeyNotFound, t.Context(), "INFO"},
		{NonceUsed, t.Context(), "INFO"},
	} {
		h, log := run(func(context.Context, *Exchange, *Call) (any, error) { return nil, tt.err })
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(tt.ctx))
		m := line(t, log)
		require.Equal(t, tt.want, m["level"], tt.err)
		require.Equal(t, tt.want == "ERROR", m["error"] == tt.err.Error(), tt.err)
	}
}

// A policy that fails to decide denies, and the log says how it failed.
func TestHandler_policyFails(t *testing.T) {
	for _, tt := range []struct {
		err          error
		level, cause string
	}{
		{errors.New("the database is away"), "WARN", "the database is away"},
		{errors.KeyNotFound, "WARN", "KeyNotFound"},
		{errors.AccessDenied, "INFO", ""},
		{&errors.Error{Code: errors.AccessDenied, Reason: "not yours"}, "INFO", ""},
	} {
		h, log := run(func(ctx context.Context, x *Exchange, _ *Call) (any, error) { return nil, x.Authorize(ctx, "k") },
			func(c *Config) { c.Authorize = func(context.Context, string, string, string) error { return tt.err } })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Contains(t, w.Body.String(), "AccessDenied")
		require.NotContains(t, w.Body.String(), "database")
		m := line(t, log)
		require.Equal(t, tt.level, m["level"])
		if tt.cause == "" {
			require.NotContains(t, m, "error")
		} else {
			require.Contains(t, m["error"], tt.cause)
		}
	}
}

type secretThing struct{ digest string }

// A panic becomes an internal failure. The log has the request's id and where it
// was, not what was thrown.
func TestHandler_panic(t *testing.T) {
	for name, thrown := range map[string]any{"text": "my digest", "value": secretThing{"my digest"},
		"error": errors.New("my digest"), "abort": http.ErrAbortHandler} {
		h, log := run(func(context.Context, *Exchange, *Call) (any, error) { panic(thrown) })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Equal(t, 400, w.Code)
		m := line(t, log)
		require.Equal(t, "ERROR", m["level"], name)
		require.Equal(t, "Internal "+m["request_id"].(string), w.Body.String())
		require.Contains(t, m["error"], "panic: a value of type ")
		require.Contains(t, log.String(), "TestHandler_panic")
		require.NotContains(t, log.String(), "my digest")
		require.NotContains(t, w.Body.String(), "panic")
	}
	h, log := run(func(_ context.Context, _ *Exchange, c *Call) (any, error) { return c.Body[7], nil })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	require.Contains(t, line(t, log)["error"], "index out of range [7] with length 0")

	// Without a logger it is lost, and the handler still answers.
	h, _ = run(func(context.Context, *Exchange, *Call) (any, error) { panic("x") }, func(c *Config) { c.Logger = nil })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 400, w.Code)
}

func TestHandler_misconfigured(t *testing.T) {
	never := func(context.Context, *Exchange, *Call) (any, error) { t.Fatal("served"); return nil, nil }
	for want, opt := range map[string]func(*Config){
		"an option is nil":           nil,
		"have to be positive":        func(c *Config) { c.SetRate(0, 1) },
		"to be positive":             func(c *Config) { c.SetRate(-1, 1) },
		"be positive":                func(c *Config) { c.SetRate(math.NaN(), 1) },
		"WithRate":                   func(c *Config) { c.SetRate(1, 0) },
		"of package tencentkms only": func(c *Config) { c.UnsignedPayload = true },
		"WithMaxInFlight":            func(c *Config) { c.InFlight = 0 },
		"WithMaxInFlight: the":       func(c *Config) { c.InFlight = -1 },
		"WithTimeout":                func(c *Config) { c.Timeout = 0 },
		"WithTimeout: the":           func(c *Config) { c.Timeout = -1 },
		"signature of the test's":    func(c *Config) { c.Schemes = []string{"bad"} },
		"WithSchemes":                func(c *Config) { c.Schemes = []string{} },
		"Something: is absent":       func(c *Config) { c.Misconfigured("Something", "is absent"); c.Misconfigured("Other", "no") },
	} {
		h, log := run(never, opt)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Contains(t, w.Body.String(), "Internal")
		require.Contains(t, log.String(), want)
		require.Contains(t, log.String(), `"level":"ERROR"`)
	}
	d := testDialect(claim("id", "secret", "", time.Now()), never)
	d.Lookup = nil
	h, log := serve(d)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Contains(t, w.Body.String(), "Internal")
	require.Contains(t, log.String(), "Authenticator")
}

func TestAuthorize(t *testing.T) {
	for _, tt := range []struct{ err, want error }{
		{nil, nil},
		{errors.New("no"), errors.AccessDenied},
		{errors.KeyNotFound, errors.AccessDenied},
		{UnknownAction, errors.AccessDenied},
		{errors.Unavailable, errors.Unavailable},
		{context.Canceled, errors.Unavailable},
	} {
		var asked []string
		h, _ := run(nil, func(c *Config) {
			c.Authorize = func(_ context.Context, principal, action, keyID string) error {
				asked = []string{principal, action, keyID}
				return tt.err
			}
		})
		x := &Exchange{handler: h.(*handler), Principal: "p", Action: "a"}
		err := x.Authorize(context.Background(), "k")
		require.Equal(t, []string{"p", "a", "k"}, asked)
		if tt.want == nil {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, tt.want, KindOf(err))
	}
}

func TestRead_refused(t *testing.T) {
	h, _ := run(done)
	get := func(target string) *http.Request { return httptest.NewRequest("GET", target, nil) }
	with := func(r *http.Request, name string, values ...string) *http.Request {
		r.Header[name] = values
		return r
	}
	post := func(body io.Reader) *http.Request { return httptest.NewRequest("POST", "/", body) }
	unknownLength := func(n int) *http.Request {
		r := post(strings.NewReader(strings.Repeat("x", n)))
		r.ContentLength = -1
		return r
	}
	for _, tt := range []struct {
		name string
		r    *http.Request
		want error
	}{
		{"GET", get("/"), nil},
		{"POST", post(nil), nil},
		{"HEAD", httptest.NewRequest("HEAD", "/", nil), UnsupportedMethod},
		{"PUT", httptest.NewRequest("PUT", "/", nil), UnsupportedMethod},
		{"OPTIONS", httptest.NewRequest("OPTIONS", "/", nil), UnsupportedMethod},
		{"lower case", httptest.NewRequest("get", "/", nil), UnsupportedMethod},
		{"path", get("/x"), UnknownAction},
		{"two slashes", get("//"), UnknownAction},
		{"escaped slash", get("/%2f"), UnknownAction},
		{"dot", get("/."), UnknownAction},
		{"escaped path", get("/%2e%2e/"), UnknownAction},
		{"query at the limit", get("/?" + strings.Repeat("a", maxQuery)), nil},
		{"query over it", get("/?" + strings.Repeat("a", maxQuery+1)), errors.InvalidParameter},
		{"headers at the limit", with(get("/"), "X", strings.Repeat("a", MaxHeader-1)), nil},
		{"headers over it", with(get("/"), "X", strings.Repeat("a", MaxHeader)), errors.InvalidParameter},
		{"space over it", with(get("/"), "X", strings.Repeat("\u3000", MaxHeader/3+1)), errors.InvalidParameter},
		{"many headers over it", with(get("/"), "X", strings.Split(strings.Repeat("a,", MaxHeader/2+1), ",")...),
			errors.InvalidParameter},
		{"body at the limit", post(strings.NewReader(strings.Repeat("a", maxBody))), nil},
		{"body over it", post(strings.NewReader(strings.Repeat("a", maxBody+1))), BodyTooLarge},
		{"body of unknown length at the limit", unknownLength(maxBody), nil},
		{"body of unknown length over it", unknownLength(maxBody + 1), BodyTooLarge},
		{"GET with a body", httptest.NewRequest("GET", "/", strings.NewReader("x")), errors.InvalidParameter},
		{"body that breaks off", post(io.MultiReader(strings.NewReader("x"), broken{})), errors.InvalidParameter},
		{"two Authorizations", with(get("/"), "Authorization", "a", "b"), errors.InvalidParameter},
		{"two equal Authorizations", with(get("/"), "Authorization", "a", "a"), errors.InvalidParameter},
		{"two Content-Types", with(get("/"), "Content-Type", FormType, FormType), errors.InvalidParameter},
		{"two words", with(get("/"), "X-T-Action", "a", "b"), errors.InvalidParameter},
		{"two values", with(get("/"), "X-T-Client", "a", "b"), errors.InvalidParameter},
		{"two of another", with(get("/"), "Accept", "a", "b"), nil},
		{"folded word", with(get("/"), "X-T-Action", "a b"), errors.InvalidParameter},
		{"words around", with(get("/"), "X-T-Token", " a\u00a0"), nil},
		{"the name of a client", with(get("/"), "X-T-Client", "a b"), nil},
		{"control character", with(get("/"), "Authorization", "a\tb"), errors.InvalidParameter},
		{"not UTF-8", with(get("/"), "X-T-Date", "\xff"), errors.InvalidParameter},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, tt.r)
		if tt.want == nil {
			require.Equal(t, "OK", w.Body.String(), tt.name)
			continue
		}
		require.True(t, strings.HasPrefix(w.Body.String(), tt.want.Error()), "%s: %s", tt.name, w.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestMayHaveSpaceAround(t *testing.T) {
	for r := rune(0); r < 0x3100; r++ {
		for _, s := range []string{string(r), "a" + string(r), string(r) + "a", "a" + string(r) + "a", string(r) + "ä"} {
			require.True(t, mayHaveSpaceAround(s) || strings.TrimSpace(s) == s, "%q", s)
		}
	}
	for _, s := range []string{"", "\x85", "\xa0a", "\xc2", "a\xe2\x80"} {
		require.True(t, mayHaveSpaceAround(s) || strings.TrimSpace(s) == s, "%q", s)
	}
}

func TestMediaType(t *testing.T) {
	for in, want := range map[string]string{
		"": "", FormType: FormType, JSONType: JSONType, "Application/JSON; charset=UTF-8": JSONType,
		"application/json;": JSONType, "application/json; charset": "malformed", "/": "malformed",
		", application/json": "malformed",
	} {
		require.Equal(t, want, mediaType(in), in)
	}
}

// A body that trickles in is cut off, and so is the connection; and a client that
// is fast keeps its connection for longer than a body may take.
func TestRead_slowBody(t *testing.T) {
	const timeout = 300 * time.Millisecond
	h, _ := run(done,
		func(c *Config) { c.BodyTimeout = timeout; c.Logger = nil })
	for name, configure := range map[string]func(*http.Server){
		"no limit of the server's": func(*http.Server) {},
		"a later one":              func(s *http.Server) { s.ReadTimeout = time.Hour },
		// For the body alone: no header may be late.
		"an earlier one": func(s *http.Server) { s.ReadHeaderTimeout, s.ReadTimeout = time.Minute, timeout/2 },
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewUnstartedServer(h)
			configure(srv.Config)
			srv.Start()
			defer srv.Close()

			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
			require.NoError(t, err)
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						if _, err := conn.Write([]byte("a")); err != nil {
							return
						}
					}
				}
			}()
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
			answer, err := io.ReadAll(conn) // ends when the server closes the connection
			if err != nil {
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				var timeout net.Error
				require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the connection is still open")
			}
			require.Contains(t, string(answer), "InvalidParameter")
			require.Contains(t, string(answer), "Connection: close")
		})
	}
	t.Run("a fast one is not cut", func(t *testing.T) {
		slow, _ := run(func(ctx context.Context, _ *Exchange, _ *Call) (any, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(2 * timeout):
				return nil, nil
			}
		}, func(c *Config) { c.BodyTimeout = timeout; c.Logger = nil })
		srv := httptest.NewServer(slow)
		defer srv.Close()
		resp, err := http.Post(srv.URL, FormType, strings.NewReader("a=b"))
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, "OK", string(body))
	})
}
