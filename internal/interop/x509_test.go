// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/emmansun/gmsm/smx509"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// TestX509 has OpenSSL verify a chain with a revocation list, and a request.
func TestX509(t *testing.T) {
	t.Parallel()
	for _, ca := range []signer.Signer{p256, pkcs1, pss} {
		t.Run(unit(ca), func(t *testing.T) {
			t.Parallel()
			rootTemplate := template("root.test", true)
			root := must(x509.ParseCertificate(must(issue(ca, rootTemplate, rootTemplate, ca.Public()))(t)))(t)
			good := must(issue(ca, template("good.test", false), root, ca.Public()))(t)
			bad := template("bad.test", false)
			revoked := must(issue(ca, bad, root, ca.Public()))(t)
			list := must(revoke(ca, root, bad.SerialNumber))(t)
			verify := []string{"verify", "-crl_check", "-CAfile", pemFile(t, "CERTIFICATE", root.Raw),
				"-CRLfile", pemFile(t, "X509 CRL", list)}
			run(t, nil, "openssl", append(verify, pemFile(t, "CERTIFICATE", good))...)
			out, err := tool(t, nil, "openssl", append(verify, pemFile(t, "CERTIFICATE", revoked))...)
			require.Error(t, err)
			require.Contains(t, out, "certificate revoked")
			good[len(good)-1] ^= 1
			_, err = tool(t, nil, "openssl", append(verify, pemFile(t, "CERTIFICATE", good))...)
			require.Error(t, err)

			csr := must(request(ca, "asks.test"))(t)
			out = run(t, nil, "openssl", "req", "-verify", "-noout", "-in", pemFile(t, "CERTIFICATE REQUEST", csr))
			require.Contains(t, out, "verify OK")
		})
	}
}

// A key of a keyring follows the template, as *rsa.PrivateKey does.
func TestX509OfAKeyring(t *testing.T) {
	t.Parallel()
	version := must(keyring.New().Import(t.Context(), signertest.Key(keyspec.RSA2048)))(t)
	key := must(version.CryptoSigner())(t)
	for _, algorithm := range []x509.SignatureAlgorithm{0, x509.SHA256WithRSA, x509.SHA256WithRSAPSS} {
		self := template("root.test", true)
		self.SignatureAlgorithm = algorithm
		der := must(x509.CreateCertificate(rand.Reader, self, self, key.Public(), key))(t)
		root := pemFile(t, "CERTIFICATE", der)
		run(t, nil, "openssl", "verify", "-check_ss_sig", "-CAfile", root, root)
	}
}

// What the table says that crypto/x509 refuses.
func TestX509Errors(t *testing.T) {
	t.Parallel()
	self := template("root.test", true)
	_, err := x509.CreateCertificate(rand.Reader, self, self, pss.Public(), pss)
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorContains(t, err, "SignatureAlgorithm")
	for _, s := range []signer.Signer{p256k, sm2} {
		_, err := issue(s, self, self, s.Public())
		require.Error(t, err)
	}
	for _, s := range []signer.Signer{p256k, pss} {
		self := &smx509.Certificate{SerialNumber: self.SerialNumber}
		_, err := issueSM(s, self, self, s.Public())
		require.Error(t, err, unit(s))
	}
}

// TestSMX509 has OpenSSL verify, with the user id that its releases before 4.0 do not assume.
func TestSMX509(t *testing.T) {
	t.Parallel()
	for _, ca := range []signer.Signer{sm2, p256, pkcs1, pss} {
		var algorithm smx509.SignatureAlgorithm // SM2WithSM3, ECDSAWithSHA256 and SHA256WithRSA need no mention
		if ca == pss {
			algorithm = smx509.SHA256WithRSAPSS
		}
		convert := func(name string, isCA bool) *smx509.Certificate {
			c := template(name, isCA)
			return &smx509.Certificate{SerialNumber: c.SerialNumber, Subject: c.Subject, NotBefore: c.NotBefore,
				NotAfter: c.NotAfter, KeyUsage: smx509.KeyUsage(c.KeyUsage), BasicConstraintsValid: true, IsCA: isCA,
				SignatureAlgorithm: algorithm}
		}
		rootTemplate := convert("root.test", true)
		root := must(smx509.ParseCertificate(must(issueSM(ca, rootTemplate, rootTemplate, ca.Public()))(t)))(t)
		leaf := must(issueSM(ca, convert("leaf.test", false), root, sm2.Public()))(t)
		args := []string{"verify", "-CAfile", pemFile(t, "CERTIFICATE", root.Raw)}
		if ca == sm2 {
			args = append(args, "-vfyopt", "distid:1234567812345678")
		}
		run(t, nil, "openssl", append(args, pemFile(t, "CERTIFICATE", leaf))...)
		leaf[len(leaf)-1] ^= 1
		_, err := tool(t, nil, "openssl", append(args, pemFile(t, "CERTIFICATE", leaf))...)
		require.Error(t, err)

		csr := must(smx509.CreateCertificateRequest(rand.Reader, &smx509.CertificateRequest{
			DNSNames: []string{"asks.test"}, SignatureAlgorithm: algorithm}, ca))(t)
		args = []string{"req", "-verify", "-noout", "-in", pemFile(t, "CERTIFICATE REQUEST", csr)}
		if ca == sm2 {
			args = append(args, "-vfyopt", "distid:1234567812345678")
		}
		require.Contains(t, run(t, nil, "openssl", args...), "verify OK")
	}
}
