// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"crypto"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// DeferredVersion is ParseVersion for a key that is stored encrypted, beside its public
// key: load decrypts the private key when the first signer of the version is made, and
// again after an error only. It returns the key in one of the forms that
// [keyspec.ParsePrivateKey] takes without a password. It is not called by two
// goroutines at once. Until then the version has its public key and makes verifiers,
// which costs little: a list of keys needs no more.
//
// DeferredVersion returns InvalidParameter of "KeyId" or "KeyVersionId" for an empty id,
// and of "Key" for a public key that is nil, of another type, or not valid, and for a
// nil load. [Version.Signer] then also returns the error of load, and Internal if what
// load returned is no private key or not the one of the public key.
func DeferredVersion(keyID, versionID string, public crypto.PublicKey, load func() ([]byte, error)) (*Version, error) {
	if err := checkIDs(keyID, versionID); err != nil {
		return nil, err
	}
	public, err := keys.Public(public)
	if err != nil {
		return nil, err
	}
	if load == nil {
		return nil, invalid("Key", "there is no function to load it with")
	}
	m := deferred(public, func() (crypto.PrivateKey, error) {
		data, err := load()
		if err != nil {
			return nil, err
		}
		key, err := keyspec.ParsePrivateKey(data, nil)
		if err != nil {
			// Not wrapped: the cause is an InvalidParameter, and this is no parameter of the caller's.
			return nil, &errors.Error{Code: errors.Internal, Reason: "what is stored of version " + quote(versionID) +
				" of key " + quote(keyID) + " is no private key"}
		}
		if !bytes.Equal(keys.MarshalSPKI(keys.PublicOf(key)), keys.MarshalSPKI(public)) {
			return nil, &errors.Error{Code: errors.Internal, Reason: "the private key of version " + quote(versionID) +
				" of key " + quote(keyID) + " is not that of its public key"}
		}
		return key, nil
	})
	return newVersion(keyID, versionID, m), nil
}

// deferred is the material of a private key that is decrypted when it is first needed.
// The function returns a key that has been checked.
func deferred(public crypto.PublicKey, decrypt func() (crypto.PrivateKey, error)) *material {
	key := &lazy[crypto.PrivateKey]{make: decrypt}
	m := newMaterial(public, func(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
		key, err := key.get()
		if err != nil {
			return nil, err
		}
		return signer.New(keys.Checked{Key: key}, alg, opts...)
	})
	m.private = key.get
	return m
}
