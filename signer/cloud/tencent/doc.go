// SPDX-License-Identifier: Apache-2.0

// Package tencent signs with keys that stay in Tencent Cloud KMS, through the
// provider's SDK github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/kms:
//
//	client, err := kms.NewClient(credential, "ap-guangzhou", profile)
//	s, err := tencent.New(ctx, client, keyID, keyspec.ECDSASHA256)
//	sig, err := signer.SignMessage(ctx, s, message)
//
// It calls GetPublicKey once and SignByAsymmetricKey for each signature. The provider
// has four of the seven pairs: RSA_2048 with both algorithms, EC_P256 and EC_SM2. Only
// digests are sent: messages are hashed here, for SM2DSA after Z(A) with the default
// id, which other verifiers of such keys expect.
//
// # Versions
//
// The provider's asymmetric keys have no versions and no aliases: a key id is one key
// pair for ever, so a signer is bound to it. Its keys are replaced by others with ids of
// their own. Over signer/tencentkms, which signs with the primary version of a key, a
// rotation makes the signer's public key the wrong one; with VerifyAfterSign signing then
// returns Internal, and a new signer has the new key.
//
// # Errors
//
// The provider's codes become those of package errors: a disabled key is KeyDisabled,
// too many requests Throttled, a wrong secret Unauthenticated. The Reason has the
// provider's code and the request id, never its message. If the service cannot be
// reached, it is Unavailable wrapping an error that has the SDK's text, without the URL;
// the SDK does not keep the cause itself.
//
// # Contexts, timeouts, retries
//
// The context of a call is that of the HTTP request: a cancelled call ends at once, and
// no goroutine outlives it. The client's HttpProfile.ReqTimeout, 60 seconds unless it is
// set, ends a request without a deadline. The SDK tries nothing twice, unless the profile
// says that requests over the rate are: then it waits without regard to the context.
//
// # Concurrency
//
// Everything here is safe for concurrent use, as the client is.
package tencent
