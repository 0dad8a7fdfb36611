// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/tls"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// tlsCertificate is a certificate for servers and clients of crypto/tls, from TLS 1.2 on.
func tlsCertificate(chain [][]byte, s signer.Signer) tls.Certificate {
	c := tls.Certificate{Certificate: chain, PrivateKey: s}
	switch s.Algorithm() { // otherwise crypto/tls asks an RSA key for what the peer prefers
	case keyspec.RSAPSSSHA256:
		c.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PSSWithSHA256}
	case keyspec.RSAPKCS1SHA256: // not in TLS 1.3
		c.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PKCS1WithSHA256}
	}
	return c
}

// tlsCertificateOfBoth is the same for an RSA key that has both paddings, for peers that
// have no PSS in TLS 1.2.
func tlsCertificateOfBoth(chain [][]byte, pss, pkcs1 signer.Signer) (tls.Certificate, error) {
	key, err := signer.BothPaddings(pss, pkcs1)
	return tls.Certificate{
		Certificate: chain, PrivateKey: key,
		SupportedSignatureAlgorithms: []tls.SignatureScheme{tls.PSSWithSHA256, tls.PKCS1WithSHA256},
	}, err
}
