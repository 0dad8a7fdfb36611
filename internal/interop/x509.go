// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// issue signs a certificate; for a root, parent is the template itself.
func issue(ca signer.Signer, template, parent *x509.Certificate, pub crypto.PublicKey) ([]byte, error) {
	template.SignatureAlgorithm = signatureAlgorithm(ca)
	return x509.CreateCertificate(rand.Reader, template, parent, pub, ca)
}

// signatureAlgorithm is what a template has to ask for: without it, crypto/x509 asks an
// RSA key for PKCS #1. For other keys the zero value will do.
func signatureAlgorithm(s signer.Signer) x509.SignatureAlgorithm {
	if s.Algorithm() == keyspec.RSAPSSSHA256 {
		return x509.SHA256WithRSAPSS
	}
	return x509.UnknownSignatureAlgorithm
}

// request makes a certificate signing request.
func request(s signer.Signer, name string) ([]byte, error) {
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		DNSNames:           []string{name},
		SignatureAlgorithm: signatureAlgorithm(s),
	}, s)
}

// revoke makes a revocation list.
func revoke(ca signer.Signer, issuer *x509.Certificate, serials ...*big.Int) ([]byte, error) {
	list := &x509.RevocationList{
		Number:             big.NewInt(1),
		ThisUpdate:         time.Now(),
		NextUpdate:         time.Now().Add(24 * time.Hour),
		SignatureAlgorithm: signatureAlgorithm(ca),
	}
	for _, serial := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: serial, RevocationTime: time.Now()})
	}
	return x509.CreateRevocationList(rand.Reader, list, issuer, ca)
}
