// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// Who meets these errors has called another library: they name its settings.
func TestErrorsNameTheSetting(t *testing.T) {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"testing"}}
	pss, pkcs1 := newSigner(t, pssPair), newSigner(t, pkcs1Pair)
	_, err := x509.CreateCertificate(nil, template, template, pss.Public(), pss)
	require.ErrorContains(t, err, "SignatureAlgorithm: SHA256WithRSAPSS")
	template.SignatureAlgorithm = x509.SHA384WithRSA
	_, err = x509.CreateCertificate(nil, template, template, pkcs1.Public(), pkcs1)
	require.ErrorContains(t, err, "the options ask for SHA-384, this signer's hash is SHA-256: set it where the options come from (SignatureAlgorithm in crypto/x509")
	template.SignatureAlgorithm = x509.SHA256WithRSAPSS
	_, err = x509.CreateCertificate(nil, template, template, pkcs1.Public(), pkcs1)
	require.ErrorContains(t, err, "take one of RSA_PSS_SHA_256, or BothPaddings")

	template.SignatureAlgorithm = x509.SHA256WithRSA
	raw, err := x509.CreateCertificate(nil, template, template, pkcs1.Public(), pkcs1)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	_, serverErr, _ := tlsHandshake(t,
		&tls.Config{Certificates: []tls.Certificate{tlsIdentity(leaf, pkcs1)}, MinVersion: tls.VersionTLS13},
		&tls.Config{RootCAs: tlsPool(leaf), ServerName: "testing"})
	require.ErrorContains(t, serverErr, "BothPaddings for crypto/tls, where TLS 1.3 has no other padding")

	for _, opts := range []crypto.SignerOpts{crypto.SHA512, &rsa.PSSOptions{Hash: crypto.SHA512}} {
		s := pkcs1
		if _, ok := opts.(*rsa.PSSOptions); ok {
			s = pss
		}
		_, err = s.Sign(nil, make([]byte, 64), opts)
		requireCode(t, err, errors.InvalidParameter, "Opts")
		for _, setting := range []string{"SignatureAlgorithm", "SupportedSignatureAlgorithms",
			"ssh.NewSignerWithAlgorithms"} {
			require.ErrorContains(t, err, setting)
		}
	}
}

func TestErrorsNameTheConstructor(t *testing.T) {
	_, err := signer.New(owner{public: newSigner(t, p256Pair).Public()}, keyspec.ECDSASHA256)
	requireCode(t, err, errors.InvalidParameter, "Key")
	require.ErrorContains(t, err, "signer.FromCrypto takes a crypto.Signer of a key held elsewhere")
	for _, k := range keyspec.All() {
		_, err = signer.NewVerifier(testKey(t, k), k.Algorithms()[0])
		requireCode(t, err, errors.InvalidParameter, "Key")
		require.ErrorContains(t, err, "it is a private key: take its public one")
	}
	_, err = signer.New(testKey(t, keyspec.ECP256), "ES256")
	require.ErrorContains(t, err, `no algorithm is named "ES256"; there are RSA_PSS_SHA_256, RSA_PKCS1_SHA_256, ECDSA_SHA_256 and SM2DSA`)
}
