// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"crypto/rsa"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A privateKeyInfo is the OneAsymmetricKey of RFC 5958, section 2, of which
// version 0 is the PrivateKeyInfo of RFC 5208.
type privateKeyInfo struct {
	version   int
	algorithm algorithmIdentifier
	key       cryptobyte.String
	hasPublic bool
	public    cryptobyte.String // the contents of a BIT STRING
}

func readPKCS8(body cryptobyte.String) (info privateKeyInfo, ok bool) {
	ok = body.ReadASN1Integer(&info.version) &&
		readAlgorithm(&body, &info.algorithm) &&
		body.ReadASN1(&info.key, asn1.OCTET_STRING) &&
		body.SkipOptionalASN1(asn1.Tag(0).ContextSpecific().Constructed()) && // attributes
		body.ReadOptionalASN1(&info.public, &info.hasPublic, asn1.Tag(1).ContextSpecific()) &&
		body.Empty()
	return info, ok
}

// privateKey reads the key inside.
func (info privateKeyInfo) privateKey() (crypto.PrivateKey, error) {
	if info.version != 0 && info.version != 1 {
		return nil, invalid("Key", fmt.Sprintf("the PKCS #8 key has version %d, not 0 or 1", info.version))
	}
	if info.version == 0 && info.hasPublic {
		return nil, invalid("Key", "the PKCS #8 key of version 0 holds a public key")
	}
	key, err := info.algorithmKey()
	if err != nil {
		return nil, err
	}
	if info.hasPublic {
		if err := info.checkPublic(key); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// algorithmKey reads the key in the form that its algorithm has.
func (info privateKeyInfo) algorithmKey() (crypto.PrivateKey, error) {
	curve, isRSA, err := keyAlgorithm(info.algorithm)
	if err != nil {
		return nil, err
	}
	body, err := sequence(info.key)
	if err != nil {
		return nil, err
	}
	if isRSA {
		return parsePKCS1(body)
	}
	return parseSEC1(body, curve)
}

func (info privateKeyInfo) checkPublic(key crypto.PrivateKey) error {
	if len(info.public) == 0 || info.public[0] != 0 {
		return invalid("Key", "the public key in the PKCS #8 key is malformed")
	}
	given := info.public[1:]
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return checkPoint(key, given)
	}
	body, err := sequence(given)
	if err != nil {
		return err
	}
	public, err := parsePKCS1Public(body)
	if err != nil {
		return err
	}
	if !k.PublicKey.Equal(public) {
		return invalid("Key", "the public key is not that of the RSA private key")
	}
	return nil
}
