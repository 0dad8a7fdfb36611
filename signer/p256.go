package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"

	"github.com/kmsigner/kmsigner/keyspec"
)

// p256 is ECDSA, FIPS 186-5, section 6, on secp256r1 with SHA-256, on
// crypto/ecdsa.
type p256 struct {
	sha256Digest
	onlySHA256
	lowS bool
}

func (p256) signFuncs(key crypto.PrivateKey, deterministic bool) signFuncs {
	private := key.(*ecdsa.PrivateKey)
	if deterministic {
		return signFuncs{verify: true, one: func(digest []byte) ([]byte, error) {
			// A nil reader is RFC 6979 with the hash of the opts.
			sig, err := private.Sign(nil, digest, crypto.SHA256)
			return sig, primitive(err)
		}}
	}
	return signFuncs{one: func(digest []byte) ([]byte, error) {
		sig, err := ecdsa.SignASN1(rand.Reader, private, digest)
		return sig, primitive(err)
	}}
}

func (p p256) verifyFunc(pub crypto.PublicKey) func(digest, sig []byte) error {
	public := pub.(*ecdsa.PublicKey)
	return func(digest, sig []byte) error {
		if _, err := parseECDSA(keyspec.ECP256, sig, p.lowS); err != nil {
			return err
		}
		if !ecdsa.VerifyASN1(public, digest, sig) {
			return misfit(doesNotFit)
		}
		return nil
	}
}

func (p256) checkForeign(sig []byte) ([]byte, error) { return receiveDER(sig) }
