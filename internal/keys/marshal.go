// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto"
	"crypto/rsa"
	encasn1 "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The algorithms that a key file names.
var (
	OIDRSA         = encasn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1} // rsaEncryption, RFC 8017
	OIDECPublicKey = encasn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}     // id-ecPublicKey, RFC 5480
)

// MarshalSPKI returns the DER of the SubjectPublicKeyInfo (RFC 5280, section
// 4.1.2.7) of a public key that this package returned, byte for byte as OpenSSL
// 3.0 writes it: points uncompressed, SM2 as a named curve of id-ecPublicKey.
func MarshalSPKI(pub crypto.PublicKey) []byte {
	key := Point(pub)
	if k, ok := pub.(*rsa.PublicKey); ok {
		key = build(func(b *cryptobyte.Builder) { addPKCS1Public(b, k) })
	}
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			addAlgorithm(b, KindOf(pub))
			b.AddASN1BitString(key)
		})
	})
}

// MarshalPKCS8 returns the DER of the PrivateKeyInfo (RFC 5208, section 5) of a
// private key that this package returned, byte for byte as OpenSSL 3.0 writes it:
// version 0 without attributes, SM2 as a named curve of id-ecPublicKey.
func MarshalPKCS8(key crypto.PrivateKey) []byte {
	return build(func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1Int64(0)
			addAlgorithm(b, KindOf(key))
			b.AddASN1(asn1.OCTET_STRING, func(b *cryptobyte.Builder) {
				if k, ok := key.(*rsa.PrivateKey); ok {
					addPKCS1(b, k)
					return
				}
				addSEC1(b, Scalar(key), Point(PublicOf(key)))
			})
		})
	})
}

func addAlgorithm(b *cryptobyte.Builder, kind Kind) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, c := range curves {
			if c.kind == kind {
				b.AddASN1ObjectIdentifier(OIDECPublicKey)
				b.AddASN1ObjectIdentifier(c.oid)
				return
			}
		}
		b.AddASN1ObjectIdentifier(OIDRSA)
		b.AddASN1NULL()
	})
}

// addSEC1 writes an ECPrivateKey (RFC 5915, section 3) as OpenSSL does inside PKCS
// #8: without the parameters, which stand outside, and with the public key.
func addSEC1(b *cryptobyte.Builder, scalar, point []byte) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(scalar)
		b.AddASN1(asn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) { b.AddASN1BitString(point) })
	})
}

// addPKCS1 writes an RSAPrivateKey (RFC 8017, appendix A.1.2).
func addPKCS1(b *cryptobyte.Builder, key *rsa.PrivateKey) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(0)
		b.AddASN1BigInt(key.N)
		b.AddASN1Int64(int64(key.E))
		b.AddASN1BigInt(key.D)
		b.AddASN1BigInt(key.Primes[0])
		b.AddASN1BigInt(key.Primes[1])
		b.AddASN1BigInt(key.Precomputed.Dp)
		b.AddASN1BigInt(key.Precomputed.Dq)
		b.AddASN1BigInt(key.Precomputed.Qinv)
	})
}

// addPKCS1Public writes an RSAPublicKey (RFC 8017, appendix A.1.1).
func addPKCS1Public(b *cryptobyte.Builder, key *rsa.PublicKey) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(key.N)
		b.AddASN1Int64(int64(key.E))
	})
}

// build runs a builder on values that are known to fit.
func build(add func(*cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	add(&b)
	return b.BytesOrPanic()
}
