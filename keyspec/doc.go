// SPDX-License-Identifier: Apache-2.0

// Package keyspec names the key specs and algorithms of kmsigner, and generates,
// parses and marshals their keys.
//
// A [KeySpec] names a kind of key, an [Algorithm] a way to sign with it, and a [Pair]
// one of the seven combinations that exist.
//
//	KeySpec            Algorithm                          Go types (private, public)
//	RSA_2048, RSA_3072 RSA_PSS_SHA_256, RSA_PKCS1_SHA_256 *rsa.PrivateKey, *rsa.PublicKey
//	EC_P256            ECDSA_SHA_256                      *ecdsa.PrivateKey, *ecdsa.PublicKey
//	EC_P256K           ECDSA_SHA_256                      *secp256k1.PrivateKey, *secp256k1.PublicKey (decred)
//	EC_SM2             SM2DSA                             *sm2.PrivateKey (gmsm), *ecdsa.PublicKey on sm2.P256()
//
// An *ecdsa.PrivateKey or *ecdsa.PublicKey on decred's S256(), and an
// *ecdsa.PrivateKey on sm2.P256(), are accepted wherever a key is taken.
//
// [GenerateKey] makes a key, [ParsePrivateKey] and [ParsePublicKey] read keys that
// OpenSSL and other programs write, and [MarshalPrivateKey],
// [MarshalEncryptedPrivateKey] and [MarshalPublicKey] write them.
//
// # What is read
//
// One key, PEM or DER. The contents decide what it is, not the label of the PEM block,
// which only has to be PRIVATE KEY or PUBLIC KEY, also with RSA, EC, ECDSA, SM2 or
// ENCRYPTED before it:
//
//   - private keys: PKCS #1 (RFC 8017, appendix A.1.2), SEC 1 (RFC 5915), PKCS #8
//     (RFC 5208, RFC 5958), and PKCS #8 encrypted with PBES2 (RFC 8018) or its
//     twin of GM/T 0091: PBKDF2 with an HMAC of SHA-1, SHA-2 or SM3, or scrypt;
//     AES or SM4 in CBC mode;
//   - public keys: SubjectPublicKeyInfo (RFC 5280), and PKCS #1 (RFC 8017, appendix
//     A.1.1).
//
// A key in another form (hexadecimal text, base64 without PEM's lines, a JSON Web Key, a
// Java keystore, PKCS #12, a CFCA .sm2 file) is an error that names the form and what
// converts it. [PrivateKeyFromScalar] and [PublicKeyFromPoint] take the bytes of a scalar
// or a point.
//
// secp256k1 is OID 1.3.132.0.10; SM2 is OID 1.2.156.10197.1.301, as a named curve
// of id-ecPublicKey or as the algorithm itself. Points may be compressed or
// uncompressed.
//
// The DER is strict at every level: one encoding of each length and number,
// nothing behind the last element. One element that a standard requires is optional
// here, as it is in other parsers: the public key in PKCS #8 of version 1 (RFC 5958,
// section 2). A scalar has the 32 bytes of RFC 5915, or a zero byte before those, as
// encoders of signed integers write it; OpenSSL and Bouncy Castle before 2015 left
// leading zeros out, in one key of 256, and "openssl pkey" repairs such a file. The
// parameters of rsaEncryption are NULL and not absent (RFC 3279, section 2.3.1).
//
// An encrypted key states how much work it takes to decrypt it. The bounds are
// 10,000,000 iterations of PBKDF2, and for scrypt 256 MiB of memory,
// 128·r·(N + p + 2), and 1 GiB mixed, 128·N·r·p: some seconds, with HMAC-SHA-512/224
// up to half a minute. A key that asks for more is an error before any work is done.
//
// # Checks
//
// Every key is checked, from a file or in memory. These are errors: a scalar outside
// [1, n-1] ([1, n-2] for SM2, GB/T 32918.1), a point off the curve or at infinity, a
// public key that is not that of the scalar, an RSA modulus of another size than 2048
// or 3072 bits or with a factor below 752, more than two factors, factors that are
// shorter than a quarter of the modulus, not prime, or do not multiply to the modulus,
// an exponent that is not the inverse of the public one, an even public exponent or
// one below 3 or above 2^31-1. The error is an [*errors.Error] with the code
// InvalidParameter that names the fact, never the key.
//
// The test for primes takes some milliseconds (4 for RSA_2048, 15 for RSA_3072), in
// each function that is given an RSA private key. Make a signer once, not for each
// signature.
//
// # Constant time
//
// Parsing, checking and writing a key are not constant time, unlike signing (package
// signer says within which limits): the numbers of a key pass through
// math/big, which also tests RSA factors for primes. Do not parse a key repeatedly
// where an attacker can time it.
//
// # Concurrency and compatibility
//
// All functions are safe for concurrent use. They neither keep nor write to the slices
// that they are given. Names, string values and the order of
// [All] and [Pairs] are stable.
//
// [*errors.Error]: https://pkg.go.dev/github.com/kmsigner/kmsigner/errors#Error
package keyspec
