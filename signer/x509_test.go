// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// x509Cases is what crypto/x509 can ask of each pair that it knows. For an RSA
// key it asks for PKCS #1 unless the template says otherwise.
var x509Cases = []struct {
	pair      keyspec.Pair
	algorithm x509.SignatureAlgorithm // of the template
	want      x509.SignatureAlgorithm
}{
	{pssPair, x509.SHA256WithRSAPSS, x509.SHA256WithRSAPSS},
	{keyspec.Pair{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPSSSHA256}, x509.SHA256WithRSAPSS,
		x509.SHA256WithRSAPSS},
	{pkcs1Pair, x509.UnknownSignatureAlgorithm, x509.SHA256WithRSA},
	{keyspec.Pair{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256}, x509.SHA256WithRSA, x509.SHA256WithRSA},
	{p256Pair, x509.UnknownSignatureAlgorithm, x509.ECDSAWithSHA256},
}

func x509Template(name string, algorithm x509.SignatureAlgorithm, isCA bool) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		SignatureAlgorithm:    algorithm,
		BasicConstraintsValid: true,
		IsCA:                  isCA,
		DNSNames:              []string{name},
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if isCA {
		template.KeyUsage |= x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	return template
}

// x509SelfSigned is the certificate of a signer's key, signed by itself.
func x509SelfSigned(t *testing.T, s signer.Signer, algorithm x509.SignatureAlgorithm) *x509.Certificate {
	t.Helper()
	template := x509Template("kmsigner.test", algorithm, true)
	der, err := x509.CreateCertificate(rand.Reader, template, template, s.Public(), s)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

// TestX509Certificate issues a root, a leaf and a revocation list, and lets
// crypto/x509 verify the chain.
func TestX509Certificate(t *testing.T) {
	t.Parallel()
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, tt := range x509Cases {
		forOrigins(t, tt.pair, func(t *testing.T, s signer.Signer) {
			root := x509SelfSigned(t, s, tt.algorithm)
			require.Equal(t, tt.want, root.SignatureAlgorithm)
			require.NoError(t, root.CheckSignatureFrom(root))

			der, err := x509.CreateCertificate(rand.Reader, x509Template("leaf.test", tt.algorithm, false), root,
				leafKey.Public(), s)
			require.NoError(t, err)
			leaf, err := x509.ParseCertificate(der)
			require.NoError(t, err)
			roots := x509.NewCertPool()
			roots.AddCert(root)
			chains, err := leaf.Verify(x509.VerifyOptions{DNSName: "leaf.test", Roots: roots})
			require.NoError(t, err)
			require.Equal(t, [][]*x509.Certificate{{leaf, root}}, chains)

			der, err = x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
				SignatureAlgorithm: tt.algorithm,
				Number:             big.NewInt(1),
				ThisUpdate:         time.Now(),
				NextUpdate:         time.Now().Add(time.Hour),
			}, root, s)
			require.NoError(t, err)
			list, err := x509.ParseRevocationList(der)
			require.NoError(t, err)
			require.NoError(t, list.CheckSignatureFrom(root))
		})
	}
}

func TestX509CertificateRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range x509Cases {
		forOrigins(t, tt.pair, func(t *testing.T, s signer.Signer) {
			der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
				Subject:            pkix.Name{CommonName: "request.test"},
				SignatureAlgorithm: tt.algorithm,
			}, s)
			require.NoError(t, err)
			request, err := x509.ParseCertificateRequest(der)
			require.NoError(t, err)
			require.Equal(t, tt.want, request.SignatureAlgorithm)
			require.Equal(t, s.Public(), request.PublicKey)
			require.NoError(t, request.CheckSignature())
			der[len(der)-1] ^= 1
			request, err = x509.ParseCertificateRequest(der)
			require.NoError(t, err)
			require.Error(t, request.CheckSignature())
		})
	}
}

// TestX509PlainSigner hides our crypto.MessageSigner: crypto/x509 then hashes by
// itself and gives Sign the digest.
func TestX509PlainSigner(t *testing.T) {
	t.Parallel()
	for _, tt := range x509Cases {
		forOrigins(t, tt.pair, func(t *testing.T, s signer.Signer) {
			plain := struct{ crypto.Signer }{s}
			template := x509Template("plain.test", tt.algorithm, true)
			der, err := x509.CreateCertificate(rand.Reader, template, template, s.Public(), plain)
			require.NoError(t, err)
			cert, err := x509.ParseCertificate(der)
			require.NoError(t, err)
			require.Equal(t, tt.want, cert.SignatureAlgorithm)
			require.NoError(t, cert.CheckSignatureFrom(cert))
		})
	}
}

// TestX509_refusals asks each pair for what it is not.
func TestX509_refusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pair      keyspec.Pair
		algorithm x509.SignatureAlgorithm
	}{
		"PKCS #1 by default of PSS": {pssPair, x509.UnknownSignatureAlgorithm},
		"PKCS #1 of PSS":            {pssPair, x509.SHA256WithRSA},
		"SHA-384 of PSS":            {pssPair, x509.SHA384WithRSAPSS},
		"SHA-512 of PSS":            {pssPair, x509.SHA512WithRSAPSS},
		"PSS of PKCS #1":            {pkcs1Pair, x509.SHA256WithRSAPSS},
		"SHA-384 of PKCS #1":        {pkcs1Pair, x509.SHA384WithRSA},
		"SHA-512 of PKCS #1":        {pkcs1Pair, x509.SHA512WithRSA},
		"SHA-384 of P-256":          {p256Pair, x509.ECDSAWithSHA384},
		"SHA-512 of P-256":          {p256Pair, x509.ECDSAWithSHA512},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s crypto.Signer = newSigner(t, tt.pair)
			template := x509Template("kmsigner.test", tt.algorithm, true)
			_, err := x509.CreateCertificate(rand.Reader, template, template, s.Public(), s)
			requireCode(t, err, errors.InvalidParameter, "Opts")
			_, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{SignatureAlgorithm: tt.algorithm}, s)
			requireCode(t, err, errors.InvalidParameter, "Opts")
		})
	}
}
