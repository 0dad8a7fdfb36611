// SPDX-License-Identifier: Apache-2.0

// Package diagnose says why a signature does not verify.
//
// [Signature] tries the causes that are known from other implementations, formats and
// transports, alone and together, and names the one that fits and what to change:
//
//	d := diagnose.Signature(pub, keyspec.SM2DSA, msg, sig, nil)
//	fmt.Println(d.Code) // UnderEmptyID
//	fmt.Println(d)      // with a sentence, and what to change
//
// It is for development and support: it is slower than a verifier by orders of
// magnitude, and no program should act on a code but to show it. Programs that
// verify use package signer.
//
// # How it searches
//
// Two questions are apart: what r and s (or the RSA number) are, and what was signed.
// A decoding of the given bytes and an order of its integers is a form. A content is
// a sequence of bytes that may have been taken for the message, such as the message
// with a newline; a digester makes a digest of a content, such as SM3 without Z(A).
// A reading is the digest that one digester makes of one content; a plan is a reading
// that has not been made yet. A suspect is a key that may have signed: the given one,
// and those of Options.TryKeys. The search verifies each form with each reading under
// each suspect, the fewest causes first. For RSA the public-key operation shows the
// padding and the digest, which is then compared with the readings.
package diagnose
