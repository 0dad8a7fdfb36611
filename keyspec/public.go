// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"encoding/pem"

	"golang.org/x/crypto/cryptobyte"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// ParsePublicKey reads one public key, PEM or DER: SubjectPublicKeyInfo (RFC
// 5280, section 4.1.2.7) of any spec, or for RSA a bare PKCS #1 RSAPublicKey. It
// checks the key in full. The result has the Go type of the package's table. In
// PEM, text around the block is skipped.
//
// It returns InvalidParameter of "Key" for what is not exactly one public key:
// empty, truncated or damaged data, data after the key, a second key, a private
// key, a certificate, text, JSON, a container, OpenSSH's format; a key of another
// algorithm, curve or size; a curve given by explicit parameters; a point in the
// hybrid form, at infinity or off the curve; and every key that fails a check. The
// error names what it is and, if there is one, the command that converts it.
func ParsePublicKey(data []byte) (crypto.PublicKey, error) {
	blocks, err := asPEM(data, publicHalf)
	if err != nil {
		return nil, err
	}
	der := data
	for i, block := range blocks {
		if !isLabel(block.Type, publicHalf) {
			return nil, refuseLabel(block.Type, publicHalf)
		}
		if i > 0 {
			return nil, invalid("Key", "the file holds a second key")
		}
		der = block.Bytes
	}
	body, err := sequence(der)
	if err != nil {
		return nil, err
	}
	switch f := formOf(body); f {
	case spki:
		return parseSPKI(body)
	case pkcs1Public:
		return parsePKCS1Public(body)
	default:
		return nil, refuseForm(f, publicHalf)
	}
}

func parseSPKI(body cryptobyte.String) (crypto.PublicKey, error) {
	var alg algorithmIdentifier
	var key []byte
	if !readAlgorithm(&body, &alg) || !body.ReadASN1BitStringAsBytes(&key) || !body.Empty() {
		return nil, invalid("Key", "the SubjectPublicKeyInfo is malformed")
	}
	curve, isRSA, err := keyAlgorithm(alg)
	if err != nil {
		return nil, err
	}
	if isRSA {
		body, err := sequence(key)
		if err != nil {
			return nil, err
		}
		return parsePKCS1Public(body)
	}
	return keys.NewPublic(curve, key)
}

// MarshalPublicKey writes a public key of any accepted Go type as
// SubjectPublicKeyInfo in PEM, byte for byte as OpenSSL 3.0 does: points
// uncompressed, SM2 as a named curve of id-ecPublicKey.
//
// The key is checked in full first. MarshalPublicKey returns InvalidParameter of "Key"
// for the keys for which [Of] does, and for a private key.
func MarshalPublicKey(pub crypto.PublicKey) ([]byte, error) {
	checked, err := keys.Public(pub)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: keys.MarshalSPKI(checked)}), nil
}
