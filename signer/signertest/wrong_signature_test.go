// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"slices"
	"sync/atomic"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
)

var wrongSignatures = []wrongSigner{
	{name: "double hash", check: "SignDigest", says: "hashed again, with SHA-256",
		make: signsInstead(p256, func(d []byte) []byte {
			again := sha256.Sum256(d)
			return again[:]
		})},
	{name: "double hash, RSA", check: "SignDigest", says: "hashed again, with SHA-256",
		make: signsInstead(pss, func(d []byte) []byte {
			again := sha256.Sum256(d)
			return again[:]
		})},
	{name: "double hash, SM2", check: "SignDigest", says: "hashed again, with SM3",
		make: signsInstead(gm, func(d []byte) []byte {
			again := sm3.Sum(d)
			return again[:]
		})},
	{name: "digest hashed as text", check: "SignDigest", says: "as hexadecimal text",
		make: signsInstead(p256k, func(d []byte) []byte {
			again := sha256.Sum256([]byte(hex.EncodeToString(d)))
			return again[:]
		})},
	{name: "digest taken as the message of SM2", check: "SignDigest", says: "as the message after Z(A)",
		make: signsInstead(gm, func(d []byte) []byte {
			e, _ := sm2z.Digest(right(gm).Public().(*ecdsa.PublicKey), sm2z.DefaultID(), d)
			return e[:]
		})},
	{name: "digest truncated", check: "SignDigest", says: "truncated", make: signsInstead(p256k, func(d []byte) []byte {
		return append(make([]byte, 12), d[:20]...)
	})},
	{name: "digest filled up with zeros", check: "SignDigest", says: "truncated and filled up",
		make: signsInstead(pkcs1, func(d []byte) []byte {
			clear(d[16:])
			return d
		})},
	{name: "digest reversed", check: "SignDigest", says: "reversed", make: signsInstead(p256, func(d []byte) []byte {
		slices.Reverse(d)
		return d
	})},
	{name: "zeros signed", check: "SignDigest", says: "a digest of zeros",
		make: signsInstead(p256, func([]byte) []byte { return make([]byte, 32) })},
	{name: "another key's signature", check: "SignDigest", says: "another key's",
		make: bends(p256k, func(_ signer.Signer, d []byte) ([]byte, error) {
			return otherKey(p256k).SignDigest(background, d)
		})},
	{name: "another key's signature, RSA", check: "SignDigest", says: "does not verify with Public",
		make: bends(pss, func(_ signer.Signer, d []byte) ([]byte, error) {
			return otherKey(pss).SignDigest(background, d)
		})},
	{name: "r and s swapped", check: "SignDigest", says: "swapped", make: changes(p256, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(minimal(s), minimal(r))
	})},
	{name: "r and s little-endian", check: "SignDigest", says: "little-endian",
		make: changes(p256, func(sig []byte) []byte {
			r, s := numbers(sig)
			return encode(minimal(reversed(r)), minimal(reversed(s)))
		})},
	{name: "n-s in SM2", check: "SignDigest", says: "for ECDSA only", make: changes(gm, func(sig []byte) []byte {
		r, s := numbers(sig)
		return encode(minimal(r), minimal(s.Sub(order(keyspec.ECSM2), s)))
	})},
	{name: "no encoding at all", check: "SignDigest", says: "neither DER nor r‖s",
		make: changes(p256, func(sig []byte) []byte { return []byte(hex.EncodeToString(sig)) })},
	{name: "PKCS #1 for PSS", check: "SignDigest", says: "one of RSA_PKCS1_SHA_256",
		make: bends(pss, func(_ signer.Signer, d []byte) ([]byte, error) {
			return right(pkcs1).SignDigest(background, d)
		})},
	{name: "PSS for PKCS #1", check: "SignDigest", says: "one of RSA_PSS_SHA_256",
		make: bends(pkcs1, func(_ signer.Signer, d []byte) ([]byte, error) {
			return right(pss).SignDigest(background, d)
		})},
	{name: "PKCS #1 without DigestInfo", check: "SignDigest", says: "lacks the DigestInfo",
		make: bends(pkcs1, func(_ signer.Signer, d []byte) ([]byte, error) {
			return rsa.SignPKCS1v15(nil, Key(pkcs1.KeySpec).(*rsa.PrivateKey), 0, d)
		})},
	{name: "number over the modulus", check: "SignDigest", says: "not below the modulus",
		make: changes(pkcs1, func(sig []byte) []byte { return append(sig, 0) })},
	{name: "neither signature nor error", check: "SignDigest", says: "neither a signature nor an error",
		make: changes(p256, func([]byte) []byte { return nil })},
	{name: "always an error", check: "SignDigest", says: "Unavailable",
		make: func() signer.Signer { return Failing(right(p256), nil) }},
	{name: "always a panic", check: "SignDigest", says: "SignDigest panicked: no driver",
		make: changes(p256, func([]byte) []byte { panic("no driver") })},
	{name: "a digest of zeros is an error", check: "SignDigest", says: "digest of zero bytes",
		make: bends(p256, func(s signer.Signer, d []byte) ([]byte, error) {
			if bytes.Equal(d, make([]byte, 32)) {
				return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Digest", Reason: "it is zero"}
			}
			return s.SignDigest(background, d)
		})},
	{name: "digests over the order are not reduced right", check: "SignDigest", says: "digest n+1",
		make: signsInstead(gm, func(d []byte) []byte {
			if n := order(keyspec.ECSM2); new(big.Int).SetBytes(d).Cmp(n) > 0 {
				clear(d)
			}
			return d
		})},

	{name: "high s", check: "LowS", says: "over n/2", make: changes(p256k, highS)},
	{name: "s as it comes", check: "LowS", says: "over n/2", make: func() signer.Signer {
		var count atomic.Int64
		return changes(p256k, func(sig []byte) []byte {
			if count.Add(1)%2 == 0 {
				return highS(sig)
			}
			return sig
		})()
	}},
	{name: "salt of 20 bytes", check: "Salt", says: "20 bytes", make: salted(20)},
	{name: "no salt", check: "Salt", says: "0 bytes", make: bends(pss, saltless)},
	{name: "longest salt", check: "Salt", says: "222 bytes", make: salted(222)},
	{name: "one nonce for all", check: "Nonces", says: "one nonce",
		make: bends(p256k, func(_ signer.Signer, d []byte) ([]byte, error) {
			return fixedNonce(p256k, d), nil
		})},
	{name: "one nonce for all, SM2", check: "Nonces", says: "one nonce",
		make: bends(gm, func(_ signer.Signer, d []byte) ([]byte, error) {
			return fixedNonce(gm, d), nil
		})},
}

func highS(sig []byte) []byte {
	r, s := numbers(sig)
	return encode(minimal(r), minimal(s.Sub(order(keyspec.ECP256K), s)))
}

// fixedNonce signs with a nonce that is always the same.
func fixedNonce(p keyspec.Pair, digest []byte) []byte {
	k := big.NewInt(0x10001)
	n, e := order(p.KeySpec), new(big.Int).SetBytes(digest)
	var r, s *big.Int
	if key, ok := Key(p.KeySpec).(*sm2.PrivateKey); ok {
		x, _ := key.ScalarBaseMult(k.Bytes())
		r = new(big.Int).Add(e, x)
		r.Mod(r, n)
		s = new(big.Int).Mul(r, key.D)
		s.Sub(k, s).Mul(s, new(big.Int).ModInverse(new(big.Int).Add(key.D, big.NewInt(1)), n)).Mod(s, n)
		return encode(minimal(r), minimal(s))
	}
	key := Key(p.KeySpec).(*secp256k1.PrivateKey)
	//lint:ignore SA1019 the nonce is a test's
	x, _ := secp256k1.S256().ScalarBaseMult(k.Bytes())
	r = new(big.Int).Mod(x, n)
	s = new(big.Int).Mul(r, new(big.Int).SetBytes(key.Serialize()))
	s.Add(s, e).Mul(s, new(big.Int).ModInverse(k, n)).Mod(s, n)
	if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		s.Sub(n, s)
	}
	return encode(minimal(r), minimal(s))
}
