// Package keyspec is the vocabulary of kmsigner and its key material.
//
// The vocabulary: a [KeySpec] names a kind of key, an [Algorithm] a way to sign
// with it, and a [Pair] one of the seven combinations that exist.
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
// The key material: [GenerateKey] makes a key, [ParsePrivateKey] and
// [ParsePublicKey] read what OpenSSL and others write, [MarshalPrivateKey],
// [MarshalEncryptedPrivateKey] and [MarshalPublicKey] write what they read.
//
// # What is read
//
// One key, PEM or DER, told apart by content and not by the label of the PEM
// block:
//
//   - private keys: PKCS #1 (RFC 8017, appendix A.1.2), SEC 1 (RFC 5915), PKCS #8
//     (RFC 5208, RFC 5958), and PKCS #8 encrypted with PBES2 (RFC 8018) or its
//     twin of GM/T 0091: PBKDF2 with an HMAC of SHA-1, SHA-2 or SM3, or scrypt;
//     AES or SM4 in CBC mode;
//   - public keys: SubjectPublicKeyInfo (RFC 5280), and PKCS #1 (RFC 8017, appendix
//     A.1.1).
//
// secp256k1 is OID 1.3.132.0.10; SM2 is OID 1.2.156.10197.1.301, as a named curve
// of id-ecPublicKey or as the algorithm itself. Points may be compressed or
// uncompressed.
//
// The DER is strict at every level: one encoding of each length and number,
// nothing behind the last element. A scalar has the 32 bytes of RFC 5915; OpenSSL
// and Bouncy Castle before 2015 left leading zeros out, one key in 256, and
// "openssl pkey" repairs such a file. The parameters of rsaEncryption are NULL and
// not absent (RFC 3279, section 2.3.1).
//
// An encrypted key says how much work it takes to open it. Up to 10,000,000
// iterations of PBKDF2 are done, and up to 256 MiB (128·N·r, and 128·r·p) and 1
// GiB mixed (128·N·r·p) of scrypt: half a minute at the most. More is refused
// before any work.
//
// # What is refused
//
// Every key that comes in is checked, from a file or from a caller: a scalar
// outside [1, n-1] ([1, n-2] for SM2, GB/T 32918.1), a point off the curve or at
// infinity, a public key that does not fit its scalar, an RSA modulus of another
// size than 2048 or 3072 bits, more than two primes, factors that do not multiply
// to the modulus, an exponent that is not the inverse of the
// public one, an even public exponent or one below 3 or above 2^31-1; from a file,
// also an RSA key that makes no signature, which is how a factor that is not prime
// shows. The refusal is an [*errors.Error] with the code InvalidParameter that names
// the fact, never the key.
//
// # Constant time
//
// Parsing and checking a key are as constant time as the packages below:
// crypto/rsa, crypto/ecdsa, gmsm and our own secp256k1 are, but the numbers of a
// key pass through math/big on their way in and out. Do not parse secrets again
// and again where others can time it.
//
// # Concurrency and compatibility
//
// All functions are safe for concurrent use and keep nothing; slices that come
// in are neither kept nor written to. Names, string values and the order of
// [All] and [Pairs] are stable.
//
// [*errors.Error]: https://pkg.go.dev/github.com/kmsigner/kmsigner/errors#Error
package keyspec
