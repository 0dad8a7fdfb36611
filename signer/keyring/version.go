// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"crypto"
	"time"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// A Version is one version of one key as it was when it was looked up. Later
// changes of the key do not change it: to notice that a key has been disabled, look
// it up again. Its fields are the caller's own copy.
//
// The methods of a Version are safe for concurrent use. Methods of a nil or zero
// Version return InvalidParameter; get Versions from a [Store], [NewVersion] or
// [ParseVersion].
type Version struct {
	// KeyID and VersionID are the concrete ids, never an alias.
	KeyID, VersionID string
	// KeySpec is the kind of the key. All versions of a key have the same.
	KeySpec keyspec.KeySpec
	// State is the state of the key.
	State State
	// Created is when this version was made or imported, in UTC and full seconds.
	Created time.Time

	material *material
}

// NewVersion returns a version of a key for a [Store] of your own: a private key in
// one of the types that package keyspec lists, which is checked and copied, or any
// other crypto.Signer that [signer.FromCrypto] takes, whose Public is called once,
// here. Make it once per key version and let Lookup return copies of it, as a
// [Cache] does: signers are shared between them. State is Enabled and Created is
// zero; set both as they are.
//
// It returns InvalidParameter of "KeyId" or "KeyVersionId" for an empty id, and of
// "Key" for a key that is nil, of another type, or not sound.
func NewVersion(keyID, versionID string, key crypto.PrivateKey) (*Version, error) {
	if err := checkIDs(keyID, versionID); err != nil {
		return nil, err
	}
	m, err := materialOf(key)
	if err != nil {
		return nil, err
	}
	return newVersion(keyID, versionID, m), nil
}

func checkIDs(keyID, versionID string) error {
	switch {
	case keyID == "":
		return invalid("KeyId", "it is empty")
	case versionID == "":
		return invalid("KeyVersionId", "it is empty")
	}
	return nil
}

func newVersion(keyID, versionID string, m *material) *Version {
	return &Version{KeyID: keyID, VersionID: versionID, KeySpec: m.spec, State: Enabled, material: m}
}

// ParseVersion is NewVersion for a private key as it is stored: in one of the forms,
// and with the password, that [keyspec.ParsePrivateKey] takes. The key is checked
// once, where NewVersion would check again what ParsePrivateKey has checked.
//
// It returns what NewVersion and keyspec.ParsePrivateKey return.
func ParseVersion(keyID, versionID string, data, password []byte) (*Version, error) {
	if err := checkIDs(keyID, versionID); err != nil {
		return nil, err
	}
	key, err := keyspec.ParsePrivateKey(data, password)
	if err != nil {
		return nil, err
	}
	return newVersion(keyID, versionID, inMemory(key)), nil
}

// Signer returns a signer for this version with one of the algorithms of its
// KeySpec.
//
// Without options it is cheap: the signer is made once and shared from then on,
// also with other Versions of the same key version, so a front end may call it
// for every request. With options it is made anew by every call; keep it. In a
// keyring in a folder, the first call after Open decrypts the key file, in less than
// a millisecond for EC keys and some milliseconds for RSA keys.
//
// It returns the error of the State first ([State.Err]: KeyDisabled,
// KeyPendingDeletion, KeyPendingImport), then InvalidParameter of "Algorithm" for
// an algorithm that the key cannot sign with, and of the option's name for an
// option that does not apply ([signer.New], and [signer.FromCrypto] for a key
// held elsewhere). It returns InvalidParameter of "Version" for a nil or zero
// Version. A key file that the manifest does not fit in spite of its seal is
// Internal, and the error names the file.
func (v *Version) Signer(alg keyspec.Algorithm, opts ...signer.Option) (signer.Signer, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	if err := v.State.Err(); err != nil {
		return nil, err
	}
	return v.material.signer(alg, opts)
}

// CryptoSigner returns a [crypto.Signer] for this version that follows the options of
// each call, as crypto/x509, crypto/tls, SSH and CMS want: for an RSA key one that signs
// with either padding ([signer.BothPaddings]), for any other what Signer returns. It is
// as cheap as Signer, and returns its errors.
func (v *Version) CryptoSigner() (crypto.Signer, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	algs := v.material.spec.Algorithms()
	first, err := v.Signer(algs[0])
	if err != nil || len(algs) == 1 {
		return first, err
	}
	second, err := v.Signer(algs[1])
	if err != nil {
		return nil, err
	}
	return signer.BothPaddings(first, second)
}

// Verifier returns a verifier for this version with one of the algorithms of its
// KeySpec. Without options it is cheap, as Signer is; no key file is decrypted.
//
// It works in every state. That a disabled key does not verify either is a rule of the
// providers: a front end checks [State.Err].
//
// It returns InvalidParameter of "Algorithm" for an algorithm that is not the
// key's, of the option's name for an option that does not apply
// ([signer.NewVerifier]), and of "Version" for a nil or zero Version.
func (v *Version) Verifier(alg keyspec.Algorithm, opts ...signer.Option) (signer.Verifier, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	return v.material.verifier(alg, opts)
}

// Public returns the public key, in the type that package keyspec lists, in every
// state. It is the caller's copy. A nil or zero Version has none and returns nil.
func (v *Version) Public() crypto.PublicKey {
	if v.check() != nil {
		return nil
	}
	return keys.Clone(v.material.public)
}

func (v *Version) check() error {
	if v == nil || v.material == nil {
		return invalid("Version", "the version is nil or empty")
	}
	return nil
}

// clone returns a copy for a caller.
func (v *Version) clone() *Version {
	c := *v
	return &c
}
