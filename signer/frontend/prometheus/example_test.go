// SPDX-License-Identifier: Apache-2.0

package prometheus_test

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	kmsprometheus "github.com/kmsigner/kmsigner/signer/frontend/prometheus"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A front end, and its metrics on an address of their own. A store of
// signer/frontend/redis is observed with its option WithObserver(metrics.ObserveStore), a
// keyring.Cache with metrics.AddCache("keys", cache.Stats).
func Example() {
	metrics := kmsprometheus.New()
	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
	handler := alikms.NewHandler(&alikms.Service{Store: keyring.New()}, keys, frontend.WithObserver(metrics.Observe))
	if err := metrics.AddHandler("alibaba", handler); err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics)
	go http.ListenAndServe("127.0.0.1:9090", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	log.Fatal(frontend.NewServer(handler).ListenAndServe())
}
