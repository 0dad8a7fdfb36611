// SPDX-License-Identifier: Apache-2.0

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
// PKCS #11, anything that is a [crypto.Signer] and whose Public is one of the
// types that package keyspec lists. For a key behind a call, such as one in a
// cloud, [FromFunc] is better: a crypto.Signer has no context.
//
// The owner's Sign is called with crypto/rand.Reader, a copy of the digest, and
// the options that the pair has: *rsa.PSSOptions with SHA-256 and a salt of 32
// bytes, crypto.SHA256, or for EC_SM2 crypto.Hash(0), under which the owner must
// sign the 32 bytes as they are. It must be as safe for concurrent use as the
// Signer is to be. The form of what it returns is checked; with [VerifyAfterSign]
// the signature is also verified. s is made low for EC_P256K. The context is looked
// at before the call; a crypto.Signer cannot be interrupted.
//
// A key that is itself a [Signer] must be one of this algorithm. Its SignDigest is
// called instead, with the context.
//
// FromCrypto returns the errors of [New], and InvalidParameter of "Deterministic" for
// that option. SignDigest returns an error of this library and a context error from
// the owner as they are, other errors as Unavailable wrapping them, and Internal for a
// signature that is not in the form which crypto.Signer documents.
func FromCrypto(key crypto.Signer, alg keyspec.Algorithm, opts ...Option) (Signer, error) {
	key, pub, err := keys.Signer(key)
	if err != nil {
		return nil, err
	}
	s, _, err := newSigner(pub, alg, forFromCrypto, opts)
	if err != nil {
		return nil, err
	}
	if inner, ok := key.(Signer); ok {
		if bound := inner.Algorithm(); bound != alg {
			return nil, invalid("Algorithm", "the key is a Signer of "+string(bound)+", not of "+string(alg))
		}
		s.call = s.external("the key's Signer failed", inner.SignDigest)
		if ours, ok := key.(*signer); ok {
			s.atOnce = ours.atOnce
		}
		return s, nil
	}
	s.call = s.external("the key's crypto.Signer failed", func(_ context.Context, digest []byte) ([]byte, error) {
		return key.Sign(rand.Reader, digest, s.scheme.signerOpts())
	})
	return s, nil
}

// external returns the function that signs with a key held elsewhere: it shares no
// slice with the key's owner, checks what that returns, and makes its errors those of
// this library.
func (s *signer) external(failed string, sign signCall) signCall {
	return func(ctx context.Context, digest []byte) ([]byte, error) {
		sig, err := sign(ctx, bytes.Clone(digest))
		if err != nil {
			return nil, externalError(ctx, failed, err)
		}
		return s.scheme.checkForeign(bytes.Clone(sig))
	}
}

// externalError makes the error of a key's owner one of this library.
func externalError(ctx context.Context, failed string, err error) error {
	var ours *errors.Error
	var code errors.Code
	switch {
	case errors.As(err, &ours) && ours != nil, errors.As(err, &code) && code != "",
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	// Many clients report a done context in words of their own.
	return &errors.Error{Code: errors.Unavailable, Param: "Key", Reason: failed, Err: errors.Join(err, ctx.Err())}
}
