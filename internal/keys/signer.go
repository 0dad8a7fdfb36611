// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"

	"github.com/emmansun/gmsm/sm2"

	"github.com/kmsigner/kmsigner/internal/nilness"
)

// PublicOfSigner returns the checked canonical copy of the public key of a
// crypto.Signer. One that is a private key of the package's table is itself
// checked in full, as by [Private]; any other is asked for its Public once.
//
// It refuses nil and typed nil, a Signer whose Public panics, which one that wraps
// nil does, and a public key that [Public] refuses.
func PublicOfSigner(key crypto.Signer) (crypto.PublicKey, error) {
	_, pub, err := Signer(key)
	return pub, err
}

// Signer is PublicOfSigner for a key that is to sign: for a private key of the
// package's table it also returns the canonical copy, and any other key as it is.
// The copy matters: an *ecdsa.PrivateKey on SM2's curve would sign with ECDSA.
func Signer(key crypto.Signer) (crypto.Signer, crypto.PublicKey, error) {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, *sm2.PrivateKey,
		ed25519.PrivateKey, *ed25519.PrivateKey: // which Private refuses by name
		private, err := Private(key)
		if err != nil {
			return nil, nil, err
		}
		if canonical, ok := private.(crypto.Signer); ok { // all but secp256k1
			key = canonical
		}
		return key, PublicOf(private), nil
	}
	if nilness.Is(key) {
		return nil, nil, refuse("the key is nil")
	}
	pub, err := askPublic(key)
	if err != nil {
		return nil, nil, err
	}
	if pub, err = Public(pub); err != nil {
		return nil, nil, err
	}
	return key, pub, nil
}

// askPublic calls a Public method that is not known to work.
func askPublic(key crypto.Signer) (pub crypto.PublicKey, err error) {
	panics := true
	defer func() {
		if panics {
			recover()
			pub, err = nil, refuse("its Public method panics")
		}
	}()
	pub = key.Public()
	panics = false
	return pub, nil
}
