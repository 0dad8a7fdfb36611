// SPDX-License-Identifier: Apache-2.0

// Package prometheus counts what the front ends do, for Prometheus.
//
//	metrics := kmsprometheus.New()
//	handler := alikms.NewHandler(service, keys, frontend.WithObserver(metrics.Observe))
//	err := metrics.AddHandler("alibaba", handler)
//	registry.MustRegister(metrics)
//
// The name kmsprometheus is the import's; client_golang has a package prometheus, too.
// One [Collector] serves all front ends of a program. examples/dashboards/frontend.json
// is a dashboard for Grafana with these metrics:
//
//	kmsigner_requests_total                  provider, action, code  requests answered
//	kmsigner_request_duration_seconds        provider, action        from the header's arrival until the answer is ready
//	kmsigner_signatures_total                provider, pair          signatures in answers; pair as in EC_P256/ECDSA_SHA_256
//	kmsigner_refusals_total                  provider, reason        requests not served; reason is Event.Kind
//	kmsigner_requests_in_flight              handler                 authenticated requests in progress
//	kmsigner_requests_in_flight_max          handler                 frontend.WithMaxInFlight
//	kmsigner_nonces                          handler                 nonces remembered in memory
//	kmsigner_limited_access_keys             handler                 access keys whose rate is counted in memory
//	kmsigner_store_call_duration_seconds     operation               calls to a shared store, signer/frontend/redis
//	kmsigner_store_failures_total            operation               those without an answer
//	kmsigner_key_cache_lookups_total         cache                   lookups of keys
//	kmsigner_key_cache_loads_total           cache                   those that the cache could not answer
//	kmsigner_key_cache_load_failures_total   cache                   loads without an answer
//	kmsigner_key_cache_stale_total           cache                   loads without an answer for which an old one was used
//	kmsigner_key_cache_names                 cache                   names that are kept, misses included
//	kmsigner_key_cache_versions              cache                   key versions that are kept
//
// The durations are classic histograms, from half a millisecond to ten seconds, and
// native ones for servers that scrape them.
//
// # Labels
//
// No label has a key id, an access key id or anything else that a client chooses, so that
// the number of series is bounded whatever clients send: an action that is not
// served, or that of a request that is not authenticated, is "none". Whatever an event
// says, the labels provider, action, code and reason have letters, digits, '.' and '_',
// 64 at most, and there are no more than 1,000 combinations of each metric; what is
// beyond is counted under "other".
//
// # Alerts
//
// Worth an alert are failures of the service itself (reason Internal or Unavailable),
// SignatureMismatch and NonceUsed in numbers, Throttled for long, requests in flight near
// their maximum, and store failures.
//
// # Concurrency
//
// A Collector is safe for concurrent use. It starts no goroutine and registers nothing by
// itself.
package prometheus
