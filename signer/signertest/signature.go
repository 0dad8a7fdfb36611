// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/kmsigner/kmsigner/internal/ecsig"
	"github.com/kmsigner/kmsigner/keyspec"
)

// The digests that checkSignDigest has signed besides those at the edges. With 20
// of them, a Signer of EC_P256K that does not make s low goes unnoticed once in a
// million runs. RSA has nothing that differs from digest to digest, and is slow.
const (
	ordinaryDigests    = 20
	ordinaryDigestsRSA = 3
)

// ordinaryDigest returns a digest without any property.
func ordinaryDigest(i int) []byte {
	d := sha256.Sum256(fmt.Appendf(nil, "kmsigner conformance suite, digest %d", i))
	return d[:]
}

func checkSignDigest(r *report, x *subject) {
	if x.verifier == nil {
		r.skip("there is no sound public key, see PublicKey")
		return
	}
	n := ordinaryDigests
	if order(x.pair.KeySpec) == nil {
		n = ordinaryDigestsRSA
	}
	var digests []namedDigest
	for i := range n {
		digests = append(digests, namedDigest{fmt.Sprintf("ordinary digest %d", i), ordinaryDigest(i)})
	}
	digests = append(digests, edgeDigests(x.pair)...)
	for i, d := range digests {
		sig, err := x.signDigest(background, bytes.Clone(d.bytes))
		if !x.fits(r, d.name, d.bytes, sig, err) {
			if i == 0 {
				return // every other digest would say the same
			}
			continue
		}
		x.sound = true
		// A copy: whether the Signer changes it later is for checkBuffers.
		x.made = append(x.made, signed{d.name, d.bytes, bytes.Clone(sig)})
	}
}

func checkEncoding(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	for _, m := range x.made {
		if size := x.pair.MaxSignatureSize(); order(x.pair.KeySpec) == nil {
			if len(m.signature) != size {
				r.fault("a signature has %d bytes; want %d, as many as the modulus", len(m.signature), size)
			}
		} else if _, _, fault := parseLeniently(m.signature); fault != "" {
			r.fault("a signature is not strict DER: %s", fault)
		}
	}
}

func checkLowS(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	if x.pair.KeySpec != keyspec.ECP256K {
		r.skip("low s is promised for EC_P256K only")
		return
	}
	half := new(big.Int).Rsh(order(x.pair.KeySpec), 1)
	for _, m := range x.made {
		if _, s, _ := parseLeniently(m.signature); s.Cmp(half) > 0 {
			r.fault("s is over n/2: it must be replaced by n-s, as signer.NormalizeS does")
		}
	}
}

func checkSalt(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	if x.pair.Algorithm != keyspec.RSAPSSSHA256 {
		r.skip("only RSA_PSS_SHA_256 has a salt")
		return
	}
	for _, m := range x.made {
		x.checkSaltSize(r, "SignDigest", m)
	}
}

func (x *subject) checkSaltSize(r *report, what string, m signed) {
	if size := saltSize(x.public.(*rsa.PublicKey), m); size != sha256.Size {
		r.fault("%s: the salt has %d bytes; want %d", what, size, sha256.Size)
	}
}

// saltSize returns the length of the salt of a PSS signature that verifies.
func saltSize(pub *rsa.PublicKey, m signed) int {
	octets := rsaOctets(pub, m.signature)
	for size := 1; size < pub.Size(); size++ { // crypto/rsa takes 0 for any length
		if rsa.VerifyPSS(pub, crypto.SHA256, m.digest, octets, &rsa.PSSOptions{SaltLength: size}) == nil {
			return size
		}
	}
	return 0
}

func checkNonces(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	n := order(x.pair.KeySpec)
	if n == nil {
		r.skip("RSA has no nonces")
		return
	}
	seen := map[string]signed{}
	for _, m := range x.made {
		// The x coordinate of the nonce's point: r of ECDSA, r - e of SM2.
		point, _, _ := parseLeniently(m.signature)
		if x.pair.KeySpec == keyspec.ECSM2 {
			point = new(big.Int).Sub(point, new(big.Int).SetBytes(m.digest))
			point.Mod(point, n)
		}
		// Digests that are equal modulo n may share a nonce: RFC 6979 says so.
		e := new(big.Int).Mod(new(big.Int).SetBytes(m.digest), n)
		if other, used := seen[point.String()]; used && e.Cmp(new(big.Int).Mod(new(big.Int).SetBytes(other.digest), n)) != 0 {
			r.fault("the %s and the %s are signed with one nonce: the private key can be computed from both signatures",
				other.name, m.name)
			return
		}
		seen[point.String()] = m
	}
}

// verifies reports whether sig is a signature of the digest in any encoding, with
// a high s or with any salt. What is wrong with its form is for checks of their
// own, so that one fault fails one check.
func (x *subject) verifies(digest, sig []byte) bool {
	if pub, ok := x.public.(*rsa.PublicKey); ok {
		octets := rsaOctets(pub, sig)
		if x.pair.Algorithm == keyspec.RSAPSSSHA256 {
			return rsa.VerifyPSS(pub, crypto.SHA256, digest, octets, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
		}
		return x.verifier.VerifyDigest(digest, octets) == nil
	}
	rr, s, _ := parseLeniently(sig)
	return x.verifiesPair(digest, rr, s)
}

// verifiesPair reports whether r and s are a signature of the digest.
func (x *subject) verifiesPair(digest []byte, r, s *big.Int) bool {
	if r == nil || r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 8*ecsig.IntegerSize || s.BitLen() > 8*ecsig.IntegerSize {
		return false
	}
	var raw ecsig.Signature
	r.FillBytes(raw.R())
	s.FillBytes(raw.S())
	return !raw.HasZero() && x.verifier.VerifyDigest(digest, raw.DER()) == nil
}

// rsaOctets returns sig with as many bytes as the modulus has, if it is a number
// below the modulus.
func rsaOctets(pub *rsa.PublicKey, sig []byte) []byte {
	v := new(big.Int).SetBytes(sig)
	if v.Cmp(pub.N) >= 0 {
		return sig
	}
	return v.FillBytes(make([]byte, pub.Size()))
}
