// SPDX-License-Identifier: Apache-2.0

// Package signertest is for the tests of programs that sign with package signer:
// fixed keys, known answers, signers with faults, and conformance suites for
// implementations of Signer, Store and Manager.
//
// TESTING ONLY: the private keys in this package are published. Import it from files
// that end in _test.go.
//
// # Which function
//
// To test a service that signs, use [New]: it returns a Signer on a fixed key whose
// signatures are the same on every machine, so that a test may compare bytes. [Key]
// returns the key itself, for code that parses or stores keys.
//
// To test a service while signing fails, is slow or fails intermittently, use
// [Failing], [Slow] and [FailEvery]: each takes a Signer and returns another.
//
// To test a Signer of your own, over an HSM, PKCS #11 or a cloud, use [TestSigner],
// which checks what [signer.Signer] promises. If the owner of the key is a
// [crypto.Signer], try [signer.FromCrypto] before you write one.
//
// To test keys in a database or elsewhere, use [TestStore], which checks what
// [keyring.Store] promises and a front end needs, and [TestManager], which checks what
// [keyring.Manager] promises and key management over the wire needs.
//
// To test an application that calls Alibaba Cloud KMS, its KMS Instance API or Tencent
// Cloud KMS through an SDK, use [KMS]: it starts the front ends in the same process, on
// the fixed keys.
//
// To test another implementation, in Go or in another language, use [Golden].
//
// # Known answers for other languages
//
// golden.json, in the directory of this package, holds what [Golden] returns.
// golden.schema.json beside it is its JSON Schema (draft 2020-12), and
// testdata/golden.py reads it and makes every signature again, in Python. All
// bytes are lower-case hexadecimal digits:
//
//	version                the format, 1; rows may be added without a new one
//	groups[]               one per pair, in the order of keyspec.Pairs
//	  keySpec, algorithm   the pair, such as EC_P256K and ECDSA_SHA_256
//	  privateKeyPkcs8      the private key, PKCS #8 (RFC 5208) in DER
//	  publicKeySpki        the public key, SubjectPublicKeyInfo (RFC 5280) in DER
//	  vectors[]
//	    name               what is special about the row, unique within the group
//	    message            the message; absent in a row that begins with the digest
//	    userId             the user id in Z(A), of no bytes for the empty id; only
//	                       with a message, only for EC_SM2
//	    digest             32 bytes: SHA-256(message), or SM3(Z(A) || message)
//	    signature          RSA: as many bytes as the modulus; else DER
//	    raw                r‖s, 64 bytes; absent for RSA
//
// The signatures are those of [signer.Deterministic], whose rules are in
// docs/signing.md. A verifier must accept every row. A signer
// makes the same bytes only if it follows the same rules: RSA_PKCS1_SHA_256
// always, EC_P256 under RFC 6979, EC_P256K under RFC 6979 with low s, EC_SM2 with
// the nonce of RFC 6979 and HMAC-SM3, RSA_PSS_SHA_256 with the derived salt.
//
// # Concurrency
//
// All functions are safe for concurrent use. A Signer that wraps another is safe for
// concurrent use if the other is.
//
// # Compatibility
//
// Keys, names of rows, their inputs and signatures do not change; rows may be
// added. [TestSigner], [TestStore] and [TestManager] may detect more faults in any
// release: an implementation that then begins to fail was wrong before. Do not compare
// the texts of their failures.
package signertest
