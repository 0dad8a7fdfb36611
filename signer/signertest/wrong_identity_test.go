// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"sync"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func publishes(p keyspec.Pair, public func(right crypto.PublicKey) crypto.PublicKey) func() signer.Signer {
	return bend(p, func(b *bent) {
		b.public = func() crypto.PublicKey { return public(b.Signer.Public()) }
	})
}

var wrongIdentities = []wrongSigner{
	{name: "no pair", check: "Pair", says: "are no pair", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec { return keyspec.RSA2048 }
	})},
	{name: "unknown key spec", check: "Pair", says: "are no pair", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec { return "P-256" }
	})},
	{name: "pair that changes", check: "Pair", says: "change", make: bend(p256, func(b *bent) {
		b.keySpec = func() keyspec.KeySpec {
			b.keySpec = nil
			return keyspec.ECP256K
		}
	})},
	{name: "wrong key spec", check: "PublicKey", says: "Public is a key of EC_P256, KeySpec says EC_P256K",
		make: bend(p256, func(b *bent) {
			b.keySpec = func() keyspec.KeySpec { return keyspec.ECP256K }
		})},
	{name: "no public key", check: "PublicKey", says: "not sound",
		make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey { return nil })},
	{name: "public key off the curve", check: "PublicKey", says: "not sound",
		make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
			return &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}
		})},
	{name: "private key in the place of the public one", check: "PublicKey", says: "private key",
		make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
			return Key(keyspec.ECP256)
		})},
	{name: "public key by value", check: "PublicKey", says: "not sound",
		make: publishes(pss, func(pub crypto.PublicKey) crypto.PublicKey {
			return *pub.(*rsa.PublicKey)
		})},
	{name: "public key of another type", check: "PublicKey", says: "package keyspec lists *secp256k1.PublicKey",
		make: publishes(p256k, func(pub crypto.PublicKey) crypto.PublicKey {
			return pub.(*secp256k1.PublicKey).ToECDSA()
		})},
	{name: "public key that changes", check: "PublicKey", says: "changes from call to call",
		make: bend(p256, func(b *bent) {
			b.public = func() crypto.PublicKey {
				b.public = nil
				return otherKey(p256).Public()
			}
		})},
	{name: "public key of another pair", check: "SignDigest", says: "another key's",
		make: publishes(p256, func(crypto.PublicKey) crypto.PublicKey {
			return otherKey(p256).Public()
		})},
}

// otherKey is a signer on another key than Key.
var otherKeys sync.Map

func otherKey(p keyspec.Pair) signer.Signer {
	if s, ok := otherKeys.Load(p); ok {
		return s.(signer.Signer)
	}
	key, _ := keyspec.GenerateKey(p.KeySpec)
	s, _ := signer.New(key, p.Algorithm)
	got, _ := otherKeys.LoadOrStore(p, s)
	return got.(signer.Signer)
}
