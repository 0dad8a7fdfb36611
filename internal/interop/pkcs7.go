// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/x509"

	sm "github.com/emmansun/gmsm/pkcs7"
	"github.com/emmansun/gmsm/smx509"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/smallstep/pkcs7"
)

// cms signs data with P-256, or with RSA and PKCS #1.
func cms(s signer.Signer, cert *x509.Certificate, data []byte) ([]byte, error) {
	signed, err := pkcs7.NewSignedData(data)
	if err != nil {
		return nil, err
	}
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256) // not SHA-1
	if err := signed.AddSigner(cert, s, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, err
	}
	return signed.Finish()
}

// cmsSM signs data with SM2 (GM/T 0010).
func cmsSM(s signer.Signer, cert *smx509.Certificate, data []byte) ([]byte, error) {
	signed, err := sm.NewSMSignedData(data)
	if err != nil {
		return nil, err
	}
	if err := signed.AddSigner(cert, s, sm.SignerInfoConfig{}); err != nil {
		return nil, err
	}
	return signed.Finish()
}
