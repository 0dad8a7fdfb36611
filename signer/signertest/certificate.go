// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
)

func checkCertificate(r *report, x *subject) {
	if x.unusable(r) {
		return
	}
	if len(x.run(optsCheck).faults) > 0 {
		r.skip("the opts of crypto/x509 are not understood, see Opts")
		return
	}
	algorithm, ok := map[keyspec.Pair]x509.SignatureAlgorithm{
		{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}:   x509.SHA256WithRSAPSS,
		{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPSSSHA256}:   x509.SHA256WithRSAPSS,
		{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}: x509.SHA256WithRSA,
		{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256}: x509.SHA256WithRSA,
		{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}:     x509.ECDSAWithSHA256,
	}[x.pair]
	if !ok {
		r.skip("crypto/x509 does not know " + string(x.pair.KeySpec))
		return
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "kmsigner conformance suite"},
		NotBefore:             time.Unix(0, 0),
		NotAfter:              time.Unix(1, 0), // of no use
		IsCA:                  true,
		BasicConstraintsValid: true,
		SignatureAlgorithm:    algorithm,
	}
	if err := certificate(x, template); err != nil {
		r.fault("x509.CreateCertificate: %v", err)
	}
}

// certificate makes a certificate signed with its own key and checks it.
func certificate(x *subject, template *x509.Certificate) (err error) {
	defer x.done("a method under x509.CreateCertificate", nil, &err) // its digest is not known
	// CreateCertificate wants crypto/rand for the serial number only, which is set.
	der, err := x509.CreateCertificate(noReader{}, template, template, x.public, x.s)
	if err != nil {
		return err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if err := cert.CheckSignatureFrom(cert); err != nil {
		return fmt.Errorf("the signature does not verify: %w", err)
	}
	return nil
}
