// SPDX-License-Identifier: Apache-2.0

// Package jwtsigner lets github.com/golang-jwt/jwt/v5 sign with any signer.Signer and
// verify with any signer.Verifier. golang-jwt itself takes no crypto.Signer.
//
//	Method  Pair                                    Signature in the token
//	ES256   EC_P256/ECDSA_SHA_256                   r‖s, 64 bytes (RFC 7518, section 3.4)
//	ES256K  EC_P256K/ECDSA_SHA_256                  r‖s, 64 bytes, low s (RFC 8812, section 3.2)
//	RS256   RSA_2048, RSA_3072 / RSA_PKCS1_SHA_256  RFC 7518, section 3.3
//	PS256   RSA_2048, RSA_3072 / RSA_PSS_SHA_256    RFC 7518, section 3.5
//
// JOSE has no algorithm for SM2.
//
// # Signing
//
// A [Method] is a jwt.SigningMethod: give it to jwt.NewWithClaims, and a signer.Signer of
// the method's pair to SignedString. [WithContext] makes a key that carries a context, for
// keys held elsewhere. [MethodOf] finds the method of a Signer.
//
// # Verifying
//
// golang-jwt's parser takes the signing method from the alg header of the token, which
// its sender controls, out of a registry of the process. [Keyfunc] does not trust it:
// it knows the algorithm of each Verifier, returns an error for a token whose alg is
// another, none and HS256 included, and replaces the token's method by the Verifier's.
// jwt.WithValidMethods is not necessary, and does no harm.
//
// The package registers nothing when it is imported. ES256, RS256 and PS256 need no
// registration. ES256K is unknown to golang-jwt, whose parser fails with "signing method
// (alg) is unavailable" until the program has called [RegisterES256K].
//
// # Publishing keys
//
// golang-jwt has no JSON Web Keys. [NewJWK] makes one of a public key, with the thumbprint
// of RFC 7638 as its kid, and [JWKSet] is the document that an issuer serves. Publish an
// RSA key for one of its two methods: both have one thumbprint, and verifiers that choose a
// key by its kid may find the wrong one. Reading key sets is left to other libraries.
//
// Everything here is safe for concurrent use.
package jwtsigner
