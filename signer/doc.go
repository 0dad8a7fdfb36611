// SPDX-License-Identifier: Apache-2.0

// Package signer signs and verifies digests and messages. A [Signer] has one key and
// one algorithm, and a [Verifier] a public key and its algorithm: one of the seven
// pairs of package keyspec.
//
//	RSA_2048/RSA_PSS_SHA_256, RSA_3072/RSA_PSS_SHA_256     RFC 8017, section 8.1; salt of 32 bytes
//	RSA_2048/RSA_PKCS1_SHA_256, RSA_3072/RSA_PKCS1_SHA_256 RFC 8017, section 8.2
//	EC_P256/ECDSA_SHA_256                                  FIPS 186-5, section 6; secp256r1
//	EC_P256K/ECDSA_SHA_256                                 FIPS 186-5, section 6; secp256k1, low s
//	EC_SM2/SM2DSA                                          GB/T 32918.2-2016; e = SM3(Z(A) || M)
//
// # Which function
//
// To sign and verify a message, use [SignMessage] and [VerifyMessage]: they read it once,
// in constant memory, and hash it as the pair requires. For a digest that is already
// computed, use [Signer.SignDigest] and [Verifier.VerifyDigest]; for many, [SignDigests].
// [New] takes a key in memory, [FromCrypto] and [FromFunc] take one that is held elsewhere.
// Pass the Signer itself to crypto/x509, crypto/tls, smx509 and anything else that takes a
// [crypto.Signer].
//
// A digest is always 32 bytes, and is what NewDigest computes from the message. SignDigest
// never hashes; SignMessage always hashes, exactly once. [ToRaw] and [ToDER] convert
// between DER and the r‖s of JOSE and COSE. For a signature that does not verify, package
// [github.com/kmsigner/kmsigner/signer/diagnose] names the cause.
//
// # Hedged and deterministic signing
//
// By default every nonce is hedged: it is derived from the key, the digest and fresh
// entropy of crypto/rand. The PSS salt is fresh entropy. Two signatures of one digest
// differ, those of RSA_PKCS1_SHA_256 excepted. With [Deterministic] the same key and digest
// give the same signature, on every platform and Go release, whatever GODEBUG and the go
// line of the importing module say.
//
// # As a crypto.Signer
//
// Sign ignores its reader. Its opts, and those of SignMessage of [crypto.MessageSigner],
// may be nil; otherwise they must ask for what the pair is, or the call returns
// InvalidParameter of "Opts":
//
//	RSA_PSS_SHA_256    *rsa.PSSOptions with crypto.SHA256 and a SaltLength of 32, EqualsHash
//	                   or Auto (the zero value, which here means 32 bytes, too)
//	RSA_PKCS1_SHA_256  options with crypto.SHA256 that are not *rsa.PSSOptions
//	ECDSA_SHA_256      options with crypto.SHA256
//	SM2DSA             crypto.Hash(0), or gmsm's *sm2.SM2SignerOption: without forceGMSign the
//	                   argument is the digest; with it, the argument is the message and the
//	                   user id must be the signer's own
//
// # Secrets and concurrency
//
// A Signer prints as its pair and the SHA-256 of its public key under every verb of fmt, in
// log/slog and in JSON. Errors carry no key, digest or message. Signing is constant time,
// within limits, and a signature that fails the checks against faults is withheld. Keys are
// not wiped from memory: the garbage collector may have copied them. Every Signer and
// Verifier of this package, and every function, is safe for concurrent use. Nothing here
// starts a goroutine that outlives the call.
//
// # What it is not for
//
// The package has no other hashes, curves or key sizes, does not sign messages that a
// protocol hashes differently, and neither encrypts nor agrees on keys. A program that
// needs only P-256 or RSA can use crypto/ecdsa and crypto/rsa, without a dependency.
//
// # Compatibility
//
// Names, signatures, codes of errors, the encodings and the rules of Deterministic are
// stable. Texts of errors are not, and hedged signatures differ: do not compare them.
//
// # The rest
//
// docs/signing.md has the rules of Deterministic for each pair, the faults that are noticed
// and those that are not, constant time and its limits, and what Go's FIPS 140-only mode and
// BoringCrypto cannot sign: https://github.com/kmsigner/kmsigner/blob/main/docs/signing.md
package signer
