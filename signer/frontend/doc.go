// Package frontend is what the front ends signer/alikms and signer/tencentkms take
// from those who embed them: who may call, who may use which key, what is
// remembered against replays, how much is too much, and where the log goes.
//
// Both packages know these types under their own names too: alikms.Authenticator
// and tencentkms.Authenticator are [Authenticator], their HandlerOption is
// [Option]. One list of options serves both handlers:
//
//	keys := frontend.StaticKeys(map[string]string{"id": "secret"})
//	options := []frontend.Option{frontend.WithLogger(logger), frontend.WithAuthorize(policy)}
//	a := alikms.NewHandler(&alikms.Service{Store: ring}, keys, options...)
//	t := tencentkms.NewHandler(&tencentkms.Service{Store: ring}, keys, options...)
//	err := frontend.NewServer(a).ListenAndServe()
//
// # Who comes in
//
// A handler has no anonymous mode. With a nil [Authenticator], a nil service or
// store, or an option that it cannot follow, it refuses every request with the
// provider's code for an internal failure and says why in the log.
//
// An access key is checked in this order: it is known, the signature is made with
// its secret, the time stamp is within the provider's window of the clock, the
// key is not over its rate, the nonce is new. Signatures are compared in constant
// time. A request is not taken apart before its access key is known, so one of a
// stranger costs little. The codes of the providers do tell an unknown access key id
// from a wrong secret, and so does the time; such an id is a name, not a secret.
//
// An access key that has come in may use every key of the store, unless
// [WithAuthorize] says otherwise.
//
// # Limits
//
// Where no provider is named, they are the same for all handlers:
//
//	headers            16 KiB, names and values
//	query              8 KiB (Alibaba), 24 KiB (Tencent)
//	body               8 KiB (Alibaba), 24 KiB (Tencent), and 10 seconds to arrive
//	parameters         64, with names of at most 64 letters, digits, '.', '_', '-'
//	access key id      128 bytes
//	nonce              128 bytes
//	security token     8 KiB
//	requests           200 a second for each access key (Alibaba), 100 (Tencent); as many at once; WithRate
//	nonces             1,048,576 in memory for each handler; WithNonces
//
// The first two are checked after net/http has read the header; a server needs a
// limit of its own before that, and one for the time that a header may take.
// [NewServer] sets them.
//
// # What they leave to you
//
// Confidentiality: serve TLS, or stand behind something that does. Tencent's TC3
// signature has neither a nonce nor, with the provider's SDKs, a signature over
// the name of the action: whoever can read the traffic can send the same request
// again for five minutes. A proxy has to pass the Host header, the path and the
// query on as they came: they are signed. Secrets of access keys are yours to
// store; an [Authenticator] is asked for one at a time.
//
// # The log
//
// With [WithLogger], every request leaves one line, "kms request": request_id,
// principal, action, key_id, code, duration. It has no digest, message, signature
// or secret. Before a request has proven its access key, principal, action and key_id
// are empty: nobody writes into the log from outside. Failures of the service
// itself are errors and have the cause, after a panic also the functions that it
// came through; everything else is information.
//
// # Concurrency
//
// Handlers, and everything here, are safe for concurrent use. Functions and
// interfaces that you hand in are called from many goroutines at once. No
// goroutine is started.
package frontend
