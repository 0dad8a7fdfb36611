package signer

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"hash"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// A scheme is what one algorithm on one kind of key adds to what all signers and
// verifiers share. Each implementation is a file of its own.
type scheme interface {
	// newDigest returns the hash that makes the scheme's digests.
	newDigest() hash.Hash
	// signing returns the functions that sign with a checked key.
	signing(key crypto.PrivateKey, deterministic bool) signing
	// verifying returns the function that checks a signature of 32 bytes with a
	// checked key. It returns InvalidSignature.
	verifying(pub crypto.PublicKey) func(digest, sig []byte) error
	// accepts refuses opts that ask for something else than this scheme, and
	// reports whether they ask for what crypto.Signer calls the digest to be
	// taken as the message.
	accepts(opts crypto.SignerOpts) (isMessage bool, err error)
	// asks returns the opts that ask a crypto.Signer for this scheme.
	asks() crypto.SignerOpts
	// receive returns a crypto.Signer's signature in this package's form, or an
	// error if it is not one.
	receive(sig []byte) ([]byte, error)
}

// signing is a key at work. The key is in the closures, where reflection does not
// reach it.
type signing struct {
	// one signs 32 bytes.
	one func(digest []byte) ([]byte, error)
	// batch signs digests[i] into signatures[i] for less than one by one, or is nil.
	batch func(digests, signatures [][]byte) error
}

// schemeOf returns the scheme of a valid pair: the seven.
func schemeOf(id identity, c config) (scheme, error) {
	switch {
	case id.pair.Algorithm == keyspec.RSAPSSSHA256: // RSA_2048, RSA_3072
		return rsaPSS{identity: id, portable: c.portable}, nil
	case id.pair.Algorithm == keyspec.RSAPKCS1SHA256: // RSA_2048, RSA_3072
		return rsaPKCS1{identity: id, portable: c.portable}, nil
	case id.pair.KeySpec == keyspec.ECP256:
		return p256{lowS: c.lowS}, nil
	case id.pair.KeySpec == keyspec.ECP256K:
		return p256k{lowS: c.lowS, portable: c.portable}, nil
	default: // EC_SM2
		return newSM2(id, c)
	}
}

// sha256Digest is the newDigest of every scheme but SM2's.
type sha256Digest struct{}

func (sha256Digest) newDigest() hash.Hash { return sha256.New() }

// onlySHA256 is the accepts of every scheme but PSS and SM2: nil, or any opts
// whose hash is SHA-256 and that do not ask for PSS.
type onlySHA256 struct{}

func (onlySHA256) accepts(opts crypto.SignerOpts) (bool, error) {
	if opts == nil {
		return false, nil
	}
	if _, ok := opts.(*rsa.PSSOptions); ok {
		return false, invalid("Opts", "the options ask for RSA-PSS, which this signer is not")
	}
	return false, checkSHA256(opts)
}

func (onlySHA256) asks() crypto.SignerOpts { return crypto.SHA256 }

func checkSHA256(opts crypto.SignerOpts) error {
	if isNil(opts) {
		return invalid("Opts", "the options are a nil pointer")
	}
	if h := opts.HashFunc(); h != crypto.SHA256 {
		return invalid("Opts", "the options ask for "+h.String()+", this signer's hash is SHA-256")
	}
	return nil
}

// misfit is the one refusal of a signature: it may not parse, or not verify.
func misfit(reason string) error {
	return &errors.Error{Code: errors.InvalidSignature, Param: "Signature", Reason: reason}
}

const doesNotFit = "it does not fit the digest and the public key"
