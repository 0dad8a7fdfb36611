// SPDX-License-Identifier: Apache-2.0

// Package redis keeps the nonces and the rates of the front ends in Redis or Valkey, so
// that replicas share them: a recorded request is served by none of them a second time,
// and an access key has one rate, however many replicas it sends to.
//
//	client, err := kmsredis.NewClient("redis://cache:6379")
//	shared, err := kmsredis.New(client, kmsredis.Alibaba)
//	err = shared.Check(ctx)
//	handler := alikms.NewHandler(service, keys, frontend.WithLimiter(shared), frontend.WithNonces(shared))
//
// The name kmsredis is the import's; github.com/redis/go-redis/v9 has a package redis,
// too. A front end has a [Store] of its own, with its provider's rate.
//
// # What it costs
//
// One trip for each request: a [Store] is a frontend.Admitter, and a handler that has
// it as its limiter and as its cache of nonces asks for both at once. A script does it
// in one step. Without nonces, as with TC3, it is one trip as well.
//
// A nonce takes some 200 bytes for as long as its request is within the provider's
// window, and a minute longer for clocks that differ: 16 minutes (Alibaba), 6 (Tencent),
// and nearly twice that for a client whose clock is ahead. A bucket takes 150 bytes until
// it is full again. So the memory is bounded by the rates:
//
//	access keys × rate × (2 × window + 60 s) × 200 bytes
//
// All keys of a store begin with "{PREFIXPROVIDER}:" and are in one slot of a cluster: a
// cluster makes it available, not larger. What a client sends is in no key: access key
// ids and nonces are hashed. Every key has a time to live but one, "since".
//
// # When Redis does not answer
//
// A call takes no longer than the store's deadline, 50 ms unless [WithTimeout] says
// otherwise, and no longer than that of its context. Then the request is refused with
// the provider's code for a service that is unavailable. With [WithFallback], requests
// without a nonce are counted by another limiter instead, for example by
// frontend.NewLimiter in the replica's memory; those with a nonce are always refused,
// as it cannot be known whether it was used. Clients of go-redis try again within the
// deadline; a call that is repeated because its answer was lost counts once. After an
// outage go-redis tries to connect once a second, and it writes to standard error unless
// redis.SetLogger says otherwise.
//
// # What Redis forgets
//
// A recorded request is served again once its nonce is forgotten. Redis forgets when
//
//   - it starts without its data, or with older ones. By default it keeps snapshots of
//     the last hour or so only.
//   - a replica takes over that has not received the last writes.
//   - it is emptied (FLUSHALL).
//   - it evicts keys. The policy has to be "noeviction", its own default but not that of
//     every cloud; [Store.Check] returns an error for another one.
//
// The first three are noticed: a server that does not know the store's script, or does not
// have its key "since", may have forgotten nonces. From then on requests with a nonce
// that are older are refused with the provider's code for a service that is unavailable.
// The time stamps of providers are in whole seconds, so this lasts for one or two
// seconds, or for as long as a client's clock is late; SDKs try again. What remains are
// requests whose time stamp is ahead of a replica's clock, as are those of a client whose
// clock is ahead: sent before the start, they seem to be from after it, and that replica
// serves them once more. To exclude that, too, have Redis keep its data:
//
//	appendonly yes
//	appendfsync everysec    up to two seconds are lost if the machine is, or if Redis is killed while the disk is busy
//	appendfsync always      nothing is lost
//
// A replica that takes over may lack the last moments whatever these say.
//
// The first requests to a new Redis, too, are older than its memory. [Store.Check] begins the
// store's memory, so call it when the program starts. [AcceptOlder] serves them all.
//
// # Clocks
//
// Rates and times to live go by the clock of the server, ages by that of the replica.
// Replicas and server need not agree on the time, but for the minute that a nonce is
// kept longer: replicas whose clocks differ by up to a minute serve no request twice. If
// the server's clock jumps ahead by more than that, keys expire early; have it set by
// NTP, in small steps.
//
// # The server
//
// Redis 5 and later and Valkey have what it takes; it is tested with Redis 7.0. A proxy or
// a service has to pass on scripts.
// A server shared with programs that run more than 500 other scripts (EVAL) may drop the
// store's, which counts as a start, as does a new version of this package with another
// script. A user of its own needs these permissions:
//
//	ACL SETUSER kms on >PASSWORD ~{kmsigner:* -@all +eval +evalsha +get +set +del +time +info +client +hello +auth +ping +select
//
// # Concurrency
//
// A Store is safe for concurrent use. It starts no goroutine; its client does.
package redis
