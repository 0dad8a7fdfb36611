// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// Of returns the KeySpec of a private or a public key: one of the Go types of
// the package's table, or any other crypto.Signer, whose Public is called.
//
// The key is checked in full, as the package documentation describes: a nil error says
// that the key is sound, not only what it is. Of returns InvalidParameter of "Key" for
// nil, typed nil, a type or a curve that no KeySpec names, an RSA modulus of another
// size, a key that fails a check, and a crypto.Signer whose Public panics.
func Of(key any) (KeySpec, error) {
	var checked any
	var err error
	switch k := key.(type) {
	case *secp256k1.PrivateKey: // the one private type that is no crypto.Signer
		checked, err = keys.Private(k)
	case crypto.Signer:
		checked, err = keys.PublicOfSigner(k)
	default:
		checked, err = keys.Public(key)
	}
	if err != nil {
		return "", err
	}
	return KeySpec(keys.KindOf(checked)), nil
}
