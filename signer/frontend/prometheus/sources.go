// SPDX-License-Identifier: Apache-2.0

package prometheus

import (
	"maps"
	"net/http"
	"regexp"
	"sync"

	prom "github.com/prometheus/client_golang/prometheus"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// sources are asked when the metrics are collected.
type sources struct {
	mu       sync.Mutex
	handlers map[string]http.Handler
	caches   map[string]func() keyring.CacheStats
}

// AddHandler collects the numbers of frontend.StatsOf of a handler, under a name. It
// returns InvalidParameter of "Name" for a name that is in use or is not 1 to 32 lower-case
// letters, digits, '_' and '-', and of "Handler" for one that no front end has made, and
// of "Collector" for one that New has not made.
func (c *Collector) AddHandler(name string, h http.Handler) error {
	if _, ok := frontend.StatsOf(h); !ok {
		return invalid("Handler", "no front end has made it")
	}
	return add(c, name, h, func(s *sources) *map[string]http.Handler { return &s.handlers })
}

// AddCache collects the numbers of a cache of keys, under a name: the Stats of a
// keyring.Cache or of a Keyring of signer/keyring/postgres. It returns InvalidParameter of "Name" and of "Collector" as AddHandler
// does, and of "Cache" for a nil function.
func (c *Collector) AddCache(name string, stats func() keyring.CacheStats) error {
	if stats == nil {
		return invalid("Cache", "the function is nil")
	}
	return add(c, name, stats, func(s *sources) *map[string]func() keyring.CacheStats { return &s.caches })
}

var names = regexp.MustCompile(`^[a-z0-9_-]{1,32}$`)

func add[T any](c *Collector, name string, source T, field func(*sources) *map[string]T) error {
	switch {
	case c == nil || c.requests == nil:
		return invalid("Collector", "New has not made it")
	case !names.MatchString(name):
		return invalid("Name", "it is not 1 to 32 lower-case letters, digits, '_' and '-'")
	}
	c.sources.mu.Lock()
	defer c.sources.mu.Unlock()
	m := field(&c.sources)
	if _, ok := (*m)[name]; ok {
		return invalid("Name", "it is in use")
	}
	if *m == nil {
		*m = map[string]T{}
	}
	(*m)[name] = source
	return nil
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}

// A number is one of a source, T its numbers.
type number[T any] struct {
	desc *prom.Desc
	kind prom.ValueType
	of   func(T) float64
}

func describe(name, help, label string) *prom.Desc {
	return prom.NewDesc(prom.BuildFQName(namespace, "", name), help, []string{label}, nil)
}

func gauge[T any](label, name, help string, of func(T) float64) number[T] {
	return number[T]{describe(name, help, label), prom.GaugeValue, of}
}

func total[T any](label, name, help string, of func(T) float64) number[T] {
	return number[T]{describe(name, help, label), prom.CounterValue, of}
}

var handlerNumbers = []number[frontend.Stats]{
	gauge("handler", "requests_in_flight", "Authenticated requests in progress.",
		func(s frontend.Stats) float64 { return float64(s.InFlight) }),
	gauge("handler", "requests_in_flight_max", "Authenticated requests that may be in progress.",
		func(s frontend.Stats) float64 { return float64(s.MaxInFlight) }),
	gauge("handler", "nonces", "Nonces remembered in memory.",
		func(s frontend.Stats) float64 { return float64(s.Nonces) }),
	gauge("handler", "limited_access_keys", "Access keys whose rate is counted in memory.",
		func(s frontend.Stats) float64 { return float64(s.AccessKeys) }),
}

var cacheNumbers = []number[keyring.CacheStats]{
	total("cache", "key_cache_lookups_total", "Lookups of keys in a cache.",
		func(s keyring.CacheStats) float64 { return float64(s.Lookups) }),
	total("cache", "key_cache_loads_total", "Lookups of keys for which a cache asked its store.",
		func(s keyring.CacheStats) float64 { return float64(s.Loads) }),
	total("cache", "key_cache_load_failures_total", "Questions of a cache of keys that its store did not answer.",
		func(s keyring.CacheStats) float64 { return float64(s.Failures) }),
	total("cache", "key_cache_stale_total", "Questions without an answer for which a cache of keys used an old one.",
		func(s keyring.CacheStats) float64 { return float64(s.Stale) }),
	gauge("cache", "key_cache_names", "Names of keys that a cache keeps, misses included.",
		func(s keyring.CacheStats) float64 { return float64(s.Names) }),
	gauge("cache", "key_cache_versions", "Key versions that a cache keeps.",
		func(s keyring.CacheStats) float64 { return float64(s.Versions) }),
}

func (s *sources) describe(ch chan<- *prom.Desc) {
	for _, n := range handlerNumbers {
		ch <- n.desc
	}
	for _, n := range cacheNumbers {
		ch <- n.desc
	}
}

func (s *sources) collect(ch chan<- prom.Metric) {
	s.mu.Lock()
	handlers, caches := maps.Clone(s.handlers), maps.Clone(s.caches)
	s.mu.Unlock()
	for name, h := range handlers {
		stats, _ := frontend.StatsOf(h)
		collect(ch, handlerNumbers, stats, name)
	}
	for name, stats := range caches {
		collect(ch, cacheNumbers, stats(), name)
	}
}

func collect[T any](ch chan<- prom.Metric, numbers []number[T], stats T, name string) {
	for _, n := range numbers {
		ch <- prom.MustNewConstMetric(n.desc, n.kind, n.of(stats), name)
	}
}
