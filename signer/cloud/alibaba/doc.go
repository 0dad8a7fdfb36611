// SPDX-License-Identifier: Apache-2.0

// Package alibaba signs with keys that stay in Alibaba Cloud KMS, through the
// provider's SDK github.com/alibabacloud-go/kms-20160120/v3:
//
//	client, err := kms.NewClient(config)
//	s, err := alibaba.New(ctx, client, "alias/orders", "", keyspec.ECDSASHA256)
//	sig, err := signer.SignMessage(ctx, s, message)
//
// It calls AsymmetricSign and GetPublicKey, and DescribeKey and ListKeyVersions where
// no version is named. All seven pairs work. Only digests are sent: messages are
// hashed here, for SM2DSA after Z(A) with the default id, which other verifiers of
// such keys expect.
//
// # Versions
//
// A signer is bound to one version of its key, and stays so when the key is rotated:
// its public key does not change under the programs that use it. [Find] says which
// version that is. A new signer uses the new version.
//
// # Errors
//
// The provider's codes become those of package errors: a disabled key is KeyDisabled,
// too many requests Throttled, a wrong secret Unauthenticated. The Reason has the
// provider's code and the request id, never its message, which can repeat the digest.
// If the service cannot be reached, it is Unavailable wrapping the cause, without the
// URL, which has the digest, too.
//
// # Contexts, timeouts, retries
//
// The context of a call is that of the HTTP request: a cancelled call ends at once, and
// no goroutine outlives it. Without a deadline a request ends after the client's
// ReadTimeout, or after 10 seconds if it has none. What the SDK does besides, fetching
// temporary credentials and waiting between the attempts of Config.RetryOptions, does
// not look at the context. Without RetryOptions nothing is tried twice.
//
// # Concurrency
//
// Everything here is safe for concurrent use. The client is copied; its settings may be
// changed later without effect. A key that was found has connections of its own, unless
// the client has an HttpClient; idle ones are closed after 90 seconds.
package alibaba
