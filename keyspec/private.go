// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"encoding/pem"
	"slices"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// ParsePrivateKey reads one private key, PEM or DER, in any form that the package
// documentation lists, and checks it in full. The contents decide which form it
// is, not the label of the PEM block. The result has the Go type of the package's
// table; an RSA key is precomputed.
//
// The password opens an encrypted key; it is not used for a key that is not
// encrypted. In PEM, text around the blocks is skipped, and a block "EC
// PARAMETERS" names the curve where the key does not.
//
// It returns InvalidParameter of "Key" for what is not exactly one private key:
// empty, truncated or damaged data, data after the key, a second key, a public
// key or a certificate, also beside the key; text, JSON, a keystore, a PKCS #12
// container, OpenSSH's format; PEM in its legacy encryption (DEK-Info), encryption
// other than PBES2 and a key derivation that asks for more than the package's
// bounds; a key of another algorithm, curve or size; a curve given by explicit
// parameters; and every key that fails a check. The error names what it is and, if
// there is one, the command that converts it.
//
// It returns InvalidParameter of "Password" for an encrypted key if the password is
// empty or wrong. PBES2 cannot tell a wrong password from a damaged ciphertext.
func ParsePrivateKey(data, password []byte) (crypto.PrivateKey, error) {
	blocks, err := asPEM(data, privateHalf)
	if err != nil {
		return nil, err
	}
	if blocks == nil {
		return parsePrivateDER(data, password, "")
	}
	der, curve, err := privateBlock(blocks)
	if err != nil {
		return nil, err
	}
	key, err := parsePrivateDER(der, password, curve)
	if err != nil {
		return nil, err
	}
	if curve != "" && curve != keys.KindOf(key) {
		return nil, invalid("Key", "the parameters beside the key name "+curve.Curve()+", not the curve of the key")
	}
	return key, nil
}

// privateBlock picks the one key of a PEM file, and the curve that a block of
// parameters names, or none.
func privateBlock(blocks []*pem.Block) (der []byte, curve keys.Kind, err error) {
	found := false
	for _, block := range blocks {
		switch {
		case isLabel(block.Type, privateHalf):
			if found {
				return nil, "", invalid("Key", "the file holds a second key")
			}
			if block.Headers["DEK-Info"] != "" || block.Headers["Proc-Type"] != "" {
				return nil, "", invalid("Key",
					`the key is in the legacy PEM encryption (DEK-Info); "openssl pkcs8 -topk8" converts it`)
			}
			der, found = block.Bytes, true
		case block.Type == "EC PARAMETERS" || block.Type == "SM2 PARAMETERS":
			if curve != "" {
				return nil, "", invalid("Key", "the file holds a second block of curve parameters")
			}
			if curve, err = namedCurve(block.Bytes); err != nil {
				return nil, "", err
			}
		case len(blocks) > 1 && slices.ContainsFunc(blocks, func(b *pem.Block) bool { return isLabel(b.Type, privateHalf) }):
			return nil, "", invalid("Key", "the file also holds a block "+quote(block.Type)+
				`; only the private key is wanted, which "openssl pkey -in FILE" writes`)
		default:
			return nil, "", refuseLabel(block.Type, privateHalf)
		}
	}
	if !found {
		return nil, "", invalid("Key", "the file holds curve parameters and no key")
	}
	return der, curve, nil
}

func parsePrivateDER(der, password []byte, curve keys.Kind) (crypto.PrivateKey, error) {
	body, err := sequence(der)
	if err != nil {
		return nil, err
	}
	switch f := formOf(body); f {
	case pkcs1Private:
		return parsePKCS1(body)
	case sec1:
		return parseSEC1(body, curve)
	case pkcs8Plain:
		info, ok := readPKCS8(body)
		if !ok {
			return nil, invalid("Key", "the PKCS #8 private key is malformed")
		}
		return info.privateKey()
	case pkcs8Encrypted:
		return parseEncrypted(body, password)
	default:
		return nil, refuseForm(f, privateHalf)
	}
}

// MarshalPrivateKey writes a private key of any accepted Go type as PKCS #8 (RFC
// 5208) in PEM, byte for byte as OpenSSL 3.0 does. The result is not encrypted:
// see [MarshalEncryptedPrivateKey].
//
// The key is checked in full first. MarshalPrivateKey returns InvalidParameter of "Key"
// for the keys for which [Of] does, and for a crypto.Signer of another type, which does
// not show its private key.
func MarshalPrivateKey(key crypto.PrivateKey) ([]byte, error) {
	checked, err := keys.Private(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keys.MarshalPKCS8(checked)}), nil
}
