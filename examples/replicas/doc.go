// SPDX-License-Identifier: Apache-2.0

// Package replicas tests what docs/production.md describes: three processes of
// examples/frontend behind nginx, with keys in PostgreSQL and nonces and rates in
// Redis, called with the providers' SDKs while processes and servers are stopped,
// killed and started again. The test starts all of it on this machine:
//
//	go -C examples/replicas test .
//
// It needs Debian's packages postgresql, redis-server and nginx, which ci.sh installs.
// nginx runs the configuration of docs/production.md, with other addresses, and the
// replicas run what the Dockerfile of examples/frontend builds.
//
//	go -C examples/replicas test -run '^$' -bench Replica -benchtime 1x .
//
// measures what a request costs one replica with all of it, beside one with keys,
// nonces and rates in memory.
package replicas
