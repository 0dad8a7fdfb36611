// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

func smx509Template(name string, isCA bool) *smx509.Certificate {
	template := x509Template(name, x509.UnknownSignatureAlgorithm, isCA)
	return &smx509.Certificate{
		SerialNumber:          template.SerialNumber,
		Subject:               template.Subject,
		NotBefore:             template.NotBefore,
		NotAfter:              template.NotAfter,
		BasicConstraintsValid: true,
		IsCA:                  isCA,
		DNSNames:              template.DNSNames,
		KeyUsage:              smx509.KeyUsage(template.KeyUsage),
	}
}

// TestSMX509Certificate issues a root, an intermediate with another key and a
// leaf, and lets smx509 verify the chain, and our Verifier each signature in it.
func TestSMX509Certificate(t *testing.T) {
	t.Parallel()
	forOrigins(t, sm2Pair, func(t *testing.T, s signer.Signer) {
		issue := func(template, parent *smx509.Certificate, pub any, by any) *smx509.Certificate {
			der, err := smx509.CreateCertificate(rand.Reader, template, parent, pub, by)
			require.NoError(t, err)
			cert, err := smx509.ParseCertificate(der)
			require.NoError(t, err)
			return cert
		}
		middleKey, err := keyspec.GenerateKey(keyspec.ECSM2)
		require.NoError(t, err)
		middleSigner, err := signer.New(middleKey, keyspec.SM2DSA)
		require.NoError(t, err)
		leafKey, err := sm2.GenerateKey(rand.Reader)
		require.NoError(t, err)

		template := smx509Template("root.test", true)
		root := issue(template, template, s.Public(), s)
		middle := issue(smx509Template("middle.test", true), root, middleSigner.Public(), s)
		leaf := issue(smx509Template("leaf.test", false), middle, leafKey.Public(), middleSigner)
		require.Equal(t, smx509.SM2WithSM3, leaf.SignatureAlgorithm)
		require.NoError(t, root.CheckSignatureFrom(root))
		require.NoError(t, middle.CheckSignatureFrom(root))
		require.NoError(t, leaf.CheckSignatureFrom(middle))
		require.Error(t, leaf.CheckSignatureFrom(root))

		roots, middles := smx509.NewCertPool(), smx509.NewCertPool()
		roots.AddCert(root)
		middles.AddCert(middle)
		chains, err := leaf.Verify(smx509.VerifyOptions{DNSName: "leaf.test", Roots: roots, Intermediates: middles})
		require.NoError(t, err)
		require.Len(t, chains, 1)
		require.Len(t, chains[0], 3)

		for child, parent := range map[*smx509.Certificate]signer.Signer{root: s, middle: s, leaf: middleSigner} {
			v := newVerifier(t, parent)
			require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(child.RawTBSCertificate), child.Signature))
		}

		der, err := smx509.CreateRevocationList(rand.Reader, &smx509.RevocationList{
			Number:     root.SerialNumber,
			ThisUpdate: time.Now(),
			NextUpdate: time.Now().Add(time.Hour),
		}, root, s)
		require.NoError(t, err)
		list, err := smx509.ParseRevocationList(der)
		require.NoError(t, err)
		require.NoError(t, list.CheckSignatureFrom(root))
	})
}

func TestSMX509CertificateRequest(t *testing.T) {
	t.Parallel()
	forOrigins(t, sm2Pair, func(t *testing.T, s signer.Signer) {
		der, err := smx509.CreateCertificateRequest(rand.Reader, &smx509.CertificateRequest{
			Subject: pkix.Name{CommonName: "request.test"},
		}, s)
		require.NoError(t, err)
		request, err := smx509.ParseCertificateRequest(der)
		require.NoError(t, err)
		require.Equal(t, smx509.SM2WithSM3, request.SignatureAlgorithm)
		require.Equal(t, s.Public(), request.PublicKey)
		require.NoError(t, request.CheckSignature())
		require.NoError(t, signer.VerifyMessage(newVerifier(t, s), bytes.NewReader(request.RawTBSCertificateRequest),
			request.Signature))
	})
}

// TestSMX509PlainSigner hides our crypto.MessageSigner: smx509 then gives Sign
// the message itself, in the place of the digest.
func TestSMX509PlainSigner(t *testing.T) {
	t.Parallel()
	forOrigins(t, sm2Pair, func(t *testing.T, s signer.Signer) {
		plain := struct{ crypto.Signer }{s}
		template := smx509Template("plain.test", true)
		der, err := smx509.CreateCertificate(rand.Reader, template, template, s.Public(), plain)
		require.NoError(t, err)
		cert, err := smx509.ParseCertificate(der)
		require.NoError(t, err)
		require.NoError(t, cert.CheckSignatureFrom(cert))
	})
}

// TestSMX509OfAnother lets our Verifier check a certificate that gmsm's own key
// signed.
func TestSMX509OfAnother(t *testing.T) {
	t.Parallel()
	key, err := sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	template := smx509Template("gmsm.test", true)
	der, err := smx509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := smx509.ParseCertificate(der)
	require.NoError(t, err)
	v, err := signer.NewVerifier(cert.PublicKey, keyspec.SM2DSA)
	require.NoError(t, err)
	require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(cert.RawTBSCertificate), cert.Signature))
}

// TestSMX509_refusals: smx509 signs and verifies with the default user id, so a
// signer with another one must not sign for it, and an RSA or SHA-256 signature
// is not to be had of SM2.
func TestSMX509_refusals(t *testing.T) {
	t.Parallel()
	custom, err := sm2z.NewID([]byte("alice@example.com"))
	require.NoError(t, err)
	template := smx509Template("kmsigner.test", true)
	for name, id := range map[string]sm2z.ID{"custom id": custom, "empty id": sm2z.EmptyID()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			elsewhere, err := signer.FromCrypto(newSigner(t, sm2Pair), keyspec.SM2DSA, signer.WithID(id))
			require.NoError(t, err)
			for _, s := range []signer.Signer{newSigner(t, sm2Pair, signer.WithID(id)), elsewhere} {
				_, err := smx509.CreateCertificate(rand.Reader, template, template, s.Public(), s)
				requireCode(t, err, errors.InvalidParameter, "Opts")
				_, err = smx509.CreateCertificateRequest(rand.Reader, &smx509.CertificateRequest{}, s)
				requireCode(t, err, errors.InvalidParameter, "Opts")
			}
		})
	}
	t.Run("the default id by name", func(t *testing.T) {
		t.Parallel()
		s := newSigner(t, sm2Pair, signer.WithID(sm2z.DefaultID()))
		_, err := smx509.CreateCertificate(rand.Reader, template, template, s.Public(), s)
		require.NoError(t, err)
	})
}
