// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// What waits for its context is done after the time limit, in every place where the
// embedder is asked.
func TestTimeout(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, opt := range map[string]func(*Config, *Dialect){
		"authenticator": func(_ *Config, d *Dialect) {
			d.Lookup = func(ctx context.Context, _, _ string) (any, error) { return nil, wait(ctx) }
		},
		"limiter": func(c *Config, _ *Dialect) { c.Limiter = limiterFunc(wait) },
		"nonces":  func(c *Config, _ *Dialect) { c.Nonces = slowNonces(wait) },
		"policy": func(c *Config, _ *Dialect) {
			c.Authorize = func(ctx context.Context, _, _, _ string) error { return wait(ctx) }
		},
		"audit": func(c *Config, _ *Dialect) {
			c.Audit = func(ctx context.Context, _ Event) error { return wait(ctx) }
		},
		"operation": func(_ *Config, d *Dialect) {
			d.Operations["Sign"] = func(ctx context.Context, _ *Exchange, _ *Call) (any, error) { return nil, wait(ctx) }
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := testDialect(claim("id", "secret", "n", time.Now()),
				func(ctx context.Context, x *Exchange, _ *Call) (any, error) {
					return nil, x.Authorize(ctx, "k")
				})
			h, log := serve(d, func(c *Config) { c.Timeout = 7 * time.Second; opt(c, &d) })
			h.(*handler).gate.lookup = d.Lookup
			start := time.Now()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			require.Equal(t, 7*time.Second, time.Since(start), name)
			require.Contains(t, w.Body.String(), "Unavailable", name)
			m := line(t, log)
			require.Equal(t, "ERROR", m["level"], name)
			require.Contains(t, m["error"], "deadline exceeded", name)
		})
	}
}

type limiterFunc func(context.Context) error

func (f limiterFunc) Allow(ctx context.Context, _ string) (bool, error) { return true, f(ctx) }

type slowNonces func(context.Context) error

func (f slowNonces) Use(ctx context.Context, _, _ string, _ time.Duration) (bool, error) {
	return true, f(ctx)
}

// One request more than may be in flight is refused at once, and costs its client
// neither a nonce nor a token.
func TestInFlight(t *testing.T) {
	const most = 3
	begun, end := make(chan struct{}), make(chan struct{})
	l := &testLimiter{allow: true}
	d := testDialect(nil, func(context.Context, *Exchange, *Call) (any, error) {
		begun <- struct{}{}
		<-end
		return nil, nil
	})
	one := claim("id", "secret", "the same", time.Now())
	var mu sync.Mutex
	claims := []*Claim{claim("id", "secret", "1", time.Now()), claim("id", "secret", "2", time.Now()),
		claim("id", "secret", "3", time.Now()), one, one}
	d.Claim = func(*Request, *Exchange) (*Claim, error) {
		mu.Lock()
		defer mu.Unlock()
		c := claims[0]
		claims = claims[1:]
		return c, nil
	}
	h, _ := serve(d, func(c *Config) { c.InFlight, c.Limiter, c.Logger = most, l, nil })
	request := func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	answers := make(chan string)
	for range most {
		go func() { answers <- request() }()
		<-begun
	}
	require.True(t, strings.HasPrefix(request(), "Unavailable"))
	require.Len(t, l.asked, most)
	close(end)
	for range most {
		require.Equal(t, "OK", <-answers)
	}
	go func() { answers <- request() }()
	<-begun
	require.Equal(t, "OK", <-answers)
}

// A panic leaves its place to others.
func TestInFlight_panic(t *testing.T) {
	h, _ := run(func(context.Context, *Exchange, *Call) (any, error) { panic("x") }, func(c *Config) { c.InFlight = 1 })
	for range 3 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Contains(t, w.Body.String(), "Internal")
	}
}

// Everything that the embedder is asked can tell which request it is about.
func TestRequestID(t *testing.T) {
	var ids []string
	note := func(ctx context.Context) { ids = append(ids, RequestID(ctx)) }
	d := testDialect(claim("id", "secret", "n", time.Now()), func(ctx context.Context, x *Exchange, _ *Call) (any, error) {
		note(ctx)
		return nil, x.Authorize(ctx, "k")
	})
	d.Lookup = func(ctx context.Context, _, _ string) (any, error) { note(ctx); return "secret", nil }
	h, log := serve(d, func(c *Config) {
		c.Limiter = limiterFunc(func(ctx context.Context) error { note(ctx); return nil })
		c.Nonces = slowNonces(func(ctx context.Context) error { note(ctx); return nil })
		c.Authorize = func(ctx context.Context, _, _, _ string) error { note(ctx); return nil }
		c.Observe = func(ctx context.Context, _ Event) { note(ctx) }
		c.Audit = func(ctx context.Context, _ Event) error { note(ctx); return nil }
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	require.Len(t, ids, 7)
	for _, id := range ids {
		require.Equal(t, line(t, log)["request_id"], id)
	}
	require.Empty(t, RequestID(t.Context()))
}

func TestObserve(t *testing.T) {
	at := time.Now()
	for _, tt := range []struct {
		name  string
		claim *Claim
		run   Operation
		want  Event
	}{
		{"served", claim("id", "secret", "n", at), func(ctx context.Context, x *Exchange, _ *Call) (any, error) {
			x.found(&keyring.Version{VersionID: "v", KeySpec: "SPEC"})
			x.Use("ALG")
			return nil, x.Authorize(ctx, "k")
		}, Event{Scheme: "good", Principal: "id", Action: "Sign", KeyID: "k", VersionID: "v", KeySpec: "SPEC",
			Algorithm: "ALG", Status: 200, Code: "OK"}},
		{"failed", claim("id", "secret", "n", at), func(context.Context, *Exchange, *Call) (any, error) {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the cause"}
		}, Event{Scheme: "good", Principal: "id", Action: "Sign", Status: 400, Code: "Internal", Kind: "Internal",
			Reason: "kmsigner: Internal: the cause"}},
		{"panicked", claim("id", "secret", "n", at), func(context.Context, *Exchange, *Call) (any, error) { panic("x") },
			Event{Scheme: "good", Principal: "id", Action: "Sign", Status: 400, Code: "Internal", Kind: "Internal",
				Reason: "kmsigner: Internal: panic: a value of type string"}},
		{"not authenticated", claim("id", "wrong", "n", at), done,
			Event{Scheme: "good", Status: 400, Code: string(SignatureMismatch), Kind: "SignatureMismatch",
				Reason: "kmsigner: Unauthenticated: the signature does not match"}},
		{"another scheme", &Claim{AccessKeyID: "id", Scheme: "a stranger's text",
			Parse: func() (*Call, error) { return nil, UnsupportedSignature }}, done,
			Event{Status: 400, Code: string(UnsupportedSignature), Kind: "UnsupportedSignature",
				Reason: string(UnsupportedSignature)}},
	} {
		if tt.claim.Scheme == "" {
			tt.claim.Scheme = "good"
		}
		var events []Event
		w := httptest.NewRecorder()
		h, _ := serve(testDialect(tt.claim, tt.run), func(c *Config) {
			c.Observe = func(_ context.Context, e Event) {
				require.Zero(t, w.Body.Len(), "before the answer")
				events = append(events, e)
			}
		})
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "1.2.3.4:5"
		h.ServeHTTP(w, r)
		require.Len(t, events, 1, tt.name)
		e := events[0]
		require.Positive(t, e.Duration)
		require.False(t, e.Time.Before(at))
		require.Len(t, e.RequestID, 36)
		e.Time, e.Duration, e.RequestID = time.Time{}, 0, ""
		tt.want.Provider, tt.want.ClientAddr = "test", "1.2.3.4:5"
		require.Equal(t, tt.want, e, tt.name)
	}
}

// The audit comes before the observer, and that before the answer. What it refuses is
// not answered, whatever the answer would have been.
func TestAudit(t *testing.T) {
	for _, tt := range []struct {
		name       string
		run        Operation
		audit      func() error
		code       string // of the answer
		audited    string // the code that the audit sees
		log, level string
	}{
		{"recorded", done, func() error { return nil }, "OK", "OK", "", "INFO"},
		{"refused", done, func() error { return errors.New("the disk is full") }, "Unavailable", "OK",
			"kmsigner: Unavailable: the audit trail cannot be written: the disk is full", "ERROR"},
		{"its codes count for nothing", done, func() error { return errors.KeyNotFound }, "Unavailable", "OK",
			"kmsigner: Unavailable: the audit trail cannot be written: KeyNotFound", "ERROR"},
		{"refused a refusal", func(context.Context, *Exchange, *Call) (any, error) { return nil, NonceUsed },
			func() error { return errors.New("the disk is full") }, "Unavailable", string(NonceUsed),
			"kmsigner: Unavailable: the audit trail cannot be written: the disk is full (for a request that failed: " +
				string(NonceUsed) + ")", "ERROR"},
		{"panicked", done, func() error { panic(secretThing{"my digest"}) }, "Internal", "OK",
			"kmsigner: Internal: the audit function panicked: a value of type kmshttp.secretThing", "ERROR"},
	} {
		w := httptest.NewRecorder()
		var order []string
		h, log := run(tt.run, func(c *Config) {
			c.Audit = func(_ context.Context, e Event) error {
				require.Zero(t, w.Body.Len(), "before the answer")
				order = append(order, "audit "+e.Code)
				return tt.audit()
			}
			c.Observe = func(_ context.Context, e Event) { order = append(order, "observe "+e.Code) }
		})
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Equal(t, []string{"audit " + tt.audited, "observe " + tt.code}, order, tt.name)
		require.Equal(t, tt.code, strings.Fields(w.Body.String())[0], tt.name)
		require.NotContains(t, w.Body.String(), "disk", tt.name)
		m := line(t, log)
		require.Equal(t, tt.level, m["level"], tt.name)
		if tt.log != "" {
			require.Equal(t, tt.log, m["error"], tt.name)
		}
	}
}

// A request that is refused before it has a deadline is audited, and its audit has one.
func TestAudit_refusedUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := run(done, func(c *Config) {
			c.Timeout = 7 * time.Second
			c.Audit = func(ctx context.Context, _ Event) error { <-ctx.Done(); return ctx.Err() }
		})
		start := time.Now()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("PUT", "/", nil))
		require.Equal(t, 7*time.Second, time.Since(start))
		require.Contains(t, w.Body.String(), "Unavailable")
	})
}

// A request that waits for its audit is in flight.
func TestAudit_inFlight(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	h, _ := serve(testDialect(claim("id", "secret", "n", time.Now()), done), func(c *Config) {
		c.InFlight, c.Logger = 1, nil
		c.Audit = func(_ context.Context, e Event) error {
			if e.Code == "OK" {
				begun <- struct{}{}
				<-end
			}
			return nil
		}
	})
	request := func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Body.String()
	}
	answer := make(chan string)
	go func() { answer <- request() }()
	<-begun
	s, ok := StatsOf(h)
	require.True(t, ok)
	require.Equal(t, Stats{InFlight: 1, MaxInFlight: 1, Nonces: 1, AccessKeys: 1}, s)
	require.True(t, strings.HasPrefix(request(), "Unavailable"))
	close(end)
	require.Equal(t, "OK", <-answer)
	s, _ = StatsOf(h)
	require.Zero(t, s.InFlight)
	_, ok = StatsOf(http.NotFoundHandler())
	require.False(t, ok)
}

// Every fault has a name in events, its own.
func TestNameOf(t *testing.T) {
	seen := map[string]bool{"": true}
	for _, f := range Faults() {
		name := NameOf(Refuse(f, "p", "r"))
		require.False(t, seen[name], string(f))
		seen[name] = true
	}
	require.Len(t, names, len(Faults()))
	require.Equal(t, "Throttled", NameOf(&errors.Error{Code: errors.Throttled}))
	require.Equal(t, "Unavailable", NameOf(context.Canceled))
	require.Equal(t, "Internal", NameOf(errors.New("x")))
}

// Neither an observer nor a logger that panics costs the client its answer.
func TestHooks_panic(t *testing.T) {
	h, log := run(done, func(c *Config) { c.Observe = func(context.Context, Event) { panic(secretThing{"my digest"}) } })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, "OK", w.Body.String())
	m := line(t, log)
	require.Equal(t, "the observer panicked: a value of type kmshttp.secretThing", m["error"])
	require.Equal(t, "ERROR", m["level"])

	h, _ = run(done, func(c *Config) { c.Logger = slog.New(panickingLog{}) })
	w = httptest.NewRecorder()
	require.NotPanics(t, func() { h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)) })
	require.Equal(t, "OK", w.Body.String())
}

type panickingLog struct{ slog.Handler }

func (panickingLog) Enabled(context.Context, slog.Level) bool  { return true }
func (panickingLog) Handle(context.Context, slog.Record) error { panic("the disk is full") }

// The answer does not wait for the log.
func TestLog_afterAnswer(t *testing.T) {
	answered := make(chan struct{})
	h, _ := run(done, func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(writerFunc(func() { <-answered }), nil)) })
	srv := httptest.NewServer(h)
	defer srv.Close()
	defer close(answered) // only now can the line be written
	client := &http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(srv.URL)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "OK", string(body))
}

type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }

// A request that is refused before its body is read does not hold the connection
// for longer than a body may take, whatever the server's own limits are.
func TestRead_refusedWithBody(t *testing.T) {
	h, _ := run(done, func(c *Config) { c.BodyTimeout = 200 * time.Millisecond; c.Logger = nil })
	srv := httptest.NewServer(h)
	defer srv.Close()
	for name, head := range map[string]string{
		"method":           "PUT / HTTP/1.1\r\nContent-Length: 1000\r\n",
		"path":             "POST /x HTTP/1.1\r\nContent-Length: 1000\r\n",
		"chunks":           "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
		"query":            "POST /?" + strings.Repeat("a", maxQuery+1) + " HTTP/1.1\r\nContent-Length: 1000\r\n",
		"header twice":     "POST / HTTP/1.1\r\nX-T-A: 1\r\nX-T-A: 2\r\nContent-Length: 1000\r\n",
		"body over limit":  "POST / HTTP/1.1\r\nContent-Length: 100000\r\n",
		"another protocol": "POST / HTTP/1.1\r\nX-Amz-Target: TrentService.Sign\r\nContent-Length: 1000\r\n",
	} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, head+"Host: h\r\n\r\n") // and no body
		require.NoError(t, err)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, name)
		require.True(t, resp.Close, name)
		var rest bytes.Buffer
		_, err = io.Copy(&rest, conn) // ends when the server closes the connection
		var timeout net.Error
		require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "%s: the connection is still open", name)
	}
}
