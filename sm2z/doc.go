// SPDX-License-Identifier: Apache-2.0

// Package sm2z computes what SM2 signs: Z(A) and e = SM3(Z(A) || M), after
// GB/T 32918.2-2016, section 5.5 and 6.1 (the same as GM/T 0003.2-2012).
//
// SM2 does not sign the hash of a message. It signs the hash of a value bound to
// the signer, followed by the message:
//
//	Z(A) = SM3(ENTL || ID || a || b || xG || yG || xA || yA)
//	e    = SM3(Z(A) || M)
//
// ENTL is the length of the user id in bits, as two bytes, big-endian; ID is the
// user id; a, b, xG and yG are the curve's, xA and yA the public key's, 32 bytes
// each. If signer and verifier disagree on any of these, verification fails, and the
// failure does not show which one it was. It is nearly always one of three:
//
//   - SM3(M) was signed, without Z(A). Use [Digest], [New], or the digest that a
//     signer's NewDigest returns.
//   - The user ids differ. [DefaultID] is "1234567812345678", which GM/T 0009
//     names and GmSSL, BouncyCastle, gmsm, Alibaba Cloud and Tencent Cloud use;
//     [EmptyID] has no bytes, and OpenSSL before 4.0 signs with it unless distid is set;
//     [NewID] makes any other id. The three are distinct values: an empty id is
//     never replaced with the default.
//   - Z(A) was computed with another public key than the one that verifies.
//
// [Explain] returns every field that was hashed, for comparison with another
// implementation.
//
// # Which function
//
// Use [Digest] for a message in memory. Use [New] for a stream: it returns a
// hash.Hash that already holds Z(A). Use [ZA] for an interface that takes Z(A) itself.
//
// # Errors
//
// Every function that takes a key returns InvalidParameter of "Key" for a nil key, a
// key on another curve than gmsm's sm2.P256(), and a point that is at infinity or off
// the curve. [NewID] returns InvalidParameter of "ID" for an id that is empty or
// longer than 8,191 bytes, the most that ENTL can encode. InvalidParameter is a code
// of package errors.
//
// # Concurrency, secrets, compatibility
//
// All functions are safe for concurrent use and cache nothing. No value here is
// secret: Z(A) is computed from public values. The standard fixes the results; they
// will not change.
package sm2z
