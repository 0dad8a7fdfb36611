package interop

import (
	"crypto/tls"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// tlsCertificate is a certificate for servers and clients of crypto/tls, from TLS 1.2 on.
func tlsCertificate(chain [][]byte, s signer.Signer) tls.Certificate {
	c := tls.Certificate{Certificate: chain, PrivateKey: s}
	if s.Algorithm() == keyspec.RSAPSSSHA256 {
		// Otherwise crypto/tls asks for SHA-512 or PKCS #1 if the peer prefers it.
		c.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PSSWithSHA256}
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
