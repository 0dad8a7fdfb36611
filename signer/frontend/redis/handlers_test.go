// SPDX-License-Identifier: Apache-2.0

package redis

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/kmshttp/fronttest"
	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

// A replica is a front end over a Store.
type replica struct {
	http.Handler
	kind string // of the last answer: frontend.Event.Kind, and "" if it got past the nonces
}

var accessKeys = frontend.StaticKeys(map[string]string{fronttest.AccessKey: fronttest.Secret})

// newReplica returns a replica of a provider. Its keyring is empty.
func newReplica(p Provider, now func() time.Time, opts ...frontend.Option) *replica {
	r := &replica{}
	opts = append([]frontend.Option{
		frontend.WithClock(now),
		frontend.WithObserver(func(_ context.Context, e frontend.Event) {
			if r.kind = e.Kind; r.kind == "KeyNotFound" || r.kind == "AliasNotFound" {
				r.kind = ""
			}
		}),
	}, opts...)
	if p == Tencent {
		r.Handler = tencentkms.NewHandler(&tencentkms.Service{Store: keyring.New()}, accessKeys, opts...)
	} else {
		r.Handler = alikms.NewHandler(&alikms.Service{Store: keyring.New()}, accessKeys, opts...)
	}
	return r
}

// shared are the options of a replica over a Store.
func shared(s *Store) []frontend.Option {
	return []frontend.Option{frontend.WithLimiter(s), frontend.WithNonces(s)}
}

// send returns the kind of the answer.
func (r *replica) send(request *http.Request) string {
	fronttest.Do(r, request)
	return r.kind
}

// rpc returns a request with the RPC signature and a nonce of its own.
func rpc(at time.Time) *http.Request {
	q := url.Values{
		"AccessKeyId": {fronttest.AccessKey}, "Action": {"GetPublicKey"}, "Version": {"2016-01-20"}, "Format": {"JSON"},
		"KeyId": {"k"}, "KeyVersionId": {"v"}, "SignatureMethod": {"HMAC-SHA1"}, "SignatureVersion": {"1.0"},
		"SignatureNonce": {rand.Text()}, "Timestamp": {at.UTC().Format("2006-01-02T15:04:05Z")},
	}
	canonical := strings.ReplaceAll(q.Encode(), "+", "%20")
	mac := hmac.New(sha1.New, []byte(fronttest.Secret+"&"))
	mac.Write([]byte("GET&%2F&" + url.QueryEscape(canonical)))
	q.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return httptest.NewRequest("GET", "/?"+q.Encode(), nil)
}

// stamp is the time stamp of a captured request.
func stamp(t *testing.T, c fronttest.Capture) time.Time {
	for _, s := range []string{c.Header1("X-Acs-Date"), c.Header1("X-TC-Timestamp"), c.Param("Timestamp")} {
		if at, err := time.Parse("2006-01-02T15:04:05Z", s); err == nil {
			return at
		}
		if at, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(at, 0)
		}
	}
	t.Fatal("the request has no time stamp")
	return time.Time{}
}

// Requests of the providers' SDKs: one that was served is not served again, whichever
// replica it is sent to. TC3 has no nonce.
func TestReplay(t *testing.T) {
	client := connect(t, services.Redis(t))
	seen := map[Provider]int{}
	for _, c := range fronttest.Captures(t) {
		p := Alibaba
		if c.Tencent() {
			p = Tencent
		}
		s, err := New(client, p, WithTimeout(patient), WithRate(1, 1000))
		require.NoError(t, err)
		require.NoError(t, s.Check(t.Context()))
		// A time stamp in the future: the requests are not from before the server's start.
		at := stamp(t, c).Add(-time.Minute)
		now := func() time.Time { return at }
		a, b := newReplica(p, now, shared(s)...), newReplica(p, now, shared(s)...)
		again := "NonceUsed"
		if strings.HasPrefix(c.Header1("Authorization"), "TC3-") {
			again = ""
		}
		require.Equal(t, "", a.send(c.Request()))
		for range 3 {
			require.Equal(t, again, b.send(c.Request()))
			require.Equal(t, again, a.send(c.Request()))
		}
		seen[p]++
	}
	require.Equal(t, map[Provider]int{Alibaba: 3, Tencent: 4}, seen)
}

// Three replicas have one rate, and replayed requests take nothing of it.
func TestOneRate(t *testing.T) {
	s := open(t, connect(t, services.Redis(t)), WithRate(0.01, 50))
	require.NoError(t, s.Check(t.Context()))
	var replicas []*replica
	for range 3 {
		replicas = append(replicas, newReplica(Alibaba, time.Now, shared(s)...))
	}
	first := rpc(time.Now().Add(time.Minute))
	kinds := map[string]int{replicas[0].send(first): 1}
	for i := range 90 {
		kinds[replicas[i%3].send(rpc(time.Now().Add(time.Minute)))]++
		if i < 40 {
			require.Equal(t, "NonceUsed", replicas[i%3].send(first))
		}
	}
	require.Equal(t, map[string]int{"": 50, "Throttled": 41}, kinds)
	pass(t, s)(200 * time.Second)
	for i, want := range []string{"", "", "Throttled"} {
		require.Equal(t, want, replicas[i].send(rpc(time.Now().Add(time.Minute))))
	}
}

// Replicas whose clocks differ by as much as they may: from the moment at which one has
// served a request until none takes its time stamp any more, none serves it again.
func TestReplay_clocks(t *testing.T) {
	client := connect(t, services.Redis(t))
	for name, tt := range map[string]struct{ stamp, ahead time.Duration }{
		"client ahead, second replica behind": {15 * time.Minute, -clockSkew},
		"client ahead, second replica ahead":  {15*time.Minute - time.Second, clockSkew},
		"client late, second replica behind":  {-15*time.Minute + time.Second, -clockSkew},
		"in time, second replica behind":      {0, -clockSkew},
	} {
		s := open(t, client, WithPrefix("p"+strconv.Itoa(len(name))+":"), AcceptOlder(), WithRate(1e3, 1e4))
		begin := time.Now().Truncate(time.Second)
		var passed time.Duration
		a := newReplica(Alibaba, func() time.Time { return begin.Add(passed) }, shared(s)...)
		b := newReplica(Alibaba, func() time.Time { return begin.Add(passed + tt.ahead) }, shared(s)...)
		request := rpc(begin.Add(tt.stamp))
		require.Equal(t, "", a.send(request), name)
		sent, moved := time.Now(), time.Duration(0)
		move, expired := pass(t, s), 0
		for expired < 2 {
			for _, r := range []*replica{a, b} {
				switch r.send(request) {
				case "NonceUsed":
				case "Expired":
					expired++
				default:
					t.Fatalf("%s: %q after %v", name, r.kind, passed)
				}
			}
			if expired == 1 {
				expired = 0
			}
			// The server's time passes by itself, too: as much as the test takes.
			passed += 10 * time.Second
			step := passed - moved - time.Since(sent)
			move(step)
			moved += step
		}
		require.LessOrEqual(t, passed, 32*time.Minute, name)
		require.NoError(t, client.FlushAll(t.Context()).Err()) // pass is for all keys
	}
}

// The rates and windows of a Store are those of the front ends.
func TestDefaults(t *testing.T) {
	var tencent, tc3 fronttest.Capture
	for _, c := range fronttest.Captures(t) {
		switch {
		case strings.HasPrefix(c.Header1("Authorization"), "TC3-"):
			tc3 = c
		case c.Tencent():
			tencent = c
		}
	}
	begin := time.Now().Truncate(time.Second)
	for p, tt := range map[Provider]struct {
		at        time.Time
		withNonce func() *http.Request
		any       func() *http.Request
	}{
		Alibaba: {begin, func() *http.Request { return rpc(begin) }, func() *http.Request { return rpc(begin) }},
		Tencent: {stamp(t, tencent), tencent.Request, tc3.Request},
	} {
		var ttl time.Duration
		now := tt.at
		r := newReplica(p, func() time.Time { return now }, frontend.WithNonces(noncesFunc(func(d time.Duration) { ttl = d })))
		require.Equal(t, "", r.send(tt.withNonce()))
		require.Equal(t, defaults[p].window+clockSkew, ttl, p)
		served := 1
		if p == Tencent {
			now, served = stamp(t, tc3), 0
			r = newReplica(p, func() time.Time { return now })
		}
		for r.send(tt.any()) == "" {
			served++
		}
		require.Equal(t, "Throttled", r.kind)
		require.Equal(t, defaults[p].rate, served, p)
	}
}

type noncesFunc func(ttl time.Duration)

func (f noncesFunc) Use(_ context.Context, _, _ string, ttl time.Duration) (bool, error) {
	f(ttl)
	return true, nil
}
