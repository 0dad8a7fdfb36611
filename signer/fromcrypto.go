package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"

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
	key, pub, err := keys.Signer(key)
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
