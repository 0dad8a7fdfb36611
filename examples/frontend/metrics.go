// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kmsigner/kmsigner/signer/frontend"
	kmsprometheus "github.com/kmsigner/kmsigner/signer/frontend/prometheus"
)

// metrics are what Prometheus asks for.
type metrics struct {
	*kmsprometheus.Collector
	registry *prometheus.Registry
}

func newMetrics(s *store) (*metrics, error) {
	m := &metrics{kmsprometheus.New(), prometheus.NewRegistry()}
	m.registry.MustRegister(m.Collector, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if s.database == nil {
		return m, nil
	}
	return m, m.AddCache("postgres", s.database.Stats)
}

// status is the handler of -status.
func (m *metrics) status(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", frontend.Health(ctx))
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
