// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	kmserrors "github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

var ctx = context.Background()

// full returns a Collector in which every metric has a value.
func full(t *testing.T) *Collector {
	t.Helper()
	c := New()
	c.Observe(ctx, frontend.Event{Provider: "alibaba", Action: "AsymmetricSign", KeySpec: "EC_P256",
		Algorithm: "ECDSA_SHA_256",
		Code:      "OK", Duration: 700 * time.Microsecond})
	c.Observe(ctx, frontend.Event{Provider: "tencent", Code: "AuthFailure.SignatureFailure", Kind: "SignatureMismatch"})
	c.ObserveStore("admit", time.Millisecond, nil)
	c.ObserveStore("admit", 50*time.Millisecond, errors.New("redis is away"))
	handler := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, frontend.StaticKeys(nil),
		frontend.WithMaxInFlight(7))
	require.NoError(t, c.AddHandler("alibaba", handler))
	require.NoError(t, c.AddCache("keys", func() keyring.CacheStats {
		return keyring.CacheStats{Lookups: 1, Loads: 2, Failures: 3, Stale: 4, Names: 5, Versions: 6}
	}))
	return c
}

func TestCollector(t *testing.T) {
	c := full(t)
	for _, p := range keyspec.Pairs() {
		for _, sign := range signs {
			e := frontend.Event{Provider: "p", Action: sign, KeySpec: p.KeySpec, Algorithm: string(p.Algorithm), Code: "OK"}
			if p.KeySpec == keyspec.ECP256 {
				e.Algorithm = "ECC_P256_R1" // Tencent's
			}
			c.Observe(ctx, e)
			c.Observe(ctx, frontend.Event{Provider: "p", Action: sign, KeySpec: p.KeySpec, Algorithm: e.Algorithm, Code: "E",
				Kind: "Internal"})
			c.Observe(ctx, frontend.Event{Provider: "p", Action: "Verify", KeySpec: p.KeySpec, Algorithm: e.Algorithm,
				Code: "OK"})
		}
		require.EqualValues(t, len(signs), testutil.ToFloat64(c.signatures.WithLabelValues("p", p.String())), p)
	}
	c.Observe(ctx, frontend.Event{Provider: "p", Action: "Sign", Code: "OK"})                                      // a key of no spec
	c.Observe(ctx, frontend.Event{Provider: "p", Action: "Sign", KeySpec: "RSA_2048", Algorithm: "x", Code: "OK"}) // nor pair
	require.Equal(t, 1+len(keyspec.Pairs()), testutil.CollectAndCount(c.signatures))

	require.NoError(t, testutil.CollectAndCompare(c, strings.NewReader(`
# HELP kmsigner_key_cache_load_failures_total Questions of a cache of keys that its store did not answer.
# TYPE kmsigner_key_cache_load_failures_total counter
kmsigner_key_cache_load_failures_total{cache="keys"} 3
# HELP kmsigner_key_cache_loads_total Lookups of keys for which a cache asked its store.
# TYPE kmsigner_key_cache_loads_total counter
kmsigner_key_cache_loads_total{cache="keys"} 2
# HELP kmsigner_key_cache_lookups_total Lookups of keys in a cache.
# TYPE kmsigner_key_cache_lookups_total counter
kmsigner_key_cache_lookups_total{cache="keys"} 1
# HELP kmsigner_key_cache_names Names of keys that a cache keeps, misses included.
# TYPE kmsigner_key_cache_names gauge
kmsigner_key_cache_names{cache="keys"} 5
# HELP kmsigner_key_cache_stale_total Questions without an answer for which a cache of keys used an old one.
# TYPE kmsigner_key_cache_stale_total counter
kmsigner_key_cache_stale_total{cache="keys"} 4
# HELP kmsigner_key_cache_versions Key versions that a cache keeps.
# TYPE kmsigner_key_cache_versions gauge
kmsigner_key_cache_versions{cache="keys"} 6
# HELP kmsigner_limited_access_keys Access keys whose rate is counted in memory.
# TYPE kmsigner_limited_access_keys gauge
kmsigner_limited_access_keys{handler="alibaba"} 0
# HELP kmsigner_nonces Nonces remembered in memory.
# TYPE kmsigner_nonces gauge
kmsigner_nonces{handler="alibaba"} 0
# HELP kmsigner_refusals_total Requests not served, by reason.
# TYPE kmsigner_refusals_total counter
kmsigner_refusals_total{provider="p",reason="Internal"} 21
kmsigner_refusals_total{provider="tencent",reason="SignatureMismatch"} 1
# HELP kmsigner_requests_in_flight Authenticated requests in progress.
# TYPE kmsigner_requests_in_flight gauge
kmsigner_requests_in_flight{handler="alibaba"} 0
# HELP kmsigner_requests_in_flight_max Authenticated requests that may be in progress.
# TYPE kmsigner_requests_in_flight_max gauge
kmsigner_requests_in_flight_max{handler="alibaba"} 7
# HELP kmsigner_store_failures_total Calls to a shared store of nonces and rates without an answer.
# TYPE kmsigner_store_failures_total counter
kmsigner_store_failures_total{operation="admit"} 1
`), "kmsigner_refusals_total", "kmsigner_store_failures_total", "kmsigner_requests_in_flight", "kmsigner_requests_in_flight_max",
		"kmsigner_nonces", "kmsigner_limited_access_keys", "kmsigner_key_cache_lookups_total",
		"kmsigner_key_cache_loads_total",
		"kmsigner_key_cache_load_failures_total", "kmsigner_key_cache_stale_total", "kmsigner_key_cache_names",
		"kmsigner_key_cache_versions"))
	require.EqualValues(t, 1, testutil.ToFloat64(c.requests.WithLabelValues("alibaba", "AsymmetricSign", "OK")))
	require.EqualValues(t, 1, testutil.ToFloat64(c.requests.WithLabelValues("tencent", "none",
		"AuthFailure.SignatureFailure")))
}

// promlint, and the registry's own checks of what is described and what is collected.
func TestCollector_lint(t *testing.T) {
	problems, err := testutil.CollectAndLint(full(t))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.NoError(t, prom.NewPedanticRegistry().Register(full(t)))
	r := prom.NewPedanticRegistry()
	r.MustRegister(full(t))
	families, err := r.Gather()
	require.NoError(t, err)
	require.Len(t, families, 16)
	for _, f := range families {
		if f.GetName() == "kmsigner_request_duration_seconds" {
			h := f.Metric[0].GetHistogram()
			require.Len(t, h.Bucket, 14)
			require.NotNil(t, h.Schema, "native, too")
		}
	}
}

// Whatever an event says, the series are bounded, and no label has anything but a
// word.
func TestCollector_hostile(t *testing.T) {
	c := full(t)
	texts := []string{"", "a b", "log me\n", "{}", `"`, "<script>", "\x00", "\xff", "ключ", "alias/x", "id",
		"LTAI5tExample",
		strings.Repeat("A", 64), strings.Repeat("A", 65), "1", ".", "a.b", "a-b"}
	ours, private := regexp.MustCompile(`^[A-Za-z0-9._/]{1,64}$`), regexp.MustCompile("PRINCIPAL|KEY|REASON")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 5_000 {
		text := func() string {
			if s := random.IntN(2 * len(texts)); s < len(texts) {
				return texts[s]
			}
			return fmt.Sprintf("Hostile%d", random.IntN(i+1))
		}
		kind := text()
		if i%4 == 0 {
			kind = ""
		}
		c.Observe(ctx, frontend.Event{
			RequestID: text(), Provider: text(), ClientAddr: text(), Scheme: text(), Principal: "PRINCIPAL" + text(),
			Action: text(),
			KeyID:  "KEY" + text(), VersionID: "KEY" + text(), Algorithm: text(), KeySpec: keyspec.KeySpec(text()), Code: text(),
			Kind:   kind,
			Reason: "REASON" + text(), Duration: time.Duration(random.Int64()), Status: i,
		})
		c.Observe(ctx, frontend.Event{Action: "Sign", KeySpec: keyspec.ECSM2, Provider: text()})
		c.ObserveStore(text(), time.Duration(i), nil)
	}
	for _, m := range c.vectors() {
		require.LessOrEqual(t, testutil.CollectAndCount(m), maxCombinations)
	}
	require.GreaterOrEqual(t, testutil.CollectAndCount(c.requests), maxCombinations-1, "the bound was reached")
	require.Greater(t, testutil.ToFloat64(c.requests.WithLabelValues(other, other, other)), 2_500.0)

	r := prom.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if !ours.MatchString(l.GetValue()) || private.MatchString(l.GetValue()) {
					t.Fatalf("%s has a label %q", f.GetName(), l.GetValue())
				}
			}
		}
	}
	// What was known before is still counted by itself.
	c.Observe(ctx, frontend.Event{Provider: "tencent", Code: "AuthFailure.SignatureFailure", Kind: "SignatureMismatch"})
	require.EqualValues(t, 2, testutil.ToFloat64(c.refusals.WithLabelValues("tencent", "SignatureMismatch")))
}

func TestCollector_refused(t *testing.T) {
	c := full(t)
	handler := alikms.NewHandler(nil, nil)
	stats := func() keyring.CacheStats { return keyring.CacheStats{} }
	for _, tt := range []struct {
		param string
		err   error
	}{
		{"Name", c.AddHandler("alibaba", handler)},
		{"Name", c.AddHandler("", handler)},
		{"Name", c.AddHandler("A", handler)},
		{"Name", c.AddHandler(strings.Repeat("a", 33), handler)},
		{"Handler", c.AddHandler("b", nil)},
		{"Handler", c.AddHandler("b", http.NotFoundHandler())},
		{"Collector", (*Collector)(nil).AddHandler("b", handler)},
		{"Collector", (&Collector{}).AddHandler("b", handler)},
		{"Name", c.AddCache("keys", stats)},
		{"Name", c.AddCache("a b", stats)},
		{"Cache", c.AddCache("b", nil)},
		{"Collector", (*Collector)(nil).AddCache("b", stats)},
		{"Collector", (&Collector{}).AddCache("b", stats)},
	} {
		require.ErrorIs(t, tt.err, kmserrors.InvalidParameter, tt.param)
		var e *kmserrors.Error
		require.ErrorAs(t, tt.err, &e)
		require.Equal(t, tt.param, e.Param)
	}
	require.NoError(t, c.AddHandler("b", handler))
	for _, c := range []*Collector{nil, {}} {
		c.Observe(ctx, frontend.Event{})
		c.ObserveStore("x", 0, nil)
		require.Zero(t, testutil.CollectAndCount(c))
	}
}

func TestCollector_concurrent(t *testing.T) {
	c := full(t)
	r := prom.NewPedanticRegistry()
	r.MustRegister(c)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 100 {
				c.Observe(ctx, frontend.Event{Provider: "q", Action: fmt.Sprint("A", n), Code: "OK"})
				c.ObserveStore("use", 1, nil)
				_ = c.AddCache(fmt.Sprint("c", i, n%3), func() keyring.CacheStats { return keyring.CacheStats{} })
				if n%50 == 0 {
					_, err := r.Gather()
					require.NoError(t, err)
				}
			}
		})
	}
	all.Wait()
	var sum float64
	for n := range 100 {
		sum += testutil.ToFloat64(c.requests.WithLabelValues("q", fmt.Sprint("A", n), "OK"))
	}
	require.EqualValues(t, 8*100, sum)
}
