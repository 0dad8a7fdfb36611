package signer

import (
	"crypto"
	"crypto/rsa"
	"strconv"
)

// rsaPKCS1 is RSASSA-PKCS1-v1_5, RFC 8017, section 8.2, with SHA-256, on
// crypto/rsa or our own kernel. It is deterministic by nature.
type rsaPKCS1 struct {
	boundKey
	sha256Digest
	onlySHA256
	portable bool
}

func (s rsaPKCS1) signFuncs(key crypto.PrivateKey, _ bool) signFuncs {
	private := key.(*rsa.PrivateKey)
	return signingRSA(private, s.portable, s.encode, func(digest []byte) ([]byte, error) {
		sig, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
		return sig, primitive(err)
	})
}

// encode encodes a digest for our own kernel.
func (s rsaPKCS1) encode(digest []byte) []byte {
	return encodePKCS1(digest, s.pair.MaxSignatureSize())
}

func (rsaPKCS1) verifyFunc(pub crypto.PublicKey) func(digest, sig []byte) error {
	public := pub.(*rsa.PublicKey)
	return func(digest, sig []byte) error {
		if rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, sig) != nil {
			return misfit(doesNotFit)
		}
		return nil
	}
}

func (s rsaPKCS1) checkForeign(sig []byte) ([]byte, error) { return receiveRSA(s.boundKey, sig) }

// receiveRSA takes a signature that is as long as the modulus.
func receiveRSA(id boundKey, sig []byte) ([]byte, error) {
	if want := id.pair.MaxSignatureSize(); len(sig) != want {
		return nil, internal("the key's crypto.Signer returned "+strconv.Itoa(len(sig))+" bytes, a signature has "+strconv.Itoa(want), nil)
	}
	return sig, nil
}
