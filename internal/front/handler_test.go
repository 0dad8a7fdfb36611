package front

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

// serve is a Handler that does what answer does and tells codes apart in the body.
func serve(t *testing.T, answer func(context.Context, *Request, *Exchange) (any, error), opts ...func(*Config)) (*Handler, *bytes.Buffer) {
	var log bytes.Buffer
	opts = append([]func(*Config){func(c *Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) }}, opts...)
	encode := func(x *Exchange, result any, err error) Reply {
		r := Reply{Status: 200, Code: "OK", ContentType: "text/plain", Body: []byte("OK")}
		if err != nil {
			r.Status, r.Code, r.Body = 400, Row(err).Error(), []byte(Row(err).Error()+" "+x.RequestID)
		}
		return r
	}
	return NewHandler(Handler{Answer: answer, Encode: encode}, NewConfig(100, opts), known, time.Minute), &log
}

func line(t *testing.T, log *bytes.Buffer) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(log.Bytes(), &m), log.String())
	return m
}

func TestHandler(t *testing.T) {
	h, log := serve(t, func(ctx context.Context, r *Request, x *Exchange) (any, error) {
		require.Equal(t, "h", x.Host)
		require.Equal(t, &Request{Method: "POST", Host: "h", RawQuery: "a=b", Header: r.Header, Body: []byte("x"), MediaType: "text/plain"}, r)
		require.NoError(t, x.Admit(ctx, claim("id", "secret", "n", time.Now())))
		x.Action = "Sign"
		return "", x.Authorize(ctx, strings.Repeat("k", 300))
	})
	r := httptest.NewRequest("POST", "http://h/?a=b", strings.NewReader("x"))
	r.Header.Set("Content-Type", "text/PLAIN; charset=utf-8")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "OK", w.Body.String())
	require.Equal(t, http.Header{"Content-Type": {"text/plain"}, "Content-Length": {"2"}, "X-Content-Type-Options": {"nosniff"}, "Cache-Control": {"no-store"}}, w.Header())
	m := line(t, log)
	require.Regexp(t, regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`), m["request_id"])
	require.Positive(t, m["duration"])
	for _, k := range []string{"time", "request_id", "duration"} {
		delete(m, k)
	}
	require.Equal(t, map[string]any{"level": "INFO", "msg": "kms request", "principal": "id", "action": "Sign", "key_id": strings.Repeat("k", 256), "code": "OK"}, m)
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
		{"throttled", claim("id", "secret", "n", now), func(c *Config) { c.Rate, c.Burst = 1e-9, 1 }, errors.Throttled, "id"},
		{"replayed", claim("id", "secret", "n", now), func(*Config) {}, NonceUsed, "id"},
		{"no cache", claim("id", "secret", "n", now), func(c *Config) { c.Nonces = brokenNonces{errors.New("away")} }, errors.Unavailable, "id"},
		{"wrong secret", claim("id", "Secret", "n", now), func(*Config) {}, SignatureMismatch, ""},
		{"unknown", claim("other", "secret", "n", now), func(*Config) {}, UnknownAccessKey, ""},
		{"malformed", claim("id", "secret", strings.Repeat("n", maxNonce+1), now), func(*Config) {}, MalformedAuthorization, ""},
	} {
		h, log := serve(t, func(ctx context.Context, _ *Request, x *Exchange) (any, error) { return nil, x.Admit(ctx, tt.claim) }, tt.opt)
		request := func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) }
		request() // uses the nonce and the token up, where it comes so far
		log.Reset()
		request()
		m := line(t, log)
		require.Equal(t, tt.want.Error(), m["code"], tt.name)
		require.Equal(t, tt.principal, m["principal"], tt.name)
	}
}

// Failures of the service are errors; a caller who has gone away is none.
func TestHandler_level(t *testing.T) {
	for err, want := range map[error]string{
		errors.Internal: "ERROR", errors.Unavailable: "ERROR", errors.New("foreign"): "ERROR",
		context.Canceled: "INFO", errors.KeyNotFound: "INFO", NonceUsed: "INFO",
	} {
		h, log := serve(t, func(context.Context, *Request, *Exchange) (any, error) { return nil, err })
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		m := line(t, log)
		require.Equal(t, want, m["level"], err)
		require.Equal(t, want == "ERROR", m["error"] == err.Error(), err)
	}
}

type secretThing struct{ digest string }

// A panic becomes an internal failure. The log has the request's id and where it
// was, not what was thrown.
func TestHandler_panic(t *testing.T) {
	for name, thrown := range map[string]any{"text": "my digest", "value": secretThing{"my digest"}, "error": errors.New("my digest"), "abort": http.ErrAbortHandler} {
		h, log := serve(t, func(context.Context, *Request, *Exchange) (any, error) { panic(thrown) })
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
	h, log := serve(t, func(_ context.Context, r *Request, _ *Exchange) (any, error) { return r.Body[7], nil })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	require.Contains(t, line(t, log)["error"], "index out of range [7] with length 0")

	// Without a logger it is lost, and the handler still answers.
	h, _ = serve(t, func(context.Context, *Request, *Exchange) (any, error) { panic("x") }, func(c *Config) { c.Logger = nil })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 400, w.Code)
}

func TestHandler_misconfigured(t *testing.T) {
	never := func(context.Context, *Request, *Exchange) (any, error) { t.Fatal("served"); return nil, nil }
	for want, opt := range map[string]func(*Config){
		"an option is nil":     nil,
		"have to be positive":  func(c *Config) { c.Rate = 0 },
		"to be positive":       func(c *Config) { c.Rate = -1 },
		"be positive":          func(c *Config) { c.Rate = math.NaN() },
		"WithRate":             func(c *Config) { c.Burst = 0 },
		"Something: is absent": func(c *Config) { c.Misconfigured("Something", "is absent"); c.Misconfigured("Other", "no") },
	} {
		h, log := serve(t, never, opt)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		require.Contains(t, w.Body.String(), "Internal")
		require.Contains(t, log.String(), want)
		require.Contains(t, log.String(), `"level":"ERROR"`)
	}
	h := NewHandler(Handler{Answer: never, Encode: func(_ *Exchange, _ any, err error) Reply {
		require.ErrorIs(t, err, errors.Internal)
		return Reply{Status: 500}
	}}, NewConfig(1, []func(*Config){}), nil, time.Minute)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 500, w.Code)
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
		h, _ := serve(t, nil, func(c *Config) {
			c.Authorize = func(_ context.Context, principal, action, keyID string) error {
				asked = []string{principal, action, keyID}
				return tt.err
			}
		})
		x := &Exchange{handler: h, Principal: "p", Action: "a"}
		err := x.Authorize(context.Background(), "k")
		require.Equal(t, []string{"p", "a", "k"}, asked)
		if tt.want == nil {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, tt.want, Row(err))
	}
}

func TestRead_refused(t *testing.T) {
	h, _ := serve(t, func(context.Context, *Request, *Exchange) (any, error) { return nil, nil })
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
		{"query at the limit", get("/?" + strings.Repeat("a", MaxQuery)), nil},
		{"query over it", get("/?" + strings.Repeat("a", MaxQuery+1)), errors.InvalidParameter},
		{"headers at the limit", with(get("/"), "X", strings.Repeat("a", MaxHeader-1)), nil},
		{"headers over it", with(get("/"), "X", strings.Repeat("a", MaxHeader)), errors.InvalidParameter},
		{"many headers over it", with(get("/"), "X", strings.Split(strings.Repeat("a,", MaxHeader/2+1), ",")...), errors.InvalidParameter},
		{"body at the limit", post(strings.NewReader(strings.Repeat("a", MaxBody))), nil},
		{"body over it", post(strings.NewReader(strings.Repeat("a", MaxBody+1))), errors.InvalidParameter},
		{"body of unknown length at the limit", unknownLength(MaxBody), nil},
		{"body of unknown length over it", unknownLength(MaxBody + 1), errors.InvalidParameter},
		{"GET with a body", httptest.NewRequest("GET", "/", strings.NewReader("x")), errors.InvalidParameter},
		{"body that breaks off", post(io.MultiReader(strings.NewReader("x"), broken{})), errors.InvalidParameter},
		{"two Authorizations", with(get("/"), "Authorization", "a", "b"), errors.InvalidParameter},
		{"two equal Authorizations", with(get("/"), "Authorization", "a", "a"), errors.InvalidParameter},
		{"two Content-Types", with(get("/"), "Content-Type", FormType, FormType), errors.InvalidParameter},
		{"two X-Acs", with(get("/"), "X-Acs-Action", "a", "b"), errors.InvalidParameter},
		{"two X-Tc", with(get("/"), "X-Tc-Action", "a", "b"), errors.InvalidParameter},
		{"two of another", with(get("/"), "Accept", "a", "b"), nil},
		{"folded X-Acs", with(get("/"), "X-Acs-Action", "a b"), errors.InvalidParameter},
		{"folded X-Tc", with(get("/"), "X-Tc-Token", "a b"), errors.InvalidParameter},
		{"the name of a client", with(get("/"), "X-Tc-Requestclient", "a b"), nil},
		{"control character", with(get("/"), "Authorization", "a\tb"), errors.InvalidParameter},
		{"not UTF-8", with(get("/"), "X-Acs-Date", "\xff"), errors.InvalidParameter},
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

func TestMediaType(t *testing.T) {
	for in, want := range map[string]string{
		"": "", FormType: FormType, JSONType: JSONType, "Application/JSON; charset=UTF-8": JSONType,
		"application/json;": JSONType, "application/json; charset": "malformed", "/": "malformed", ", application/json": "malformed",
	} {
		require.Equal(t, want, mediaType(in), in)
	}
}

// A body that trickles in is cut off, and so is the connection; and a client that
// is fast keeps its connection for longer than a body may take.
func TestRead_slowBody(t *testing.T) {
	const timeout = 300 * time.Millisecond
	h, _ := serve(t, func(context.Context, *Request, *Exchange) (any, error) { return nil, nil },
		func(c *Config) { c.BodyTimeout = timeout; c.Logger = nil })
	for name, configure := range map[string]func(*http.Server){
		"no limit of the server's": func(*http.Server) {},
		"a later one":              func(s *http.Server) { s.ReadTimeout = time.Hour },
		"an earlier one":           func(s *http.Server) { s.ReadTimeout = timeout / 2 },
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
		slow, _ := serve(t, func(ctx context.Context, _ *Request, _ *Exchange) (any, error) {
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
