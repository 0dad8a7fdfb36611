// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"crypto"
	"hash"
	"io"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A Signer signs digests with one key and one algorithm. It is a [crypto.Signer]
// and usable wherever Go takes one. Those of this package are also
// [crypto.MessageSigner], safe for concurrent use, and print as their pair and a
// fingerprint of their public key, never as their key.
type Signer interface {
	// Public returns the public key in the type that package keyspec lists.
	//
	// Sign signs a digest as [Signer.SignDigest] does without a context. It
	// ignores rand. A nil opts means the pair's own; any other must ask for
	// exactly what the pair is, see the package documentation, or Sign returns
	// InvalidParameter of "Opts".
	crypto.Signer

	// KeySpec and Algorithm are the two halves of the pair.
	KeySpec() keyspec.KeySpec
	Algorithm() keyspec.Algorithm

	// NewDigest returns the hash whose Sum is what SignDigest takes: SHA-256, or
	// for EC_SM2 an SM3 that already holds Z(A).
	NewDigest() hash.Hash

	// SignDigest signs a digest of exactly 32 bytes and returns the signature:
	// for RSA as many bytes as the modulus has, for the other pairs the DER of
	// SEQUENCE { r INTEGER, s INTEGER }. The digest is neither kept nor written
	// to; the signature is the caller's.
	//
	// A context that is already done signs nothing and its error is returned as
	// it is. Otherwise the errors are InvalidParameter of "Digest" for another
	// length and of "Context" for a nil one, and Internal for a signature that is
	// withheld because it fails a check and for a pair or key that the build or Go's
	// FIPS 140-only mode cannot sign with, see docs/signing.md; a key held elsewhere
	// adds its own.
	SignDigest(ctx context.Context, digest []byte) ([]byte, error)
}

// New returns a Signer for a key in memory, in one of the types that package
// keyspec lists. The key is checked and copied: later changes to the caller's have
// no effect.
//
// It returns InvalidParameter: of "Key" for a key that is nil, of a type, curve
// or size that no key spec names, or not sound (package keyspec lists the
// checks); of "Algorithm" for an algorithm that the key cannot sign with; of the
// option's name for an option that does not apply.
func New(key crypto.PrivateKey, alg keyspec.Algorithm, opts ...Option) (Signer, error) {
	key, err := keys.Private(key)
	if err != nil {
		return nil, err
	}
	return newInMemory(key, alg, opts)
}

// newInMemory is New for a key that keys.Private returned.
func newInMemory(key crypto.PrivateKey, alg keyspec.Algorithm, opts []Option) (Signer, error) {
	s, c, err := newSigner(keys.PublicOf(key), alg, forNew, opts)
	if err != nil {
		return nil, err
	}
	s.sign = s.scheme.signFuncs(key, c.deterministic)
	if s.sign.verify && s.check == nil && !c.noVerifyAfter {
		s.verifyAfterSign()
	}
	return s, nil
}

// signer is every Signer of this package. What differs between the pairs is in
// scheme; what differs between keys, in sign and call.
type signer struct {
	boundKey
	scheme scheme
	sign   signFuncs    // of a key in memory
	call   signCall     // of a key held elsewhere, or nil
	atOnce int          // how many calls SignDigests makes at once; 0: one a processor
	check  *verifyFuncs // of VerifyAfterSign or signFuncs.verify, or nil
}

// A signCall signs 32 bytes with a key held elsewhere.
type signCall func(ctx context.Context, digest []byte) ([]byte, error)

// newSigner makes all of a signer but its sign.
func newSigner(pub crypto.PublicKey, alg keyspec.Algorithm, by constructor, opts []Option) (*signer, config, error) {
	id, err := bind(pub, alg)
	if err != nil {
		return nil, config{}, err
	}
	c, err := newConfig(by, id.pair, opts)
	if err != nil {
		return nil, config{}, err
	}
	scheme, err := schemeOf(id, c)
	if err != nil {
		return nil, config{}, err
	}
	s := &signer{boundKey: id, scheme: scheme}
	if c.verifyAfter {
		s.verifyAfterSign()
	}
	return s, c, nil
}

// verifyAfterSign makes s verify its signatures, with a copy of the public key: the
// caller can change the one that Public returns.
func (s *signer) verifyAfterSign() {
	funcs := s.scheme.verifyFuncs(keys.Clone(s.public))
	s.check = &funcs
}

func (s *signer) NewDigest() hash.Hash { return s.scheme.newDigest() }

func (s *signer) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	return s.signDigest(ctx, digest)
}

// Sign implements [crypto.Signer].
func (s *signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	isMessage, err := s.scheme.acceptsOpts(opts)
	if err != nil {
		return nil, err
	}
	if isMessage {
		return s.signMessage(digest)
	}
	return s.signDigest(context.Background(), digest)
}

// SignMessage implements [crypto.MessageSigner]: it digests msg with NewDigest
// and signs the digest. It ignores rand and checks opts as Sign does.
func (s *signer) SignMessage(_ io.Reader, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, err := s.scheme.acceptsOpts(opts); err != nil {
		return nil, err
	}
	return s.signMessage(msg)
}

func (s *signer) signMessage(msg []byte) ([]byte, error) {
	h := s.NewDigest()
	h.Write(msg)
	return s.signDigest(context.Background(), h.Sum(nil))
}

func (s *signer) signDigest(ctx context.Context, digest []byte) (sig []byte, err error) {
	if err := s.checkDigest(digest); err != nil {
		return nil, err
	}
	if s.call != nil {
		sig, err = s.call(ctx, digest)
	} else {
		sig, err = s.sign.one(digest)
	}
	if err != nil {
		return nil, err
	}
	if s.check != nil {
		if err := s.check.one(digest, sig); err != nil {
			return nil, misfitOfOurs(err)
		}
	}
	return sig, nil
}

// misfitOfOurs is the error for a signature that is verified before it is returned, and is not valid.
func misfitOfOurs(cause error) error {
	return internal("the signature does not verify and is withheld", cause)
}
