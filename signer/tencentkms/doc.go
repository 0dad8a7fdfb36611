// SPDX-License-Identifier: Apache-2.0

// Package tencentkms serves the SignByAsymmetricKey family and the key management of
// Tencent Cloud KMS, API version 2019-01-18, over keys of your own: as Go calls on a
// [Service], and on the wire through the http.Handler of [NewHandler], so that clients
// of the provider's SDKs work against it.
//
//	SignByAsymmetricKey    KeyId, Algorithm, Message, MessageType                  Signature
//	VerifyByAsymmetricKey  KeyId, Algorithm, Message, MessageType, SignatureValue  SignatureValid
//	GetPublicKey           KeyId                                                   KeyId, PublicKey, PublicKeyPem
//	ListAlgorithms                                                                 three lists
//
// Each answer also has a RequestId.
//
//	SM2DSA                              keys of EC_SM2    RAW is hashed to SM3(Z(A) || M), id 1234567812345678
//	ECC_P256_R1                         keys of EC_P256   RAW is hashed with SHA-256
//	RSA_PSS_SHA_256, RSA_PKCS1_SHA_256  keys of RSA_2048  RAW is hashed with SHA-256
//
// The provider has no key versions: every operation uses a key's primary version. A key
// that is served here should not be rotated: signatures of its former version then no
// longer verify.
//
// Keys are described and listed by DescribeKey, DescribeKeys, ListKeys and
// ListKeyDetail, in every state, if the Store is a [keyring.Manager]. With
// [frontend.WithManagement] a handler also serves CreateKey, EnableKey, EnableKeys,
// DisableKey, DisableKeys, ScheduleKeyDeletion, CancelKeyDeletion, UpdateAlias and
// UpdateKeyDescription.
//
// The fields of the structs have the provider's names and, where the wire has
// base64, its text. The operations check that text, so that every transport built
// on them returns the same errors. An empty field counts as missing.
//
// # The wire
//
// GET and POST to "/". The answers are JSON and their status is 200, also of errors;
// but 400 for a request in another protocol than this one (AWS KMS, Alibaba Cloud KMS
// and its KMS Instance API), whose clients evaluate the status.
//
// With an Authorization header, requests are signed with TC3-HMAC-SHA256: the
// parameters of a GET are in the query, those of a POST in a body of
// application/json, one object of strings, numbers and lists of strings. Without one,
// they are signed with HmacSHA1 or HmacSHA256: the parameters of a GET are in the
// query, those of a POST in a body of application/x-www-form-urlencoded.
//
// TC3 has no nonce: a request that is recorded on the way can be sent again for five
// minutes. TLS prevents that. Nor do the provider's SDKs sign X-TC-Action. Parameters
// that an action does not have are an error, so that no other request can be changed
// into one that signs or verifies. But an attacker on the way can exchange actions that
// have the same parameters: those that only have a KeyId, such as DescribeKey and, with
// frontend.WithManagement, DisableKey, those that only have KeyIds, and those that need
// none. The client needs the permission for the action that is executed. TLS prevents
// that; so do clients that sign x-tc-action, and the older form, which includes the
// action in what is signed.
//
// # What the provider's SDKs sign
//
// They do not agree on two things: what they write as the service into the scope of
// TC3, and whether the Host that they sign has its port. This is what their sources
// say; all of it is accepted.
//
//	SDK, versions read                         service             host           Nonce of the older form
//	Go 1.0.563                                 kms                 with port      63 bits
//	Python 3.1.161, and tccli 3.1.155.1 on it  kms                 with port      63 bits
//	Python, before the service was a constant  up to the first dot with port      63 bits
//	Java 3.1.16 (intl), 3.1.498, 3.1.1266      up to the first dot with port      31 bits
//	PHP 3.0.168, 3.0.462, 3.0.1656             up to the first dot with port      31 bits
//	.NET 3.0.44, 3.0.134                       up to the first dot with port      31 bits
//	Ruby 1.0.68                                up to the first dot with port      32 bits
//	C++ (core of 2026)                         up to the first dot with port      has no older form
//	Node.js 4.0.319, 4.1.313, intl 3.0.1335    up to the first dot without port   16 bits
//	Node.js 3.0.104                            has no TC3          with port      16 bits
//
// So the service has to be kms, or what stands before the first dot of the Host,
// with or without a port; but kms where the Host is one of the provider's own. The
// host that is signed has to be the Host, or the Host without its port. Whichever it
// is, it is signed. A request signed without the port can be sent on to another port
// of the same host, if the same access key is known there.
//
// A nonce of the older form counts together with its time stamp and with what is
// signed: only the same request sent again is an error.
//
// # The order of the checks
//
// The first check that fails determines the error.
//
//  1. method, path, size of the headers and of the query, headers given twice,
//     size and arrival of the body
//  2. the access key: that there is one in the request, and that it is known
//  3. the form of the signature: its parts, its method, the time stamp; the
//     parameters: their encoding, their number, none twice
//  4. the signature; the window of the time stamp; the rate; the nonce
//  5. Version, Action
//  6. the presence and form of the operation's parameters, none that it does not
//     have; but for the size of the message and whether the key has the algorithm
//  7. whether the client may use the key; no earlier error depends on whether it
//     exists
//  8. the key, its state
//  9. the algorithm, the size of the message or digest
//  10. the signature
//
// # Decisions
//
// The provider's documentation does not specify these. Programs should not depend on
// them.
//
//	what is open                                here
//	the order of the checks                     as above
//	an algorithm that the key does not have     InvalidParameter
//	a digest of another size than 32 bytes      InvalidParameter
//	a RAW message of more than 4,096 bytes      InvalidParameter
//	a MessageType that does not exist           InvalidParameter
//	an alias, an ARN, a malformed KeyId         InvalidParameterValue.InvalidKeyId
//	a signature that is no signature            SignatureValid is false; what is not base64 is InvalidParameter
//	a parameter that the operation does not     InvalidParameter
//	  have, or given twice, or not a string
//	a body that is not signed                   AuthFailure.InvalidAuthorization, but with AllowUnsignedPayload
//	a request without any signature             AuthFailure
//	a request of the older form, sent again     AuthFailure
//	another protocol                            UnsupportedProtocol, status 400
//	no SignatureMethod in the older form        HmacSHA1
//	an & in a value of the older form           InvalidParameter: what is signed would be ambiguous
//	x-tc-* headers in SignedHeaders             signed in lower case; content-type and host as they are sent
//	a Credential for another day or service     AuthFailure.InvalidAuthorization
//	an inactive access key, an unknown security AuthFailure.SecretIdNotFound; see frontend.Authenticator
//	  token
//	another method than GET and POST            UnsupportedProtocol
//	another path than "/"                       InvalidAction
//	requests and bodies over the limits         InvalidParameter
//	too many requests in flight, a full share   InternalError
//	  of the nonces, a hook that takes too long
//	a list                                      one permission, for the key ""; it shows all keys
//	CreateKey                                   one permission, for the key ""; the log has the new one
//	operations on several keys                  a permission for each, before any change; the log has all ids
//	a Store that cannot list                    UnsupportedOperation
//	a change without WithManagement             UnauthorizedOperation, before its parameters are checked
//	the alias of a key that has several         the first by name
//	UpdateAlias to an alias of the same key     nothing changes
//	EnableKey of an Enabled key, and the like   a success
//	CancelKeyDeletion                           makes the key Disabled
//	two changes of a state at once              one is made after the other; each has looked at the state before
//	KeyUsage "" of ListKeyDetail                all keys, where the provider takes ENCRYPT_DECRYPT, which none is
//	KeyUsage of RSA_3072 and EC_P256K           ASYMMETRIC_SIGN_VERIFY_RSA_3072, ASYMMETRIC_SIGN_VERIFY_ECC_P256K
//	KeyUsage of CreateKey                       required, for nothing here is ENCRYPT_DECRYPT
//	Tags, TagFilters, HsmClusterId, Type 2      InvalidParameter and its kinds
//	Type, CreatorUin, ResourceId                zero and ""
//	100 calls a second                          for an access key, over all operations, 100 at once
//	keys of EC_P256K and RSA_3072               GetPublicKey only; they have no algorithm
//	symmetric and encryption algorithms         empty lists
//	the message of InvalidParameter             followed by the parameter and the reason
//
// Package frontend has the limits, the options, and what the embedding program has to
// do. In particular, without [frontend.WithAuthorize] every access key may use every
// key.
package tencentkms
