// SPDX-License-Identifier: Apache-2.0

// Package dkms serves keys over the KMS Instance API of Alibaba Cloud ("dedicated
// KMS", dkms-gcs-0.2), the interface that the provider's KMS Instance SDKs speak:
// Sign, Verify and GetPublicKey, as calls on a [Service] and as an [http.Handler].
//
// # Requests
//
// A request is a POST to "/" with a protobuf body of at most 3 MB; a longer one is
// answered with HTTP status 413. The client signs with an RSA key of its own, of at
// least 2048 bits, by RSASSA-PKCS1-v1_5 with SHA-256:
//
//	StringToSign = "POST" \n content-sha256 \n content-type \n date \n
//	               name:value \n of each header x-kms-..., sorted
//	               "/"
//
// content-sha256 has to be the hash of the body in upper-case hexadecimal, date
// within 15 minutes of the server's clock. Every header that counts has one value,
// and its value is read as it is signed. A query is an error, since it is not signed.
//
// The server knows the public keys of its clients: see [ClientKeys]. It does not
// look at the validity of certificates. [NewClientKey] makes the client's file and
// the server's certificate.
//
// # What can be replayed
//
// The API has no nonce, its dates have no fractions of a second, and the signature
// of a request is deterministic: a client that signs one digest twice in a second
// sends the same request twice. So a request is served every time that it arrives
// within its 15 minutes, a recorded copy included. Use TLS. With
// [frontend.WithNonces] the signature is the nonce, and the answer to a second request
// with it is SignatureNotMatch, also if the client itself sent it.
//
// # Decisions
//
// Where the provider's documentation leaves something open:
//
//   - An omitted Algorithm is the key's only one; for RSA it is RSA_PSS_SHA_256. The
//     answer has the algorithm that was used.
//   - An omitted key version, and the header x-kms-migrationkeyversionid without a
//     value, is the primary version. The answer has the version in that header.
//   - A version that does not exist is Forbidden.KeyNotFound.
//   - Digest, which older clients send, is a Message with DIGEST. Beside a Message
//     or RAW it is InvalidParameter.
//   - An empty message is the same as a missing one and is MissingParameter.
//   - SM2DSA over a RAW message uses the default user id, "1234567812345678".
//   - Throttling has HTTP status 429.
//   - A signature that does not verify is a Value of false.
//   - KeyId is an id or "alias/NAME", no ARN.
//
// # Authorisation, rates, log
//
// They are options of package frontend, as for the other front ends; the principal
// is the client's access key id. The default rate is 200 requests a second for each
// client. A request of an unknown client takes as much work as one of a known client.
//
// # Concurrency
//
// Services and handlers are safe for concurrent use if the Store is.
package dkms
