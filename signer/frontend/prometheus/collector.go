// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	prom "github.com/prometheus/client_golang/prometheus"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
)

// A Collector is a prometheus.Collector of what front ends tell it. The zero value is
// not one: use [New].
type Collector struct {
	requests, signatures, refusals, failures *prom.CounterVec
	durations, calls                         *prom.HistogramVec

	combinations map[*prom.MetricVec]*combinations
	sources      sources
}

var _ prom.Collector = (*Collector)(nil)

// New returns a Collector that has counted nothing.
func New() *Collector {
	c := &Collector{
		requests:   counter("requests_total", "Requests answered.", "provider", "action", "code"),
		signatures: counter("signatures_total", "Signatures in answers, by key spec and algorithm.", "provider", "pair"),
		refusals:   counter("refusals_total", "Requests not served, by reason.", "provider", "reason"),
		failures: counter("store_failures_total", "Calls to a shared store of nonces and rates without an answer.",
			"operation"),
		durations: histogram("request_duration_seconds",
			"Time from the arrival of a request's header until its answer is ready.",
			"provider", "action"),
		calls: histogram("store_call_duration_seconds", "Time of calls to a shared store of nonces and rates.", "operation"),
	}
	c.combinations = map[*prom.MetricVec]*combinations{}
	for _, v := range []*prom.MetricVec{c.requests.MetricVec, c.signatures.MetricVec, c.refusals.MetricVec,
		c.failures.MetricVec, c.durations.MetricVec, c.calls.MetricVec} {
		c.combinations[v] = &combinations{seen: map[string]bool{}}
	}
	return c
}

func counter(name, help string, labels ...string) *prom.CounterVec {
	return prom.NewCounterVec(prom.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
}

func histogram(name, help string, labels ...string) *prom.HistogramVec {
	return prom.NewHistogramVec(prom.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		// Native, too: a factor of 1.1, and no more than 100 buckets.
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
		NativeHistogramMinResetDuration: time.Hour,
	}, labels)
}

const namespace = "kmsigner"

// Observe counts an event: it is for frontend.WithObserver.
func (c *Collector) Observe(_ context.Context, e frontend.Event) {
	if c == nil || c.requests == nil {
		return
	}
	provider, action := word(e.Provider), word(e.Action)
	c.requests.WithLabelValues(c.bounded(c.requests.MetricVec, provider, action, word(e.Code))...).Inc()
	c.durations.WithLabelValues(c.bounded(c.durations.MetricVec, provider, action)...).Observe(e.Duration.Seconds())
	if e.Kind != "" {
		c.refusals.WithLabelValues(c.bounded(c.refusals.MetricVec, provider, word(e.Kind))...).Inc()
		return
	}
	if pair, ok := signed(e); ok {
		c.signatures.WithLabelValues(c.bounded(c.signatures.MetricVec, provider, pair)...).Inc()
	}
}

// ObserveStore counts a call to a shared store: it is for WithObserver of
// signer/frontend/redis.
func (c *Collector) ObserveStore(operation string, d time.Duration, err error) {
	if c == nil || c.requests == nil {
		return
	}
	operation = word(operation)
	c.calls.WithLabelValues(c.bounded(c.calls.MetricVec, operation)...).Observe(d.Seconds())
	failures := c.failures.WithLabelValues(c.bounded(c.failures.MetricVec, operation)...) // 0 before the first
	if err != nil {
		failures.Inc()
	}
}

// signs are the actions whose answer is a signature.
var signs = []string{"AsymmetricSign", "SignByAsymmetricKey", "Sign"}

// signed returns the pair of a signature. The algorithm of an event is in the provider's
// spelling, which for RSA is this library's.
func signed(e frontend.Event) (pair string, ok bool) {
	if !slices.Contains(signs, e.Action) {
		return "", false
	}
	algorithms := e.KeySpec.Algorithms()
	if len(algorithms) > 1 {
		algorithms = slices.DeleteFunc(slices.Clone(algorithms), func(a keyspec.Algorithm) bool {
			return string(a) != e.Algorithm
		})
	}
	if len(algorithms) != 1 {
		return "", false
	}
	return keyspec.Pair{KeySpec: e.KeySpec, Algorithm: algorithms[0]}.String(), true
}

var words = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._]{0,63}$`)

// word is a value of a label: a name of ours or of a provider's, and no other text.
func word(s string) string {
	switch {
	case s == "":
		return "none"
	case !words.MatchString(s):
		return other
	}
	return s
}

const (
	other = "other"
	// maxCombinations is how many values the labels of a metric have. Providers have
	// some hundred.
	maxCombinations = 1000
)

// combinations are the values of a metric's labels.
type combinations struct {
	mu   sync.RWMutex
	seen map[string]bool
}

// bounded returns the values, or others if there are too many combinations.
func (c *Collector) bounded(v *prom.MetricVec, values ...string) []string {
	if !c.combinations[v].admit(strings.Join(values, " ")) {
		for i := range values {
			values[i] = other
		}
	}
	return values
}

func (c *combinations) admit(key string) bool {
	c.mu.RLock()
	known, full := c.seen[key], len(c.seen) >= maxCombinations-1
	c.mu.RUnlock()
	if known || full {
		return known
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.seen) < maxCombinations-1 {
		c.seen[key] = true
	}
	return c.seen[key]
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prom.Desc) {
	if c == nil || c.requests == nil {
		return
	}
	for _, m := range c.vectors() {
		m.Describe(ch)
	}
	c.sources.describe(ch)
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(ch chan<- prom.Metric) {
	if c == nil || c.requests == nil {
		return
	}
	for _, m := range c.vectors() {
		m.Collect(ch)
	}
	c.sources.collect(ch)
}

func (c *Collector) vectors() []prom.Collector {
	return []prom.Collector{c.requests, c.signatures, c.refusals, c.failures, c.durations, c.calls}
}
