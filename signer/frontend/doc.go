// SPDX-License-Identifier: Apache-2.0

// Package frontend configures the front ends signer/alikms, signer/dkms and
// signer/tencentkms: authentication, authorisation, protection against replays, rates
// and limits, and logging. Its functions and interfaces are those that a program
// passes to a front end that it embeds.
//
// One list of options serves all handlers:
//
//	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
//	options := []frontend.Option{frontend.WithLogger(logger), frontend.WithAuthorize(policy)}
//	a := alikms.NewHandler(&alikms.Service{Store: ring}, keys, options...)
//	t := tencentkms.NewHandler(&tencentkms.Service{Store: ring}, keys, options...)
//	err := frontend.NewServer(a).ListenAndServe()
//
// # Authentication
//
// A handler has no anonymous mode. With a nil [Authenticator], a nil service or
// store, or an option that is not valid, it answers every request with the
// provider's code for an internal failure and logs the reason.
//
// An access key is checked in this order: it is known, the signature is made with
// its secret, the time stamp is within the provider's window of the clock, there are
// not too many requests in flight, the key is not over its rate, the nonce is new.
// Signatures are compared in constant time. A request is not parsed before its access
// key is known, so that a request with an unknown one costs little. The codes of the
// providers distinguish an unknown access key id from a wrong secret, and so does the
// time; such an id is a name, not a secret.
//
// An authenticated client may use every key of the store, unless [WithAuthorize] says
// otherwise. A client that may not use a key gets the same answer whether the key
// exists or not. The time of the answer differs: with a keyring by a microsecond, with
// a store of your own by the difference between its times for the two. Such a store
// should not answer from a cache for the one and from a database for the other.
//
// # Limits
//
// Where no provider is named, they are the same for all handlers:
//
//	headers            16 KiB, names and values
//	query              8 KiB (Alibaba), 24 KiB (Tencent), none (KMS Instance API)
//	body               8 KiB (Alibaba), 24 KiB (Tencent), 3,000 KiB (KMS Instance API), and 10 seconds to arrive
//	parameters         128, with names of at most 64 letters, digits, '.', '_', '-'
//	large bodies       64 of more than 64 KiB at a time
//	access key id      128 letters, digits, '.', '_', '-'
//	nonce              128 bytes
//	security token     8 KiB
//	requests           200 a second for each access key (Alibaba), 100 (Tencent); as many at once; WithRate, WithLimiter
//	in flight          1,024 authenticated requests; WithMaxInFlight
//	time               10 seconds from the arrival of a request to its answer; WithTimeout
//	nonces             for each access key as many as its rate is worth: WithRate; WithNonces
//
// The first two are checked after net/http has read the header; a server needs a
// limit of its own before that, and one for the time that a header may take.
// [NewServer] sets them.
//
// # Nonces
//
// A nonce is remembered for as long as its request is within the window, and a minute
// longer for replicas whose clocks differ. The handler's own cache is in memory: after
// a restart, a request that was served before is served once more while it is within
// the window, which is 15 minutes (Alibaba) or 5 (Tencent), and twice that for clients
// whose clock is ahead. Where that matters, use [WithNonces] with a cache that outlives
// the process, as replicas do: that of module signer/frontend/redis. TC3 has no nonces at
// all, and those of the KMS Instance API are checked with WithNonces only, for the reason
// that package dkms gives.
//
// # Behind a proxy
//
// A proxy has to pass the Host header with its port, the path and the query on as they
// came: they are signed. With nginx that takes, beside TLS,
//
//	proxy_set_header Host $http_host;
//	proxy_http_version 1.1;
//	proxy_set_header Connection "";
//	large_client_header_buffers 4 32k;
//
// $host would lose the port, and the default buffers of 8 KB refuse Tencent's longest
// queries with 414. The server should keep idle connections for longer than the proxy
// does, as the one of [NewServer] does.
//
// # What the embedding program has to do
//
// Serve TLS, or listen behind a proxy that does, for confidentiality and for Tencent's
// TC3 signature, which has no nonce and, with the provider's SDKs, does not cover the
// name of the action: a request that is recorded on the way can be sent again for five
// minutes. [OpenCertificate] reads a certificate again when its files change. Store the
// secrets of access keys; an [Authenticator] is called for one at a time. [OpenAccess]
// has one, and permissions, from a file. [Serve] and [Health] stop a replica without a
// failed request.
//
// # The log
//
// With [WithLogger], every request is logged in one line, "kms request": request_id,
// principal, action, key_id, code, duration. It is written after the answer has been
// sent. It has no digest, message, signature or secret. Until a request is
// authenticated, principal, action and key_id are empty: unauthenticated input does not
// get into the log. Failures of the service itself have the level of errors and include
// the cause, after a panic also the functions on the stack; a policy that denies with
// another error than errors.AccessDenied is a warning; everything else is information.
// [WithObserver] gets more, before the answer, and [WithAudit] can withhold the answer
// of what it cannot record. The id of a request is in its answer,
// and [RequestID] returns it in the context of your own functions.
//
// # Concurrency
//
// Handlers, and everything here, are safe for concurrent use. The functions and
// interfaces that a program passes to them are called from many goroutines at once. No
// goroutine is started but by [Serve], which waits for them.
package frontend
