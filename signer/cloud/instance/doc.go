// SPDX-License-Identifier: Apache-2.0

// Package instance signs with keys that stay in an instance of Alibaba Cloud KMS, through
// the provider's SDK github.com/aliyun/alibabacloud-dkms-gcs-go-sdk:
//
//	client, err := sdk.NewClient(config) // endpoint, client key, password, CA
//	s, err := instance.New(ctx, client, keyID, "", keyspec.ECDSASHA256)
//	sig, err := signer.SignMessage(ctx, s, message)
//
// It calls GetPublicKey once and Sign for each signature. All seven pairs are served.
// Only digests are sent: messages are hashed here, for SM2DSA after Z(A) with the default
// id, which other verifiers of such keys expect.
//
// # Versions
//
// A signer is bound to one version of a key: the one that is asked for, or else the one
// that the answer to GetPublicKey names, in the header x-kms-migrationkeyversionid. It
// stays with it after a rotation. If that answer names none, each signature is made with
// the version that the service chooses, and VerifyAfterSign finds one of another version.
//
// # Errors
//
// The provider's codes become those of package errors: a disabled key is KeyDisabled,
// too many requests Throttled, a wrong client key Unauthenticated. The Reason has the
// provider's code and the request id, never its message. The provider has one code for
// keys, versions and aliases that do not exist, KeyNotFound.
//
// # Contexts, timeouts, retries
//
// The SDK takes no context. A deadline becomes the timeout of the request, rounded down
// by at most an eighth, because the SDK keeps a pool of connections for ever for each
// timeout and for each of the requests that were under way at once. The client's
// ReadTimeout, 10 seconds unless it is set, is the longest. Calls are synchronous, and no
// goroutine of this package outlives them: a context that is cancelled during a request
// is noticed when the request ends. The SDK's retries are off.
//
// # Concurrency
//
// Everything here is safe for concurrent use. The SDK has a data race in its pool of
// connections, which requests of this package avoid.
package instance
