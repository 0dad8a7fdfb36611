// SPDX-License-Identifier: Apache-2.0

// Package alikms serves the AsymmetricSign family and the key management of Alibaba
// Cloud KMS, API version 2016-01-20, over keys of your own: as Go calls on a [Service],
// and on the wire through the http.Handler of [NewHandler], so that clients of the
// provider's SDKs work against it.
//
//	AsymmetricSign    KeyId, KeyVersionId, Algorithm, Digest, DryRun         KeyId, KeyVersionId, Value, RequestId
//	AsymmetricVerify  KeyId, KeyVersionId, Algorithm, Digest, Value, DryRun  KeyId, KeyVersionId, Value, RequestId
//	GetPublicKey      KeyId, KeyVersionId, DryRun                            KeyId, KeyVersionId, PublicKey, RequestId
//
//	RSA_2048, RSA_3072  RSA_PSS_SHA_256, RSA_PKCS1_SHA_256  Digest is SHA-256; Value has 256 or 384 bytes
//	EC_P256, EC_P256K   ECDSA_SHA_256                       Digest is SHA-256; Value is DER
//	EC_SM2              SM2DSA                              Digest is SM3(Z(A) || M), id 1234567812345678; Value is DER
//
// Keys are described and listed by DescribeKey, ListKeys, ListKeyVersions,
// DescribeKeyVersion, ListAliases and ListAliasesByKeyId, in every state, if the Store
// is a [keyring.Manager]. With [frontend.WithManagement] a handler also serves
// CreateKey, CreateKeyVersion, EnableKey, DisableKey, ScheduleKeyDeletion,
// CancelKeyDeletion, CreateAlias, UpdateAlias, DeleteAlias and UpdateKeyDescription.
//
// The fields of the structs have the provider's names and, where the wire has
// base64, its text. The operations check that text, so that every transport built
// on them returns the same errors. An empty field counts as missing.
//
// # The wire
//
// GET and POST to "/", with the parameters in the query, in a body of
// application/x-www-form-urlencoded, or in both. Answers are JSON, or XML if the
// parameter Format says so. Errors of the first step below are JSON; those of the
// second and third are XML if there is one Format that says so, whatever is wrong
// with the other parameters.
//
// Requests are signed with the RPC signature 1.0 (HMAC-SHA1, in the parameters) or,
// if there is an Authorization header, with ACS3-HMAC-SHA256 or ACS3-HMAC-SM3. What
// is not signed is not read: with the RPC signature no header but Content-Type,
// whose change makes the signature wrong, and with ACS3 no x-acs-* header, no
// Content-Type and no host that is missing in SignedHeaders.
//
// # The order of the checks
//
// The first check that fails determines the error.
//
//  1. method, path, size of the headers and of the query, headers given twice,
//     size and arrival of the body
//  2. the access key: that there is one in the request, and that it is known
//  3. the parameters: their encoding, their number, none twice; Format; the form of
//     the signature: its parts, its method, the time stamp, the hash of the body
//  4. the signature; the window of the time stamp; the rate; the nonce
//  5. Version, Action
//  6. the presence and form of the operation's parameters, but for the size of
//     the digest and whether the key has the algorithm
//  7. whether the client may use the key; no earlier error depends on whether it
//     exists
//  8. the key, its version, its state
//  9. the algorithm, the size of the digest
//  10. DryRun
//  11. the signature
//
// # Decisions
//
// The provider's documentation does not specify these. Programs should not depend on
// them.
//
//	what is open                                here
//	the order of the checks                     as above
//	an algorithm that the key does not have     InvalidParameter, status 400
//	a dry run without permission                AccessDeniedError, 400
//	a dry run with a wrong or missing parameter ValidationError, 400
//	a DryRun that is neither true nor false     InvalidParameter, 400
//	a dry run that would succeed                DryRunOperationError, 400
//	a dry run of a key, version or alias that   the code that it has without DryRun
//	  is missing or not Enabled
//	operations with a key that is not Enabled   all three are rejected
//	a signature Value that is no signature      200 with false; what is not base64 is InvalidParameter
//	a parameter given twice                     InvalidParameter, in the query, in the body, or in one each
//	parameters that the operation does not have ignored; they are signed
//	a part of the RPC signature is missing      MissingParameter
//	a malformed or incomplete Authorization     IncompleteSignature
//	an unknown security token                   InvalidAccessKeyId.NotFound; see frontend.Authenticator
//	the hash of an ACS3-HMAC-SM3 body           in x-acs-content-sm3 if that is there, else in x-acs-content-sha256
//	an empty parameter in the ACS3 query        signed as "name="
//	another path than "/"                       InvalidApi.NotFound
//	another protocol                            UnsupportedProtocol, 400
//	requests and bodies over the limits         InvalidParameter
//	a string to sign of more than 4,096 bytes   not in the message of SignatureDoesNotMatch
//	the id of a request                         in the header x-acs-request-id too
//	too many requests in flight, a full share   ServiceUnavailableTemporary
//	  of the nonces, a hook that takes too long
//	a list                                      one permission, for the key ""; it shows all keys
//	CreateKey                                   one permission, for the key ""; the log has the new one
//	UpdateAlias                                 needs the permission for both keys
//	a Store that cannot list                    Rejected.UnsupportedOperation, 400; DescribeKeyVersion works
//	a change without WithManagement             Forbidden.NoPermission, before its parameters are checked
//	a change with DryRun                        InvalidParameter: it is not carried out
//	EnableKey of an Enabled key, and the like   200
//	ScheduleKeyDeletion of a PendingDeletion key, Rejected.PendingDeletion
//	  EnableKey, DisableKey, UpdateKeyDescription
//	CancelKeyDeletion of a key in another state Rejected.StateModifiedFailed
//	aliases of a key that is not Enabled        can be made, moved and deleted
//	a KeyId of key management that is an alias  is taken
//	an alias that exists                        AliasAlreadyExists, 400, also if it is this key's
//	one version a week, 50 for an account       no limit
//	two changes of a state at once              one is made after the other; each has looked at the state before
//	Tags, Policy, rotation, HSM, EXTERNAL       InvalidParameter; DKMSInstanceId is ignored
//	region and account of ARNs in answers       "local" and "0"
//	Creator, MaterialExpireTime                 ""
//	ProtectionLevel                             SOFTWARE, and HSM for a key held elsewhere
//	PageSize                                    1 to 100
//	200 calls a second for an account           for an access key, over all operations, 200 at once
//	the message of InvalidParameter             followed by the parameter and the reason
//
// Package frontend has the limits, the options, and what the embedding program has to
// do. In particular, without [frontend.WithAuthorize] every access key may use every
// key.
package alikms
