package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// FromCrypto returns a Signer for a key held elsewhere: in an HSM, behind
// PKCS #11, in a cloud KMS, anything that is a [crypto.Signer] and whose Public
// is one of the types that package keyspec lists.
//
// The owner's Sign is called with crypto/rand.Reader, a copy of the digest, and
// the options that the pair has: *rsa.PSSOptions with SHA-256 and a salt of 32
// bytes, crypto.SHA256, or for EC_SM2 crypto.Hash(0), under which the owner must
// sign the 32 bytes as they are. It must be as safe for concurrent use as the
// Signer is to be. What it returns is checked for its form (with
// [VerifyAfterSign] also for its truth), and s is made low for EC_P256K. The
// context is looked at before the call; a crypto.Signer cannot be interrupted.
//
// FromCrypto refuses what [New] refuses, [Deterministic] too. SignDigest returns
// an error of this library and a context error from the owner as they are, other
// errors as Unavailable wrapping them, and Internal for a signature that is not
// in the form which crypto.Signer documents.
func FromCrypto(key crypto.Signer, alg keyspec.Algorithm, opts ...Option) (Signer, error) {
	if isNil(key) {
		return nil, invalid("Key", "the key is nil")
	}
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, *sm2.PrivateKey, ed25519.PrivateKey, *ed25519.PrivateKey:
		// Held here after all. Some of these panic on a key that is not sound, and
		// an *ecdsa.PrivateKey on SM2's curve would sign with ECDSA.
		checked, err := keys.Private(key)
		if err != nil {
			return nil, err
		}
		if canonical, ok := checked.(crypto.Signer); ok { // all but secp256k1
			key = canonical
		}
	}
	public, err := publicOf(key)
	if err != nil {
		return nil, err
	}
	pub, err := keys.Public(public)
	if err != nil {
		return nil, err
	}
	s, _, err := newSigner(pub, alg, forFromCrypto, opts)
	if err != nil {
		return nil, err
	}
	s.sign.one = func(digest []byte) ([]byte, error) {
		sig, err := key.Sign(rand.Reader, bytes.Clone(digest), s.scheme.signerOpts())
		if err != nil {
			return nil, externalError(err)
		}
		return s.scheme.checkForeign(bytes.Clone(sig))
	}
	return s, nil
}

// publicOf asks a key's owner, who may be an empty shell around nothing.
func publicOf(key crypto.Signer) (pub crypto.PublicKey, err error) {
	defer func() {
		if recover() != nil {
			err = invalid("Key", "its Public method panics")
		}
	}()
	return key.Public(), nil
}

// externalError makes the error of a key's owner one of this library.
func externalError(err error) error {
	var ours *errors.Error
	var code errors.Code
	switch {
	case errors.As(err, &ours) && ours != nil, errors.As(err, &code) && code != "",
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &errors.Error{Code: errors.Unavailable, Param: "Key", Reason: "the key's crypto.Signer failed", Err: err}
}
