// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"hash"
	"io"

	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A Verifier checks signatures of one public key and one algorithm. Those of this
// package are safe for concurrent use.
type Verifier interface {
	// KeySpec and Algorithm are the two halves of the pair.
	KeySpec() keyspec.KeySpec
	Algorithm() keyspec.Algorithm

	// NewDigest returns the hash whose Sum is what VerifyDigest takes: SHA-256,
	// or for EC_SM2 an SM3 that already holds Z(A).
	NewDigest() hash.Hash

	// VerifyDigest returns nil if sig is a signature of the digest, which is
	// exactly 32 bytes. It returns InvalidParameter of "Digest" for another
	// length, and InvalidSignature for everything that is not a signature of it:
	// another key's or digest's, an encoding that is not strict DER (or not as
	// long as the RSA modulus), r or s outside [1, n-1], a PSS salt of another
	// length than 32, and a high s under [RequireLowS]. It returns Internal for an RSA
	// key whose public exponent Go's FIPS 140-only mode does not allow. The slices are
	// neither kept nor written to.
	VerifyDigest(digest, sig []byte) error
}

// NewVerifier returns a Verifier for a public key in one of the types that
// package keyspec lists. The key is checked and copied.
//
// Keep a Verifier that is used more than once. One of EC_P256, EC_P256K or EC_SM2 makes a table
// of 4 KiB for its second verification and, where the processor has AVX-512 IFMA, one of 52
// KiB for the twelfth; each makes all that follow faster. With [Portable] it makes none.
//
// It returns InvalidParameter: of "Key" for a key that is nil, of a type, curve
// or size that no key spec names, or not sound; of "Algorithm" for an algorithm
// that is not the key's; of the option's name for an option that does not apply.
func NewVerifier(pub crypto.PublicKey, alg keyspec.Algorithm, opts ...Option) (Verifier, error) {
	pub, err := keys.Public(pub)
	if err != nil {
		return nil, err
	}
	id, err := bind(pub, alg)
	if err != nil {
		return nil, err
	}
	c, err := newConfig(forVerifier, id.pair, opts)
	if err != nil {
		return nil, err
	}
	scheme, err := schemeOf(id, c)
	if err != nil {
		return nil, err
	}
	return &verifier{id, scheme, scheme.verifyFuncs(id.public)}, nil
}

type verifier struct {
	boundKey
	scheme scheme
	verify verifyFuncs
}

func (v *verifier) NewDigest() hash.Hash { return v.scheme.newDigest() }

func (v *verifier) VerifyDigest(digest, sig []byte) error {
	if err := v.checkDigest(digest); err != nil {
		return err
	}
	return v.verify.one(digest, sig)
}

// VerifyMessage reads msg to its end, digests it with v's NewDigest in constant
// memory, and verifies. It returns what VerifyDigest returns, InvalidParameter of
// "Verifier" or "Message" for a nil one, and Unavailable of "Message", wrapping
// the cause, if msg cannot be read.
func VerifyMessage(v Verifier, msg io.Reader, sig []byte) error {
	if nilness.Is(v) {
		return invalid("Verifier", "the verifier is nil")
	}
	digest, err := digestMessage(v.NewDigest(), msg, func() error { return nil })
	if err != nil {
		return err
	}
	return v.VerifyDigest(digest, sig)
}
