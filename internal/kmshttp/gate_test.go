// SPDX-License-Identifier: Apache-2.0

package kmshttp

import (
	"context"
	"crypto/sha256"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/stretchr/testify/require"
)

func newTestGate(auth Authenticator, opts ...func(*Config)) *gate {
	d := &Dialect{Rate: 3, Window: time.Minute, Lookup: Secrets(auth)}
	c := NewConfig(opts)
	c.complete(d)
	return newGate(d, c)
}

// claim is a request that is signed with the secret.
func claim(id, secret, nonce string, at time.Time) *Claim {
	mac := func(secret string) []byte { return HMAC(sha256.New, []byte(secret), "string to sign") }
	c := &Call{Action: "Sign", Version: "1", Time: at, Nonce: nonce, StringToSign: "string to sign"}
	c.Verify = Signed(mac(secret), mac)
	return &Claim{AccessKeyID: id, Parse: func() (*Call, error) { return c, nil }}
}

// admit is the way of a claim through the gate.
func admit(ctx context.Context, g *gate, claim *Claim) error {
	credential, err := g.find(ctx, claim)
	if err != nil {
		return err
	}
	c, err := claim.Parse()
	if err != nil {
		return err
	}
	if err := g.verify(c, credential); err != nil {
		return err
	}
	return g.admit(ctx, claim.AccessKeyID, c)
}

func known(_ context.Context, id, token string) (string, error) {
	switch {
	case id == "id" && token == "":
		return "secret", nil
	case id == "empty":
		return "", nil
	case id == "off":
		return "secret", errors.AccessDenied
	case id == "down":
		return "", errors.New("the database is away")
	case id == "gone":
		return "", context.Canceled
	}
	return "", errors.Unauthenticated
}

func TestAdmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		g := newTestGate(known)
		require.NoError(t, admit(ctx, g, claim("id", "secret", "n1", time.Now())))
		require.ErrorIs(t, admit(ctx, g, claim("id", "secret", "n1", time.Now())), NonceUsed)
		require.NoError(t, admit(ctx, g, claim("id", "secret", "", time.Now())))
		require.NoError(t, admit(ctx, g, claim("id", "secret", "n2", time.Now())))
		require.ErrorIs(t, admit(ctx, g, claim("id", "secret", "n3", time.Now())), errors.Throttled)
		time.Sleep(time.Second)
		// A throttled request has left no nonce behind.
		require.NoError(t, admit(ctx, g, claim("id", "secret", "n3", time.Now())))
		time.Sleep(time.Second)

		for age, want := range map[time.Duration]error{
			-time.Minute - 1: Expired, -time.Minute: nil, time.Minute: nil, time.Minute + 1: Expired,
		} {
			err := admit(ctx, g, claim("id", "secret", "at "+age.String(), time.Now().Add(age)))
			require.ErrorIs(t, err, want)
		}
	})
}

func TestAdmit_refused(t *testing.T) {
	ctx := context.Background()
	g := newTestGate(known, func(c *Config) { c.SetRate(math.Inf(1), 1) })
	now := time.Now()
	withToken := claim("id", "secret", "n", now)
	withToken.SecurityToken = "t"
	longToken := claim("id", "secret", "n", now)
	longToken.SecurityToken = strings.Repeat("t", maxToken+1)
	mac := func(secret string) []byte { return HMAC(sha256.New, []byte(secret), "string to sign") }
	signed := func(signature []byte) *Claim {
		return &Claim{AccessKeyID: "id", Parse: func() (*Call, error) {
			return &Call{Time: now, Nonce: "n", Verify: Signed(signature, mac), StringToSign: "string to sign"}, nil
		}}
	}
	broken := &Claim{AccessKeyID: "id", Parse: func() (*Call, error) { return nil, Invalid("p", "r") }}
	for _, tt := range []struct {
		name  string
		claim *Claim
		want  error
	}{
		{"wrong secret", claim("id", "Secret", "n", now), SignatureMismatch},
		{"short signature", signed(mac("secret")[:31]), SignatureMismatch},
		{"no signature", signed(nil), SignatureMismatch},
		{"unknown", claim("other", "secret", "n", now), UnknownAccessKey},
		{"unknown, signed with nothing", claim("other", "", "n", now), UnknownAccessKey},
		{"cannot be parsed", broken, errors.InvalidParameter},
		{"empty secret, signed with it", claim("empty", "", "n", now), UnknownAccessKey},
		{"token", withToken, UnknownAccessKey},
		{"long token", longToken, MalformedAuthorization},
		{"inactive", claim("off", "secret", "n", now), InactiveAccessKey},
		{"no id", claim("", "secret", "n", now), MalformedAuthorization},
		{"long id", claim(strings.Repeat("i", maxAccessKeyID+1), "secret", "n", now), MalformedAuthorization},
		{"long nonce", claim("id", "secret", strings.Repeat("n", maxNonce+1), now), MalformedAuthorization},
		{"the cache fails", claim("down", "secret", "n", now), errors.Unavailable},
		{"caller gone", claim("gone", "secret", "n", now), context.Canceled},
	} {
		err := admit(ctx, g, tt.claim)
		require.ErrorIs(t, err, tt.want, tt.name)
		require.NotContains(t, err.Error(), "string to sign", tt.name)
	}
	// None of them has used the nonce up.
	require.NoError(t, admit(ctx, g, claim("id", "secret", "n", now)))
}

// A request is not taken apart before its access key is known.
func TestAdmit_unknownIsNotParsed(t *testing.T) {
	g := newTestGate(known)
	for _, id := range []string{"other", "off", "empty", "down", "gone", "", strings.Repeat("i", maxAccessKeyID+1)} {
		c := &Claim{AccessKeyID: id, Parse: func() (*Call, error) { t.Fatal("parsed"); return nil, nil }}
		require.Error(t, admit(context.Background(), g, c), id)
	}
}

// A credential of another kind than a secret signs nothing, and none is no client.
func TestLookup(t *testing.T) {
	for credential, want := range map[any]error{7: SignatureMismatch, "secret": nil, nil: UnknownAccessKey} {
		g := newTestGate(known)
		g.lookup = func(context.Context, string, string) (any, error) { return credential, nil }
		require.ErrorIs(t, admit(context.Background(), g, claim("id", "secret", "n", time.Now())), want)
	}
	require.Nil(t, Secrets(nil))
}

// A replayed request takes no token from its owner.
func TestAdmit_replayIsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGate(known)
		require.NoError(t, admit(context.Background(), g, claim("id", "secret", "n", time.Now())))
		for range 100 {
			require.ErrorIs(t, admit(context.Background(), g, claim("id", "secret", "n", time.Now())), NonceUsed)
		}
		require.NoError(t, admit(context.Background(), g, claim("id", "secret", "n2", time.Now())))
	})
}

// Of many requests at once, each with a nonce of its own, exactly the burst is let
// in, and no other spends its nonce: a client fills no more of the memory than its
// rate is worth.
func TestAdmit_rateOfManyAtOnce(t *testing.T) {
	const requests, burst = 200, 10
	now := time.Now()
	var used atomic.Int32
	g := newTestGate(known, func(c *Config) {
		c.SetRate(1, burst)
		c.Now = func() time.Time { return now } // no token comes back
		c.Nonces = nonceFunc(func(time.Duration) {
			used.Add(1)
			time.Sleep(time.Millisecond) // a cache that is far away
		})
	})
	var admitted, throttled atomic.Int32
	var all sync.WaitGroup
	for i := range requests {
		all.Go(func() {
			switch err := admit(context.Background(), g, claim("id", "secret", strconv.Itoa(i), now)); {
			case err == nil:
				admitted.Add(1)
			case errors.Is(err, errors.Throttled):
				throttled.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, burst, admitted.Load())
	require.EqualValues(t, requests-burst, throttled.Load())
	require.EqualValues(t, burst, used.Load())
}

// A request that is refused for its nonce is taken back by a limiter that can.
func TestAdmit_limiter(t *testing.T) {
	for _, tt := range []struct {
		name     string
		limiter  *testLimiter
		nonces   NonceCache
		want     error
		refunded int
	}{
		{"allowed", &testLimiter{allow: true}, nil, nil, 0},
		{"not allowed", &testLimiter{}, nil, errors.Throttled, 0},
		{"throttled", &testLimiter{allow: true, err: errors.Throttled}, nil, errors.Throttled, 0},
		{"broken", &testLimiter{allow: true, err: errors.New("redis is away")}, nil, errors.Unavailable, 0},
		{"its codes count for nothing", &testLimiter{err: errors.AccessDenied}, nil, errors.Unavailable, 0},
		{"caller gone", &testLimiter{err: context.Canceled}, nil, context.Canceled, 0},
		{"nonces broken", &testLimiter{allow: true}, brokenNonces{errors.New("away")}, errors.Unavailable, 1},
	} {
		g := newTestGate(known, func(c *Config) { c.Limiter, c.Nonces = tt.limiter, tt.nonces })
		err := admit(t.Context(), g, claim("id", "secret", "n", time.Now()))
		require.ErrorIs(t, err, tt.want, tt.name)
		require.Equal(t, tt.refunded, tt.limiter.refunded, tt.name)
		require.Equal(t, []string{"id"}, tt.limiter.asked, tt.name)
	}
	l := &testLimiter{allow: true}
	g := newTestGate(known, func(c *Config) { c.Limiter = l })
	c := claim("id", "secret", "n", time.Now())
	require.NoError(t, admit(t.Context(), g, c))
	require.ErrorIs(t, admit(t.Context(), g, c), NonceUsed)
	require.Equal(t, 1, l.refunded)
	// One that cannot take anything back is asked all the same.
	g = newTestGate(known, func(c *Config) { c.Limiter = struct{ Limiter }{l} })
	require.NoError(t, admit(t.Context(), g, c))
	require.ErrorIs(t, admit(t.Context(), g, c), NonceUsed)
	require.Equal(t, 1, l.refunded)
	// Strangers are not counted.
	require.Error(t, admit(t.Context(), g, claim("id", "wrong", "n", time.Now())))
	require.Error(t, admit(t.Context(), g, claim("id", "secret", "n", time.Now().Add(-time.Hour))))
	require.Len(t, l.asked, 4)
}

type testLimiter struct {
	allow    bool
	err      error
	asked    []string
	refunded int
}

func (l *testLimiter) Allow(_ context.Context, id string) (bool, error) {
	l.asked = append(l.asked, id)
	return l.allow, l.err
}

func (l *testLimiter) Refund(context.Context, string) error {
	l.refunded++
	return errors.New("of no consequence")
}

// One that is both the limiter and the cache of nonces is asked once, for a call that
// has a nonce; its answers mean the same.
func TestAdmit_both(t *testing.T) {
	for _, tt := range []struct {
		allowed, fresh bool
		err, want      error
	}{
		{true, true, nil, nil},
		{true, false, nil, NonceUsed},
		{false, false, nil, errors.Throttled},
		{false, true, nil, errors.Throttled},
		{true, true, errors.Throttled, errors.Throttled},
		{true, true, errors.New("redis is away"), errors.Unavailable},
		{true, true, errors.AccessDenied, errors.Unavailable},
		{true, true, context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		b := &testBoth{allowed: tt.allowed, fresh: tt.fresh, err: tt.err}
		now := time.Now()
		g := newTestGate(known, func(c *Config) { c.Limiter, c.Nonces, c.Now = b, b, func() time.Time { return now } })
		err := admit(t.Context(), g, claim("id", "secret", "n", now.Add(-time.Second)))
		require.ErrorIs(t, err, tt.want)
		require.Equal(t, []string{"admit id n 1m59s"}, b.asked)
		_ = admit(t.Context(), g, claim("id", "secret", "", now))
		require.Equal(t, "allow id", b.asked[1])
	}

	// Two of them, or one that cannot be compared, are asked one after the other.
	type incomparable struct {
		*testBoth
		_ []int
	}
	b := &testBoth{allowed: true, fresh: true}
	for _, opt := range []func(*Config){
		func(c *Config) { c.Limiter, c.Nonces = b, &testBoth{fresh: true} },
		func(c *Config) { c.Limiter, c.Nonces = b, NewNonceMemory(1) },
		func(c *Config) { c.Limiter = b },
		func(c *Config) { c.Limiter, c.Nonces = incomparable{testBoth: b}, incomparable{testBoth: b} },
	} {
		b.asked = nil
		require.NoError(t, admit(t.Context(), newTestGate(known, opt), claim("id", "secret", "n", time.Now())))
		require.Equal(t, "allow id", b.asked[0])
	}
}

type testBoth struct {
	allowed, fresh bool
	err            error
	asked          []string
}

func (b *testBoth) Allow(_ context.Context, id string) (bool, error) {
	b.asked = append(b.asked, "allow "+id)
	return b.allowed, b.err
}

func (b *testBoth) Use(_ context.Context, id, nonce string, _ time.Duration) (bool, error) {
	b.asked = append(b.asked, "use "+id+" "+nonce)
	return b.fresh, b.err
}

func (b *testBoth) Admit(_ context.Context, id, nonce string, ttl time.Duration) (bool, bool, error) {
	b.asked = append(b.asked, "admit "+id+" "+nonce+" "+ttl.String())
	return b.allowed, b.fresh, b.err
}

// Without a limit, there is no burst to exceed.
func TestAdmit_noRate(t *testing.T) {
	for _, burst := range []int{-1, 0, 1} {
		g := newTestGate(known, func(c *Config) { c.SetRate(math.Inf(1), burst) })
		for i := range 100 {
			require.NoError(t, admit(context.Background(), g, claim("id", "secret", strconv.Itoa(i), time.Now())))
		}
	}
}

// The handler's own memory goes by the clock of the time stamps: as long as that
// takes a request for young, its nonce is known, and no longer.
func TestAdmit_memoryFollowsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2001, 2, 3, 4, 5, 0, 0, time.UTC)
		g := newTestGate(known, func(c *Config) { c.Now = func() time.Time { return now } })
		c := claim("id", "secret", "n", now)
		require.NoError(t, admit(t.Context(), g, c))
		time.Sleep(time.Hour) // while the clock stands still
		require.ErrorIs(t, admit(t.Context(), g, c), NonceUsed)
		now = now.Add(time.Hour)
		require.NoError(t, admit(t.Context(), g, claim("id", "secret", "n", now)))
	})
}

type brokenNonces struct{ err error }

func (b brokenNonces) Use(context.Context, string, string, time.Duration) (bool, error) {
	return true, b.err
}

func TestAdmit_brokenNonces(t *testing.T) {
	for _, tt := range []struct{ err, want error }{
		{errors.New("redis is away"), errors.Unavailable},
		{errors.AccessDenied, errors.Unavailable},
		{context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		g := newTestGate(known, func(c *Config) { c.Nonces = brokenNonces{tt.err} })
		err := admit(context.Background(), g, claim("id", "secret", "n", time.Now()))
		require.ErrorIs(t, err, tt.want)
		require.Equal(t, errors.Unavailable, KindOf(err))
		require.Equal(t, tt.want == context.DeadlineExceeded, errors.Is(err, tt.err),
			"the cache's own code counts for nothing")
	}
}

// The time to live that a cache is given covers the time for which the time stamp
// is accepted, also by a replica whose clock is some seconds behind.
func TestAdmit_timeToLive(t *testing.T) {
	now := time.Now()
	for _, age := range []time.Duration{-time.Minute, 0, time.Minute} {
		var ttl time.Duration
		g := newTestGate(known, func(c *Config) {
			c.Now = func() time.Time { return now }
			c.Nonces = nonceFunc(func(d time.Duration) { ttl = d })
		})
		require.NoError(t, admit(context.Background(), g, claim("id", "secret", "n", now.Add(-age))))
		require.Equal(t, 2*time.Minute-age, ttl)
	}
}

type nonceFunc func(time.Duration)

func (f nonceFunc) Use(_ context.Context, _, _ string, ttl time.Duration) (bool, error) {
	f(ttl)
	return true, nil
}

// A clock that is set ahead for a moment, as by a time server gone mad, does not
// make the memory forget: what is refused before is refused after.
func TestAdmit_clockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ahead time.Duration
		g := newTestGate(known)
		g.now = func() time.Time { return time.Now().Add(ahead) } // the wall clock
		c := claim("id", "secret", "n", time.Now())
		require.NoError(t, admit(t.Context(), g, c))
		ahead = time.Hour
		require.ErrorIs(t, admit(t.Context(), g, c), Expired)
		require.NoError(t, admit(t.Context(), g, claim("id", "secret", "later", time.Now().Add(ahead))))
		ahead = 0
		require.ErrorIs(t, admit(t.Context(), g, c), NonceUsed)
	})
}

// Only ids that providers issue are asked about: a database that ignores case or
// spaces would take others for them, each with nonces and a rate of its own.
func TestAdmit_ids(t *testing.T) {
	var asked []string
	g := newTestGate(func(_ context.Context, id, _ string) (string, error) {
		asked = append(asked, id)
		return "secret", nil
	})
	for _, id := range []string{"LTAI5tExample", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "KAAP.1f0a-b_c", "a",
		strings.Repeat("i", maxAccessKeyID)} {
		require.NoError(t, admit(t.Context(), g, claim(id, "secret", "n", time.Now())), id)
	}
	require.Len(t, asked, 5)
	for _, id := range []string{"", " ", "id ", " id", "i d", "id\t", "id\x00", "id~", "id/x", "id%20", "ïd", "id\u00a0",
		"id\u200b", "id;", "'id'", "id\xff"} {
		err := admit(t.Context(), g, claim(id, "secret", "n2", time.Now()))
		require.ErrorIs(t, err, MalformedAuthorization, "%q", id)
	}
	require.Len(t, asked, 5)
}

func TestAdmit_schemes(t *testing.T) {
	g := newTestGate(known, func(c *Config) { c.Schemes = []string{"good"} })
	for scheme, want := range map[string]error{"good": nil, "bad": UnsupportedSignature, "": UnsupportedSignature} {
		c := claim("id", "secret", "n", time.Now())
		c.Scheme = scheme
		require.ErrorIs(t, admit(t.Context(), g, c), want, scheme)
	}
}

// A string to sign that is long is not sent back.
func TestVerify_longStringToSign(t *testing.T) {
	g := newTestGate(known)
	for n, want := range map[int]int{1: 1, maxStringToSign: maxStringToSign, maxStringToSign + 1: 0, 1 << 20: 0} {
		err := g.verify(&Call{Verify: func(any) bool { return false }, StringToSign: strings.Repeat("s", n)}, "secret")
		require.ErrorIs(t, err, SignatureMismatch)
		var m *Mismatch
		require.True(t, errors.As(err, &m))
		require.Len(t, m.StringToSign, want)
	}
}
