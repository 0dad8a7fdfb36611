package keyspec

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kmsigner/kmsigner/internal/keys"
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
	curve, err := keyKind(info.algorithm)
	if err != nil {
		return nil, err
	}
	var key crypto.PrivateKey
	if curve == 0 {
		key, err = parsePKCS1(info.key)
	} else {
		key, err = parseSEC1(info.key, curve)
	}
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

func (info privateKeyInfo) checkPublic(key crypto.PrivateKey) error {
	if len(info.public) == 0 || info.public[0] != 0 {
		return invalid("Key", "the public key in the PKCS #8 key is malformed")
	}
	given := info.public[1:]
	k, ok := key.(*rsa.PrivateKey)
	if !ok {
		return checkPoint(key, given)
	}
	if !bytes.Equal(given, build(func(b *cryptobyte.Builder) { addPKCS1Public(b, &k.PublicKey) })) {
		return invalid("Key", "the public key is not that of the RSA private key")
	}
	return nil
}

// marshalPKCS8 writes a checked key as OpenSSL does: version 0 without
// attributes, SM2 as a named curve of id-ecPublicKey.
func marshalPKCS8(key crypto.PrivateKey) []byte {
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			curve, scalar := keys.Scalar(key)
			addKeyAlgorithm(b, curve)
			b.AddASN1(asn1.OCTET_STRING, func(b *cryptobyte.Builder) {
				if k, ok := key.(*rsa.PrivateKey); ok {
					addPKCS1(b, k)
					return
				}
				_, point := keys.Point(keys.PublicOf(key))
				addSEC1(b, scalar, point)
			})
		})
	})
}

// addKeyAlgorithm writes the AlgorithmIdentifier of a key: of RSA for no curve.
func addKeyAlgorithm(b *cryptobyte.Builder, curve keys.Curve) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		if curve == 0 {
			b.AddASN1ObjectIdentifier(oidRSA)
			b.AddASN1NULL()
			return
		}
		b.AddASN1ObjectIdentifier(oidECPublicKey)
		b.AddASN1ObjectIdentifier(curveOID(curve))
	})
}

// build runs a builder on values that are known to fit.
func build(add func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	add(&b)
	return b.BytesOrPanic()
}
