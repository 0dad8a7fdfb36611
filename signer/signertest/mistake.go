// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/sm2z"
)

// mistake says what sig is, if it is not a signature of the digest: it tries what
// is commonly signed by mistake. It starts from a digest, as a conformance suite must;
// package signer/diagnose starts from a message.
func (x *subject) mistake(digest, sig []byte) string {
	const not = "the signature does not verify with Public: "
	for _, m := range x.mistakenDigests(digest) {
		if x.verifies(m.bytes, sig) {
			return not + m.name
		}
	}
	if pub, ok := x.public.(*rsa.PublicKey); ok {
		octets := rsaOctets(pub, sig)
		switch {
		case len(octets) != pub.Size():
			return not + "it is a number that is not below the modulus"
		case x.pair.Algorithm == keyspec.RSAPKCS1SHA256 && rsa.VerifyPKCS1v15(pub, 0, digest, octets) == nil:
			return not + "the padding lacks the DigestInfo that names SHA-256"
		case x.pair.Algorithm == keyspec.RSAPKCS1SHA256 && rsa.VerifyPSS(pub, crypto.SHA256, digest, octets, nil) == nil:
			return not + "it is one of RSA_PSS_SHA_256"
		case x.pair.Algorithm == keyspec.RSAPSSSHA256 && rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest, octets) == nil:
			return not + "it is one of RSA_PKCS1_SHA_256"
		}
		return not + otherwise
	}
	r, s, fault := parseLeniently(sig)
	switch {
	case r == nil:
		return not + fault
	case x.verifiesPair(digest, s, r):
		return not + "r and s are swapped"
	case x.verifiesPair(digest, reversed(r), reversed(s)):
		return not + "r and s are little-endian"
	case x.pair.KeySpec == keyspec.ECSM2 && x.verifiesPair(digest, r, new(big.Int).Sub(order(x.pair.KeySpec), s)):
		return not + "s was replaced by n-s, which is for ECDSA only"
	}
	return not + otherwise
}

const otherwise = "it is another key's, or one of something else than the digest"

// mistakenDigests are what gets signed in the place of a digest.
func (x *subject) mistakenDigests(digest []byte) []namedDigest {
	var out []namedDigest
	add := func(name string, d []byte) { out = append(out, namedDigest{name, d}) }

	for _, text := range []struct{ as, value string }{
		{"", string(digest)},
		{", as hexadecimal text", hex.EncodeToString(digest)},
		{", as base64 text", base64.StdEncoding.EncodeToString(digest)},
	} {
		sha := sha256.Sum256([]byte(text.value))
		add("the digest was hashed again, with SHA-256"+text.as, sha[:])
		sm := sm3.Sum([]byte(text.value))
		add("the digest was hashed again, with SM3"+text.as, sm[:])
	}
	if pub, ok := x.public.(*ecdsa.PublicKey); ok && x.pair.KeySpec == keyspec.ECSM2 {
		for _, id := range []sm2z.ID{sm2z.DefaultID(), sm2z.EmptyID()} {
			if e, err := sm2z.Digest(pub, id, digest); err == nil {
				add("the digest was hashed again, as the message after Z(A)", e[:])
			}
		}
	}
	reverse := slices.Clone(digest)
	slices.Reverse(reverse)
	add("the bytes of the digest are reversed", reverse)
	for _, cut := range []int{1, 4, 8, 12, 16} {
		// To ECDSA and SM2 a short digest is a small number.
		kept := digest[:len(digest)-cut]
		add("the digest was truncated", append(make([]byte, cut), kept...))
		add("the digest was truncated and filled up with zeros", append(slices.Clone(kept), make([]byte, cut)...))
	}
	add("a digest of zeros was signed instead", make([]byte, len(digest)))
	return out
}

// reversed returns the number whose bytes, big-endian, are v's little-endian.
func reversed(v *big.Int) *big.Int {
	if v.BitLen() > 8*ecsig.IntegerSize {
		return new(big.Int)
	}
	b := v.FillBytes(make([]byte, ecsig.IntegerSize))
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}
