// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
)

// rsaPKCS1 is RSASSA-PKCS1-v1_5, RFC 8017, section 8.2, with SHA-256, on
// crypto/rsa or our own kernel. It is deterministic by nature.
type rsaPKCS1 struct {
	rsaScheme
	onlySHA256
}

func (s rsaPKCS1) signFuncs(key crypto.PrivateKey, _ bool) signFuncs {
	private := key.(*rsa.PrivateKey)
	return s.signFuncsOf(private, s.encode, func(digest []byte) ([]byte, error) {
		sig, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest)
		return sig, primitive(err)
	})
}

// encode encodes a digest for our own kernel.
func (s rsaPKCS1) encode(digest []byte) []byte {
	return encodePKCS1(digest, s.pair.MaxSignatureSize())
}

func (s rsaPKCS1) verifyFuncs(pub crypto.PublicKey) verifyFuncs {
	public := pub.(*rsa.PublicKey)
	return s.verifyFuncsOf(public, fitsPKCS1, func(digest, sig []byte) error {
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest, sig)
	})
}

// sha256Info is the DER of a DigestInfo of SHA-256 up to the digest, RFC 8017,
// section 9.2, note 1.
const sha256Info = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

// encodePKCS1 is EMSA-PKCS1-v1_5-ENCODE of RFC 8017, section 9.2, for a modulus of size
// bytes: 00 01 FF .. FF 00 DigestInfo.
func encodePKCS1(digest []byte, size int) []byte {
	em := make([]byte, size)
	tail := em[size-len(sha256Info)-sha256.Size:]
	copy(tail, sha256Info)
	copy(tail[len(sha256Info):], digest)
	em[1] = 1
	for i := 2; i < size-len(tail)-1; i++ {
		em[i] = 0xff
	}
	return em
}

// fitsPKCS1 compares with the one encoding of the digest, as RFC 8017, section 8.2.2,
// does: nothing of the message is parsed.
func fitsPKCS1(em, digest []byte) bool { return bytes.Equal(em, encodePKCS1(digest, len(em))) }
