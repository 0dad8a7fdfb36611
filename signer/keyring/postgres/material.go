// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"crypto"
	"encoding/pem"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A material is a private key on its way into the database. The plaintext is only in
// the closure.
type material struct {
	spec   keyspec.KeySpec
	public []byte // SubjectPublicKeyInfo, DER
	seal   func(k *dataKey, additional []byte) []byte
}

// materialOf checks a private key and encodes it.
func materialOf(key crypto.PrivateKey) (*material, error) {
	text, err := keyspec.MarshalPrivateKey(key)
	if err != nil {
		return nil, err
	}
	spec, err := keyspec.Of(key)
	if err != nil {
		return nil, err
	}
	v, err := keyring.NewVersion("id", "id", key)
	if err != nil {
		return nil, err
	}
	public, err := keyspec.MarshalPublicKey(v.Public())
	if err != nil {
		return nil, err
	}
	private, _ := pem.Decode(text)
	spki, _ := pem.Decode(public)
	if private == nil || spki == nil {
		return nil, &errors.Error{Code: errors.Internal, Reason: "a key was not encoded as PEM"}
	}
	return &material{spec: spec, public: spki.Bytes,
		seal: func(k *dataKey, additional []byte) []byte { return k.seal(private.Bytes, additional) }}, nil
}
