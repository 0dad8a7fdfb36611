// SPDX-License-Identifier: Apache-2.0

package fronttest

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// TestDialect is what every front end has to do alike. A new one joins by being
// named.
func TestDialect(t *testing.T, d Dialect) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *Dialect)
	}{
		{"misconfigured", testMisconfigured}, {"store", testStore}, {"owner", testOwner},
		{"authenticator", testAuthenticator}, {"authorize", testAuthorize}, {"schemes", testSchemes},
		{"log", testLog}, {"observer", testObserver}, {"audit", testAudit}, {"limiter", testLimiter},
		{"replicas", testReplicas}, {"concurrent", testConcurrent}, {"memory", testMemory},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, &d) })
	}
}

// There is no way to an open handler by omission.
func testMisconfigured(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	clock := frontend.WithClock(func() time.Time { return Now })
	require.Equal(t, "OK", d.Code(t, Do(d.New(ring, clock), d.sign(v))))
	handlers := d.Closed(clock)
	require.NotEmpty(t, handlers)
	handlers["no store"] = d.New(nil, clock)
	handlers["nil store"] = d.New((*keyring.Keyring)(nil), clock)
	for name, option := range map[string]frontend.Option{
		"option":          nil,
		"WithAuthorize":   frontend.WithAuthorize(nil),
		"WithLogger":      frontend.WithLogger(nil),
		"WithNonces":      frontend.WithNonces(nil),
		"WithClock":       frontend.WithClock(nil),
		"WithRate":        frontend.WithRate(0, 1),
		"rate":            frontend.WithRate(-1, 1),
		"burst":           frontend.WithRate(1, 0),
		"WithLimiter":     frontend.WithLimiter(nil),
		"WithObserver":    frontend.WithObserver(nil),
		"WithAudit":       frontend.WithAudit(nil),
		"WithTimeout":     frontend.WithTimeout(0),
		"WithMaxInFlight": frontend.WithMaxInFlight(0),
		"WithSchemes":     frontend.WithSchemes(),
		"unknown scheme":  frontend.WithSchemes(d.Ways[0].Scheme, "none"),
	} {
		handlers[name] = d.New(ring, clock, option)
	}
	for name, h := range handlers {
		require.Equal(t, d.code(errors.Internal), d.Code(t, Do(h, d.sign(v))), name)
	}
}

// A store that panics, fails or has no time left.
func testStore(t *testing.T, d *Dialect) {
	r := func() *http.Request { return d.sign(&keyring.Version{KeyID: "k", VersionID: "v"}) }
	for _, err := range []error{errors.Unavailable, errors.KeyNotFound, errors.Throttled, context.Canceled} {
		require.Equal(t, d.code(err), d.Code(t, Do(d.server(storeFunc(func() error { return err })), r())), err)
	}
	h := d.server(storeFunc(func() error { panic("digest in here") }))
	w := Do(h, r())
	require.Equal(t, d.code(errors.Internal), d.Code(t, w))
	require.NotContains(t, w.Body.String()+h.Log.String(), "digest in here")
	require.Contains(t, h.Log.String(), d.RequestID(t, w))

	h = d.server(storeFunc(func() error { return errors.New("dsn=secret") }))
	w = Do(h, r())
	require.Equal(t, d.code(errors.Internal), d.Code(t, w))
	require.NotContains(t, w.Body.String(), "dsn")
	require.Contains(t, h.Log.String(), "dsn", "the embedder's own errors are for its log")
}

// What the owner of a key says is for the log, but for what it may say about the
// request.
func testOwner(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	for _, tt := range []struct {
		err   error
		want  error
		level string
	}{
		{&errors.Error{Code: errors.InvalidParameter, Param: "Pin", Reason: "pin hunter2"}, errors.Internal, "ERROR"},
		{&errors.Error{Code: errors.InvalidParameter, Param: "Algorithm", Reason: "pin hunter2"}, errors.Internal, "ERROR"},
		{&errors.Error{Code: errors.KeyNotFound, Reason: "pin hunter2"}, errors.Internal, "ERROR"},
		{errors.New("pin hunter2"), errors.Unavailable, "ERROR"},
		{&errors.Error{Code: errors.Throttled, Reason: "pin hunter2"}, errors.Throttled, "INFO"},
		{&errors.Error{Code: errors.KeyDisabled, Reason: "pin hunter2"}, errors.KeyDisabled, "INFO"},
	} {
		held, err := ring.ImportSigner(ctx, Owner{PublicKey: versions[d.Pair.KeySpec].Public(), Err: tt.err})
		require.NoError(t, err)
		h := d.server(ring)
		w := Do(h, d.sign(held))
		require.Equal(t, d.code(tt.want), d.Code(t, w))
		require.NotContains(t, w.Body.String(), "hunter2")
		require.Contains(t, h.Log.String(), `"level":"`+tt.level+`"`)
		require.Equal(t, tt.level == "ERROR", strings.Contains(h.Log.String(), "hunter2"))
	}
}

// Temporary credentials are the Authenticator's to know; every one of its errors
// has its code.
func testAuthenticator(t *testing.T, d *Dialect) {
	if d.NewWith == nil {
		t.Skip("SKIPPED: clients of this front end do not share a secret with it, there is no Authenticator")
	}
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	auth := func(_ context.Context, id, token string) (string, error) {
		switch {
		case token == "token" && id == d.Principal:
			return d.Secret, nil
		case token == "off":
			return "", errors.AccessDenied
		case token == "down":
			return "", errors.New("the database is away")
		case token == "empty":
			return "", nil
		}
		return "", errors.Unauthenticated
	}
	h := d.NewWith(ring, auth, frontend.WithClock(func() time.Time { return Now }))
	for token, want := range map[string]error{
		"": kmshttp.UnknownAccessKey, "x": kmshttp.UnknownAccessKey, "empty": kmshttp.UnknownAccessKey,
		"off": kmshttp.InactiveAccessKey, "down": errors.Unavailable,
	} {
		require.Equal(t, d.code(want), d.Code(t, Do(h, d.Token(v, token))), token)
	}
	require.Equal(t, "OK", d.Code(t, Do(h, d.Token(v, "token"))))
}

// A client that may not use a key gets one and the same answer, whether there is such
// a key or not, and however it is spelled.
func testAuthorize(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	mine := versions[d.Pair.KeySpec]
	other, err := ring.Create(ctx, d.Pair.KeySpec)
	require.NoError(t, err)
	require.NoError(t, ring.SetAlias(ctx, "alias/other", other.KeyID))
	off, err := ring.Create(ctx, d.Pair.KeySpec)
	require.NoError(t, err)
	require.NoError(t, ring.SetState(ctx, off.KeyID, keyring.Disabled))
	const missing = "00000000-0000-4000-8000-000000000000"

	var asked [][3]string
	h := d.server(ring, frontend.WithAuthorize(func(_ context.Context, principal, action, keyID string) error {
		asked = append(asked, [3]string{principal, action, keyID})
		if keyID == mine.KeyID {
			return nil
		}
		return errors.New("not yours: " + keyID)
	}))
	require.NotEmpty(t, d.Actions)
	good, bad := []string{mine.KeyID}, []string{other.KeyID, off.KeyID, missing, "a b"}
	if d.Aliases {
		good = append(good, "alias/"+string(d.Pair.KeySpec))
		bad = append(bad, "alias/other", "alias/none")
	}
	if d.ARNs {
		good = append(good, "acs:kms:r:a:key/"+mine.KeyID)
		bad = append(bad, "acs:kms:r:a:key/"+other.KeyID, "acs:kms:r:a:key/"+missing, "acs:kms:r:a:key/alias/other", "acs:")
	}
	bodies := map[string]bool{}
	for action, request := range d.Actions {
		for _, name := range good {
			require.Equal(t, "OK", d.Code(t, Do(h, request(name, mine.VersionID))), "%s %s", action, name)
			require.Equal(t, [3]string{d.Principal, action, mine.KeyID}, asked[len(asked)-1])
		}
		for _, name := range bad {
			for _, version := range []string{other.VersionID, missing} {
				n := len(asked)
				w := Do(h, request(name, version))
				require.Equal(t, d.code(errors.AccessDenied), d.Code(t, w), "%s %s", action, name)
				require.Len(t, asked, n+1)
				require.NotEqual(t, "alias/other", asked[n][2], "the concrete id")
				bodies[strings.ReplaceAll(w.Body.String(), d.RequestID(t, w), "")] = true
			}
		}
	}
	require.Len(t, bodies, 1, bodies)
}

// Each scheme can be switched off.
func testSchemes(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	for _, allowed := range d.Ways {
		h := d.server(ring, frontend.WithSchemes(allowed.Scheme))
		for _, way := range d.Ways {
			want := "OK"
			if way.Scheme != allowed.Scheme {
				want = d.code(kmshttp.UnsupportedSignature)
			}
			require.Equal(t, want, d.Code(t, Do(h, way.Request(v, Now))), "%s, %s allowed", way.Name, allowed.Scheme)
		}
	}
}

// One line a request. Nothing of the message, the digest, the signature or the secret
// is in it, and nothing of a request that is not authenticated.
func testLog(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	for _, way := range d.Ways {
		h := d.server(ring)
		w := Do(h, way.Request(v, Now))
		var line map[string]any
		require.NoError(t, json.Unmarshal(h.Log.Bytes(), &line))
		require.Equal(t, []any{d.RequestID(t, w), d.Principal, d.Sign, v.KeyID, "OK", "INFO"},
			[]any{line["request_id"], line["principal"], line["action"], line["key_id"], line["code"], line["level"]}, way.Name)
		hostile := d.Hostile(v)
		require.NotEmpty(t, hostile)
		for _, r := range hostile {
			require.NotEqual(t, "OK", d.Code(t, Do(h, r)))
		}
		require.NotEmpty(t, d.Secrets)
		for _, secret := range append([]string{"log me"}, d.Secrets...) {
			require.NotContains(t, h.Log.String(), secret)
		}
		require.Equal(t, 1+len(hostile), strings.Count(h.Log.String(), "kms request"))
		require.Equal(t, 1+len(hostile), bytes.Count(h.Log.Bytes(), []byte("\n")))
	}
}

// One event a request, with everything that is known of it.
func testObserver(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	for _, way := range d.Ways {
		var events []frontend.Event
		h := d.server(ring, frontend.WithObserver(func(ctx context.Context, e frontend.Event) {
			require.Equal(t, e.RequestID, frontend.RequestID(ctx))
			events = append(events, e)
		}))
		w := Do(h, way.Request(v, Now))
		require.Len(t, events, 1)
		e := events[0]
		require.Positive(t, e.Duration)
		require.False(t, e.Time.IsZero())
		e.Duration, e.Time = 0, time.Time{}
		require.Equal(t, frontend.Event{
			RequestID: d.RequestID(t, w), Provider: d.Provider, ClientAddr: "192.0.2.1:1234", Scheme: string(way.Scheme),
			Principal: d.Principal, Action: d.Sign, KeyID: v.KeyID, VersionID: v.VersionID, Algorithm: d.Algorithm,
			KeySpec: v.KeySpec, Status: 200, Code: "OK",
		}, e, way.Name)

		for _, r := range d.Hostile(v) {
			w := Do(h, r)
			e := events[len(events)-1]
			require.Equal(t, []any{w.Code, d.Code(t, w), d.RequestID(t, w)}, []any{e.Status, e.Code, e.RequestID})
			require.NotEmpty(t, e.Reason)
			require.NotEmpty(t, e.Kind)
			for _, secret := range d.Secrets {
				require.NotContains(t, e.Reason, secret)
			}
		}
		require.Len(t, events, 1+len(d.Hostile(v)))
	}
}

// What cannot be recorded is not answered: there is no signature without its event.
func testAudit(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	for _, way := range d.Ways {
		var audited, observed []frontend.Event
		var failure error
		h := d.server(ring, frontend.WithObserver(func(_ context.Context, e frontend.Event) {
			observed = append(observed, e)
		}),
			frontend.WithAudit(func(ctx context.Context, e frontend.Event) error {
				require.Equal(t, e.RequestID, frontend.RequestID(ctx))
				require.Len(t, observed, len(audited), "before the observer")
				audited = append(audited, e)
				return failure
			}))
		w := Do(h, way.Request(v, Now))
		require.Equal(t, "OK", d.Code(t, w), way.Name)
		require.Equal(t, d.RequestID(t, w), audited[0].RequestID)
		audited[0].Duration = observed[0].Duration
		require.Equal(t, observed, audited)

		failure = errors.New("dsn=secret")
		refused := Do(h, way.Request(v, Now))
		require.Equal(t, d.code(errors.Unavailable), d.Code(t, refused), way.Name)
		require.NotContains(t, refused.Body.String(), "dsn")
		require.Contains(t, h.Log.String(), "dsn")
		require.Less(t, refused.Body.Len(), 400, "no signature: %s", refused.Body)
		require.Equal(t, "OK", audited[1].Code, "what would have been answered")
		require.Equal(t, []any{d.code(errors.Unavailable), refused.Code, "Unavailable", v.KeyID},
			[]any{observed[1].Code, observed[1].Status, observed[1].Kind, observed[1].KeyID}, "what is answered")

		for _, r := range d.Hostile(v) {
			require.Equal(t, d.code(errors.Unavailable), d.Code(t, Do(h, r)), "refusals, too")
			require.NotEqual(t, "OK", audited[len(audited)-1].Code)
		}
		require.Len(t, audited, 2+len(d.Hostile(v)))
		require.Len(t, observed, len(audited))
	}
	h := d.server(ring, frontend.WithAudit(func(context.Context, frontend.Event) error { panic("digest in here") }))
	w := Do(h, d.sign(v))
	require.Equal(t, d.code(errors.Internal), d.Code(t, w))
	require.NotContains(t, w.Body.String()+h.Log.String(), "digest in here")
}

// A limiter of the embedder's own, and the handler's.
func testLimiter(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	var asked []string
	var answer error
	h := d.server(ring, frontend.WithLimiter(limiterFunc(func(id string) (bool, error) {
		asked = append(asked, id)
		return len(asked)%2 == 1, answer
	})))
	require.Equal(t, "OK", d.Code(t, Do(h, d.sign(v))))
	require.Equal(t, d.code(errors.Throttled), d.Code(t, Do(h, d.sign(v))))
	answer = errors.New("redis is away")
	require.Equal(t, d.code(errors.Unavailable), d.Code(t, Do(h, d.sign(v))))
	require.Equal(t, []string{d.Principal, d.Principal, d.Principal}, asked)

	h = d.server(ring, frontend.WithRate(1, 2))
	for _, want := range []string{"OK", "OK", d.code(errors.Throttled)} {
		require.Equal(t, want, d.Code(t, Do(h, d.sign(v))))
	}
	h = d.server(ring, frontend.WithRate(math.Inf(1), 0))
	for range 300 {
		require.Equal(t, "OK", d.Code(t, Do(h, d.Actions["GetPublicKey"](v.KeyID, v.VersionID))))
	}
}

type limiterFunc func(id string) (bool, error)

func (f limiterFunc) Allow(_ context.Context, id string) (bool, error) { return f(id) }

// Replicas that share a cache let a request in once; those that do not, once each.
func testReplicas(t *testing.T, d *Dialect) {
	ring, versions := Keyring(t, d.Pair.KeySpec)
	v := versions[d.Pair.KeySpec]
	for _, way := range d.Ways {
		if !way.Nonce {
			continue
		}
		shared := frontend.WithNonces(frontend.NewNonceCache(10))
		a, b, alone := d.server(ring, shared), d.server(ring, shared), d.server(ring)
		request := repeat(t, way.Request(v, Now))
		require.Equal(t, "OK", d.Code(t, Do(a, request())))
		require.Equal(t, d.code(kmshttp.NonceUsed), d.Code(t, Do(b, request())))
		require.Equal(t, d.code(kmshttp.NonceUsed), d.Code(t, Do(a, request())))
		require.Equal(t, "OK", d.Code(t, Do(alone, request())))

		full := d.server(ring, frontend.WithNonces(frontend.NewNonceCache(1)))
		require.Equal(t, "OK", d.Code(t, Do(full, request())))
		require.Equal(t, d.code(errors.Unavailable), d.Code(t, Do(full, way.Request(v, Now))))
	}
}

// Many requests at once, while the key is switched off and on: each is answered
// one way or the other, and of a request sent twice at once one is served.
func testConcurrent(t *testing.T, d *Dialect) {
	for _, way := range d.Ways {
		ring, versions := Keyring(t, d.Pair.KeySpec)
		v := versions[d.Pair.KeySpec]
		h := d.New(ring, frontend.WithClock(func() time.Time { return Now }), frontend.WithRate(1e6, 1e6))
		workers, each := 8, 25
		if !testrun.Long() {
			each = 8
		}
		var counts sync.Map
		count := func(w *httptest.ResponseRecorder) {
			n, _ := counts.LoadOrStore(d.Code(t, w), new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}
		stop := make(chan struct{})
		var switching, working sync.WaitGroup
		switching.Go(func() {
			for states := []keyring.State{keyring.Disabled, keyring.Enabled}; ; slices.Reverse(states) {
				select {
				case <-stop:
					return
				default:
					_ = ring.SetState(ctx, v.KeyID, states[0])
				}
			}
		})
		for range workers {
			working.Go(func() {
				for range each {
					request := repeat(t, way.Request(v, Now))
					first, second := request(), request()
					var twice sync.WaitGroup
					twice.Go(func() { count(Do(h, first)) })
					count(Do(h, second))
					twice.Wait()
				}
			})
		}
		working.Wait()
		close(stop)
		switching.Wait()
		total := map[string]int64{}
		counts.Range(func(c, n any) bool { total[c.(string)] = n.(*atomic.Int64).Load(); return true })
		served := total["OK"] + total[d.code(errors.KeyDisabled)]
		if way.Nonce {
			require.EqualValues(t, workers*each, total[d.code(kmshttp.NonceUsed)], way.Name)
			require.EqualValues(t, workers*each, served, way.Name)
		} else {
			require.EqualValues(t, 2*workers*each, served, way.Name)
		}
	}
}

// Memory does not grow with the number of requests: nonces are forgotten after the
// window. KMSIGNER_NIGHTLY makes it a million.
func testMemory(t *testing.T, d *Dialect) {
	const blocks = 5
	each := requests() / blocks
	for _, way := range d.Ways[:1] {
		ring, versions := Keyring(t, d.Pair.KeySpec)
		v := versions[d.Pair.KeySpec]
		clock := Now
		h := d.New(ring, frontend.WithRate(1e6, 1e6), frontend.WithClock(func() time.Time { return clock }))
		send := func() {
			if w := Do(h, way.Request(v, clock)); d.Code(t, w) != "OK" {
				t.Fatal(w.Body)
			}
		}
		var first uint64
		for block := range blocks {
			for i := range each {
				if i%1000 == 0 {
					clock = clock.Add(time.Minute) // a window of nonces is some 20,000
				}
				send()
			}
			clock = clock.Add(40 * time.Minute)
			for range 2 + each/1000 { // each forgets a thousand
				send()
			}
			switch heap := heapAfterGC(); block {
			case 0:
				first = heap
			default:
				require.Less(t, heap, first+64<<10, "after %d requests", (block+1)*each)
			}
		}
	}
}

func heapAfterGC() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
