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
// between DER and the r‖s of JOSE and COSE.
//
// For a signature that does not verify, package
// [github.com/kmsigner/kmsigner/signer/diagnose] names the cause.
//
// # Hedged and deterministic signing
//
// By default every nonce is hedged: it is derived from the key, the digest and fresh
// entropy of crypto/rand, so that neither a weak source of entropy nor two signatures of
// one digest, one of them faulty, give the key away. The PSS salt is fresh entropy. Two
// signatures of one digest differ, those of RSA_PKCS1_SHA_256 excepted. Hedging does not
// protect against a fault in the key or the nonce itself; see "Faults".
//
// With [Deterministic] the same key and digest give the same signature, on every
// platform and Go release, whatever GODEBUG and the go line of the importing
// module say:
//
//   - RSA_PKCS1_SHA_256 is always deterministic.
//   - EC_P256: the nonce of RFC 6979 with HMAC-SHA-256; s is not normalised.
//   - EC_P256K: the nonce of RFC 6979 with HMAC-SHA-256; s replaced by n-s where
//     it is over n/2. These are the bytes of libsecp256k1, btcd and decred, except
//     for a digest that is not below n (probability 2^-128): it enters the nonce
//     reduced modulo n, as RFC 6979, section 3.2, step d, says.
//   - EC_SM2: the nonce of RFC 6979's construction with HMAC-SM3, where h1 is
//     e = SM3(Z(A) || M) reduced modulo n. These are the bytes of gmsm, RustCrypto and
//     libgcrypt.
//   - RSA_PSS_SHA_256: the salt is
//     SHA-256("kmsigner RSA-PSS salt v1" || SHA-256(SPKI) || digest),
//     where the label is 24 ASCII bytes, SPKI is the DER SubjectPublicKeyInfo of
//     the public key (rsaEncryption with NULL parameters, RFC 3279, section
//     2.3.1), and the digest is the 32 bytes that are signed.
//
// Go's FIPS 140-only mode (GODEBUG=fips140=only) forbids a chosen salt, HMAC with SM3, which
// every SM2 signature needs, and algorithms outside of Go's module, such as ECDSA on
// secp256k1. In that mode signers of RSA_PSS_SHA_256 under Deterministic, and of EC_P256K and
// EC_SM2 always, return Internal. So do signers of an RSA key with a public exponent of 2^16
// or less, or with factors of different lengths, and verifiers of such an exponent. Other
// verifiers are not affected. BoringCrypto (GOEXPERIMENT=boringcrypto) chooses the salt
// itself: in such a build RSA_PSS_SHA_256 under Deterministic returns Internal.
//
// # Faults
//
// A wrong signature that is made from a damaged key or nonce can give the key away. A
// signer returns Internal instead of a signature that fails these checks:
//
//   - RSA: every signature is checked with the public key.
//   - EC_P256, EC_P256K and EC_SM2: every signature is checked against second copies of the
//     key, the nonce and the digest, and its point against the equation of the curve, for some
//     0.3 µs.
//   - The same under Deterministic where crypto/ecdsa, gmsm or decred signs (see "Constant
//     time, and its limits"): every signature is verified with the public key, which takes
//     three to four times as long. A fault is most valuable to an attacker there: a wrong
//     signature and the right one of the same digest have the same nonce.
//   - Every pair, with [VerifyAfterSign]: every signature is verified with the public key.
//
// Without VerifyAfterSign, two faults go unnoticed: a damaged key of a hedged signer where
// crypto/ecdsa, gmsm or decred signs, and a fault, of the processor or in a digit of the nonce
// in memory, that makes the base multiplication of a signature yield another point of the
// curve.
//
// # As a crypto.Signer
//
// Sign ignores its reader. Its opts may be nil; otherwise they must ask for what
// the pair is, or Sign returns InvalidParameter of "Opts":
//
//	RSA_PSS_SHA_256    *rsa.PSSOptions with crypto.SHA256 and a SaltLength of
//	                   rsa.PSSSaltLengthEqualsHash, 32, or rsa.PSSSaltLengthAuto (the zero
//	                   value), which here means 32 bytes, too
//	RSA_PKCS1_SHA_256  options with crypto.SHA256 that are not *rsa.PSSOptions
//	ECDSA_SHA_256      options with crypto.SHA256
//	SM2DSA             crypto.Hash(0), or gmsm's *sm2.SM2SignerOption: without forceGMSign the
//	                   argument is the digest; with it, the argument is the message and the
//	                   user id must be the signer's own
//
// SignMessage(rand, msg, opts) of [crypto.MessageSigner] takes the same opts.
//
// # Constant time, and its limits
//
// Making a Signer checks its key in variable time (package keyspec); what follows is about
// signing. RSA is as constant time as crypto/rsa; what this package adds never branches or
// indexes on a secret. EC_P256, EC_P256K and EC_SM2 sign with arithmetic of our own in which
// neither a branch, an index nor a variable-time operation depends on the key or the nonce;
// it relies on the 64-bit multiplication of the processor taking constant time. With
// [Portable], EC_P256K signs with decred's, whose base multiplication and inversion of the
// nonce take time that depends on the nonce: do not use it where an attacker can time single
// signatures. With Portable, the build tag purego, BoringCrypto or Go's FIPS 140 mode,
// EC_P256 is crypto/ecdsa's and EC_SM2 gmsm's, and as constant time as these are on the
// platform.
//
// On amd64 processors with AVX-512 IFMA, RSA signs with assembly of our own, which
// runs the same instructions on the same addresses whatever the private exponent, the
// primes and the message. Every result is checked with the public key; if the check
// fails, crypto/rsa signs instead, [Withheld] counts it, and the Signer uses crypto/rsa
// from then on. With Portable, the build tag purego, BoringCrypto or Go's FIPS 140 mode,
// and on every other processor, RSA is crypto/rsa's.
//
// On these processors [SignDigests] also multiplies the base point for eight signatures of
// EC_P256, EC_P256K or EC_SM2 at once, with assembly that has no branch and loads each part
// of its table as a whole. These signatures are checked as others are; one that is wrong is
// signed again without that assembly, Withheld counts it, and the Signer signs without it
// from then on.
//
// Verification handles public values and is not constant time. RSA verifies with the same
// assembly, or, for RSA_3072 on other processors, with math/big, which is faster than
// crypto/rsa; crypto/rsa confirms that a signature is invalid.
//
// # Secrets
//
// A Signer prints as its pair and the SHA-256 of its public key under every verb
// of fmt, in log/slog and in JSON. Errors carry no key, digest or message. Keys
// are not wiped from memory: the garbage collector may have copied them.
//
// # Concurrency
//
// Every Signer and Verifier of this package, and every function, is safe for
// concurrent use. Nothing here starts a goroutine that outlives the call.
//
// # What it is not for
//
// The package has no other hashes, curves or key sizes, does not sign messages that a
// protocol hashes differently, and neither encrypts nor agrees on keys. A program that
// needs only P-256 or RSA can use crypto/ecdsa and crypto/rsa, without a dependency.
//
// # Compatibility
//
// Names, signatures, codes of errors, the encodings and the rules of
// Deterministic are stable. Texts of errors are not, and hedged signatures differ
// each time: do not compare them.
package signer
