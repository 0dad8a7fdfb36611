// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"hash"

	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A scheme is what one algorithm on one kind of key adds to what all signers and
// verifiers share. Each implementation is a file of its own.
type scheme interface {
	// newDigest returns the hash that makes the scheme's digests.
	newDigest() hash.Hash
	// signFuncs returns the functions that sign with a checked key.
	signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs
	// verifyFuncs returns the functions that verify with a checked key.
	verifyFuncs(pub crypto.PublicKey) verifyFuncs
	// acceptsOpts refuses opts that ask for something else than this scheme, and
	// reports whether they ask for what crypto.Signer calls the digest to be
	// taken as the message.
	acceptsOpts(opts crypto.SignerOpts) (isMessage bool, err error)
	// signerOpts returns the opts that ask a crypto.Signer for this scheme.
	signerOpts() crypto.SignerOpts
	// checkForeign returns a crypto.Signer's signature in this package's form, or an
	// error if it is not one.
	checkForeign(sig []byte) ([]byte, error)
}

// signFuncs sign with one key. The key is in the closures, where reflection does not
// reach it.
type signFuncs struct {
	// one signs 32 bytes.
	one func(digest []byte) ([]byte, error)
	// batch signs digests[i] into signatures[i] for less than one by one, or is nil.
	batch func(digests, signatures [][]byte) error
	// lanesFailed reports whether what is computed in eight lanes has been wrong, if there is
	// such a thing.
	lanesFailed func() bool
	// verify says that signatures are deterministic and not yet verified with the public key:
	// a wrong one and the right one of the same digest, with the same nonce, give the key away.
	// The signer verifies them, unless NoVerifyAfterSign is given.
	verify bool
}

// verifyFuncs verify with one public key.
type verifyFuncs struct {
	// one checks a signature of 32 bytes. It returns InvalidSignature.
	one func(digest, sig []byte) error
	// batch sets results[i] to what one returns for digests[i] and sigs[i], for less than one
	// by one, or is nil.
	batch func(digests, sigs [][]byte, results []error)
	// lanesFailed reports whether what is computed in eight lanes has been wrong, if there is
	// such a thing.
	lanesFailed func() bool
}

// all sets results[i] to what one returns for digests[i] and sigs[i].
func (f *verifyFuncs) all(digests, sigs [][]byte, results []error) {
	if f.batch != nil {
		f.batch(digests, sigs, results)
		return
	}
	for i, digest := range digests {
		results[i] = f.one(digest, sigs[i])
	}
}

// schemeOf returns the scheme of a valid pair: the seven.
func schemeOf(id boundKey, c config) (scheme, error) {
	switch {
	case id.pair.Algorithm == keyspec.RSAPSSSHA256: // RSA_2048, RSA_3072
		return rsaPSS{newRSAScheme(id, c)}, nil
	case id.pair.Algorithm == keyspec.RSAPKCS1SHA256: // RSA_2048, RSA_3072
		return rsaPKCS1{rsaScheme: newRSAScheme(id, c)}, nil
	case id.pair.KeySpec == keyspec.ECP256:
		return p256{lowS: c.lowS, portable: c.portable}, nil
	case id.pair.KeySpec == keyspec.ECP256K:
		return p256k{lowS: c.lowS, portable: c.portable}, nil
	default: // EC_SM2
		return newSM2(id, c)
	}
}

// sha256Digest is the newDigest of every scheme but SM2's.
type sha256Digest struct{}

func (sha256Digest) newDigest() hash.Hash { return sha256.New() }

// onlySHA256 is the acceptsOpts of every scheme but PSS and SM2: nil, or any opts
// whose hash is SHA-256 and that do not ask for PSS.
type onlySHA256 struct{}

func (onlySHA256) acceptsOpts(opts crypto.SignerOpts) (bool, error) {
	if opts == nil {
		return false, nil
	}
	if _, ok := opts.(*rsa.PSSOptions); ok {
		return false, wantsPSS()
	}
	return false, checkSHA256(opts)
}

func (onlySHA256) signerOpts() crypto.SignerOpts { return crypto.SHA256 }

func checkSHA256(opts crypto.SignerOpts) error {
	if nilness.Is(opts) {
		return invalid("Opts", "the options are a nil pointer")
	}
	if h := opts.HashFunc(); h != crypto.SHA256 {
		return wantsHash(h)
	}
	return nil
}
