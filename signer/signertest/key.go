// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"crypto/sha256"
	"hash"
	"io"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// Key returns the fixed private key of this spec, a new copy at each call, in
// the Go type that package keyspec lists. The keys will not change.
//
// TESTING ONLY: the keys are published. Do not use one for anything but tests.
//
// For what is no key spec it returns nil, for which every function of this module
// returns InvalidParameter of "Key".
func Key(k keyspec.KeySpec) crypto.PrivateKey {
	key, err := testkeys.Key(k)
	if err != nil {
		return nil
	}
	return key
}

// New returns a deterministic Signer of this pair on [Key]: what
// signer.New(Key(p.KeySpec), p.Algorithm, signer.Deterministic(), opts...)
// returns. Its signatures are those of [Golden].
//
// TESTING ONLY: the key is published.
//
// New has no error to return. For a pair or an option that signer.New rejects,
// it returns a Signer whose SignDigest always returns that error. Such a
// Signer has the KeySpec and Algorithm of p, a Public of nil, and SHA-256 as its
// NewDigest.
func New(p keyspec.Pair, opts ...signer.Option) signer.Signer {
	if err := p.Validate(); err != nil {
		return refusing{p, err}
	}
	s, err := signer.New(keys.Checked{Key: Key(p.KeySpec)}, p.Algorithm,
		append([]signer.Option{signer.Deterministic()}, opts...)...)
	if err != nil {
		return refusing{p, err}
	}
	return s
}

// refusing is the Signer that stands for a mistake in the making of one.
type refusing struct {
	pair keyspec.Pair
	err  error
}

func (s refusing) Public() crypto.PublicKey     { return nil }
func (s refusing) KeySpec() keyspec.KeySpec     { return s.pair.KeySpec }
func (s refusing) Algorithm() keyspec.Algorithm { return s.pair.Algorithm }
func (s refusing) NewDigest() hash.Hash         { return sha256.New() }

func (s refusing) SignDigest(context.Context, []byte) ([]byte, error) { return nil, s.err }

func (s refusing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, s.err }

// SignMessage implements [crypto.MessageSigner], as the signers do that New
// returns otherwise.
func (s refusing) SignMessage(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, s.err
}
