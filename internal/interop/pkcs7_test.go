// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"testing"

	sm "github.com/emmansun/gmsm/pkcs7"
	"github.com/emmansun/gmsm/smx509"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/smallstep/pkcs7"
	"github.com/stretchr/testify/require"
)

// TestCMS has OpenSSL verify.
func TestCMS(t *testing.T) {
	t.Parallel()
	for _, s := range []signer.Signer{p256, pkcs1} {
		leaf, root := chain(t, s)
		der := must(cms(s, leaf, message))(t)
		args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any",
			"-CAfile", pemFile(t, "CERTIFICATE", root.Raw)}
		out := run(t, der, "openssl", args...)
		require.Contains(t, out, string(message))
		der[len(der)-1] ^= 1
		_, err := tool(t, der, "openssl", args...)
		require.Error(t, err)
	}
	leaf, _ := chain(t, pss)
	_, err := cms(pss, leaf, message)
	require.Error(t, err)
}

// smallstep's default hash is named by our error.
func TestCMSWithSHA1(t *testing.T) {
	t.Parallel()
	leaf, _ := chain(t, p256)
	signed := must(pkcs7.NewSignedData(message))(t)
	signed.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA1)
	err := signed.AddSigner(leaf, p256, pkcs7.SignerInfoConfig{})
	require.ErrorIs(t, err, errors.InvalidParameter)
	require.ErrorContains(t, err, "SHA-1")
}

// TestCMSOfSM2 verifies with gmsm.
func TestCMSOfSM2(t *testing.T) {
	t.Parallel()
	self := &smx509.Certificate{SerialNumber: template("", true).SerialNumber, Subject: template("sm.test", true).Subject,
		NotBefore: template("", true).NotBefore, NotAfter: template("", true).NotAfter,
		KeyUsage: smx509.KeyUsageDigitalSignature}
	cert := must(smx509.ParseCertificate(must(issueSM(sm2, self, self, sm2.Public()))(t)))(t)
	der := must(cmsSM(sm2, cert, message))(t)
	parsed := must(sm.Parse(der))(t)
	require.Equal(t, message, parsed.Content)
	require.NoError(t, parsed.Verify())
	parsed.Content = append(parsed.Content, 'A')
	require.Error(t, parsed.Verify())
}

// TestCMSOfGMSM signs with gmsm's other keys, for OpenSSL.
func TestCMSOfGMSM(t *testing.T) {
	t.Parallel()
	for _, s := range []signer.Signer{p256, pkcs1} {
		leaf, root := chain(t, s)
		signed := must(sm.NewSignedData(message))(t)
		signed.SetDigestAlgorithm(sm.OIDDigestAlgorithmSHA256)
		require.NoError(t, signed.AddSigner(must(smx509.ParseCertificate(leaf.Raw))(t), s, sm.SignerInfoConfig{}))
		out := run(t, must(signed.Finish())(t), "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any",
			"-CAfile", pemFile(t, "CERTIFICATE", root.Raw))
		require.Contains(t, out, string(message))
	}
	leaf, _ := chain(t, pss)
	signed := must(sm.NewSignedData(message))(t)
	signed.SetDigestAlgorithm(sm.OIDDigestAlgorithmSHA256)
	require.Error(t, signed.AddSigner(must(smx509.ParseCertificate(leaf.Raw))(t), pss, sm.SignerInfoConfig{}))
}
