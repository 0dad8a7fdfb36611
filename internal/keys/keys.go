// SPDX-License-Identifier: Apache-2.0

// Package keys checks key material and brings it into canonical form: the five
// kinds of keys that a key spec names, each in the one Go type that the rest of
// kmsigner works with.
//
//	kind             private key             public key
//	RSA 2048, 3072   *rsa.PrivateKey         *rsa.PublicKey
//	P-256            *ecdsa.PrivateKey       *ecdsa.PublicKey on elliptic.P256()
//	secp256k1        *secp256k1.PrivateKey   *secp256k1.PublicKey
//	SM2              *sm2.PrivateKey         *ecdsa.PublicKey on sm2.P256()
//
// A key that this package returns is a deep copy that passed every check and that
// nothing else refers to: functions that are handed one do not check it again.
// All errors are InvalidParameter of "Key" with a reason that names the fact and
// holds nothing of the key.
//
// All functions are safe for concurrent use. They only read the keys that they
// are given.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"io"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
)

// Private returns the checked canonical copy of a private key. It takes the four
// private types of the package's table, and an *ecdsa.PrivateKey on decred's
// S256() or on sm2.P256(), which become *secp256k1.PrivateKey and
// *sm2.PrivateKey.
//
// An *rsa.PrivateKey comes back precomputed. What the caller's key holds in
// Precomputed is neither used nor written.
//
// It refuses nil, typed nil and every other type; another curve or modulus size;
// a scalar outside [1, n-1] ([1, n-2] for SM2, GB/T 32918.1); a missing part; and
// a public key that is not that of the private one: for RSA, more or fewer than
// two factors, factors that are shorter than a quarter of the modulus, not prime, or
// do not multiply to the modulus, an exponent that is not the inverse of the public
// one, and what [Public] refuses.
//
// The test for primes makes it slow for RSA, some milliseconds: hand the result on
// as a [Checked].
func Private(key any) (crypto.PrivateKey, error) {
	switch k := key.(type) {
	case Checked:
		if k.Key != nil {
			return k.Key, nil
		}
	case *rsa.PrivateKey:
		if k != nil {
			return rsaPrivate(k)
		}
	case *ecdsa.PrivateKey:
		if k != nil {
			return ecPrivate(k)
		}
	case *sm2.PrivateKey:
		if k != nil {
			if k.Curve != sm2.P256() {
				return nil, refuse("an SM2 key must be on sm2.P256()")
			}
			return ecPrivate(&k.PrivateKey)
		}
	case *secp256k1.PrivateKey:
		if k != nil {
			scalar := k.Key.Bytes()
			return NewPrivate(P256K, scalar[:])
		}
	}
	return nil, refuseType(key, "private")
}

// Public returns the checked canonical copy of a public key. It takes the three
// public types of the package's table, and an *ecdsa.PublicKey on decred's S256(),
// which becomes a *secp256k1.PublicKey.
//
// It refuses nil, typed nil and every other type; another curve or modulus size;
// a missing part; coordinates outside [0, p), which are not reduced; a point off
// the curve or at infinity; an even modulus or one with a factor below 752 (SP
// 800-89, section 5.3.3); an exponent that is even, below 3 or above 2^31-1, the
// most that crypto/rsa takes.
func Public(key any) (crypto.PublicKey, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k != nil {
			return rsaPublic(k)
		}
	case *ecdsa.PublicKey:
		if k != nil {
			return ecPublic(k)
		}
	case *secp256k1.PublicKey:
		if k != nil {
			return secp256k1Public(k)
		}
	}
	return nil, refuseType(key, "public")
}

// Checked is a key that [Private] returned, for functions that take any private key:
// Private returns it as it is. Checking an RSA key of 3072 bits again would take
// 15 ms. Nothing may write to it.
type Checked struct{ Key crypto.PrivateKey }

// Format prints the type alone under every verb and flag, never the key.
func (Checked) Format(f fmt.State, _ rune) { io.WriteString(f, "keys.Checked") }

// PublicOf returns the public key of a private key that Private returned, as a
// copy that shares nothing with it.
func PublicOf(key crypto.PrivateKey) crypto.PublicKey {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return Clone(&k.PublicKey)
	case *ecdsa.PrivateKey:
		return Clone(&k.PublicKey)
	case *sm2.PrivateKey:
		return Clone(&k.PublicKey)
	case *secp256k1.PrivateKey:
		return secp256k1PublicOf(k)
	}
	return nil
}

// Clone returns a copy of a public key that this package returned.
func Clone(pub crypto.PublicKey) crypto.PublicKey {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return &rsa.PublicKey{N: new(big.Int).Set(k.N), E: k.E}
	case *ecdsa.PublicKey:
		return &ecdsa.PublicKey{Curve: k.Curve, X: new(big.Int).Set(k.X), Y: new(big.Int).Set(k.Y)}
	case *secp256k1.PublicKey:
		clone := *k
		return &clone
	}
	return nil
}

// refuseType says what a key of no known type is, and where it is taken.
func refuseType(key any, half string) error {
	if nilness.Is(key) {
		return refuse("the key is nil")
	}
	reason := fmt.Sprintf("no key spec has %s keys of type %T", half, key)
	_, isSigner := key.(crypto.Signer)
	switch key.(type) {
	case ed25519.PrivateKey, *ed25519.PrivateKey: // of no use anywhere
		isSigner = false
	case *secp256k1.PrivateKey: // which is no crypto.Signer
		isSigner = true
	}
	switch {
	case isSigner && half == "private":
		reason += "; signer.FromCrypto takes a crypto.Signer of a key held elsewhere"
	case isSigner:
		reason += "; it is a private key: take its public one"
	}
	return refuse(reason)
}

func refuse(reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: "Key", Reason: reason}
}
