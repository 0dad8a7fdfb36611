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
// each. Two sides that disagree on any of it get signatures that do not verify,
// and nothing says why. The disagreement is nearly always one of three:
//
//   - SM3(M) was signed, without Z(A). Use [Digest], [New], or the digest that a
//     signer's NewDigest returns.
//   - The user ids differ. [DefaultID] is "1234567812345678", which GM/T 0009
//     names and GmSSL, BouncyCastle, gmsm, Alibaba Cloud and Tencent Cloud take;
//     [EmptyID] has no bytes at all, which is what OpenSSL 3 signs with unless it
//     is told distid; anything else is [NewID]. The three are distinct values
//     here: the default is never put in the place of an empty id.
//   - Z(A) was computed with another public key than the one that verifies.
//
// [Explain] shows every field that was hashed, to compare with another side.
//
// # Which function
//
// [Digest] for a message in memory; [New] for a stream, it is a hash.Hash that
// already holds Z(A); [ZA] for an interface that takes Z(A) itself.
//
// # Refusals
//
// Every function refuses, with the code InvalidParameter of package errors and
// the parameter "Key", a nil key, a key on another curve than gmsm's sm2.P256(),
// and a point that is at infinity or off the curve. [NewID] refuses an id that is
// empty or longer than 8,191 bytes, the most that ENTL can tell.
//
// # Concurrency, secrets, compatibility
//
// Functions are safe for concurrent use and cache nothing. Nothing here is
// secret: Z(A) is made of public values. The results are fixed by the standard
// and will not change.
package sm2z
