// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

func bothPaddings(t testing.TB, k keyspec.KeySpec) crypto.Signer {
	t.Helper()
	s, err := signer.BothPaddings(
		newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: keyspec.RSAPSSSHA256}),
		newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: keyspec.RSAPKCS1SHA256}))
	require.NoError(t, err)
	return s
}

// crypto/rsa verifies what each kind of options asked for, and not the other.
func TestBothPaddings(t *testing.T) {
	for _, k := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072} {
		s := bothPaddings(t, k)
		pub := s.Public().(*rsa.PublicKey)
		msg := []byte("message")
		digest := sha256.Sum256(msg)
		for _, opts := range []crypto.SignerOpts{
			crypto.SHA256,
			&rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256},
			&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA256},
		} {
			one, err := s.Sign(nil, digest[:], opts)
			require.NoError(t, err)
			two, err := s.(crypto.MessageSigner).SignMessage(nil, msg, opts)
			require.NoError(t, err)
			for _, sig := range [][]byte{one, two} {
				pss := rsa.VerifyPSS(pub, crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: 32})
				pkcs1 := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig)
				if _, ok := opts.(*rsa.PSSOptions); ok {
					require.NoError(t, pss)
					require.Error(t, pkcs1)
				} else {
					require.NoError(t, pkcs1)
					require.Error(t, pss)
				}
			}
		}
		require.Contains(t, fmt.Sprintf("%#v", s), "RSA_PSS_SHA_256")
		require.NotContains(t, fmt.Sprintf("%+v", s), "0x")
	}
}

func TestBothPaddingsRefuses(t *testing.T) {
	pss, pkcs1 := newSigner(t, pssPair), newSigner(t, pkcs1Pair)
	other := newSigner(t, keyspec.Pair{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPKCS1SHA256})
	for _, pair := range [][2]signer.Signer{
		{nil, nil}, {pss, nil}, {nil, pkcs1}, {pkcs1, pss}, {pss, pss}, {pss, other},
		{newSigner(t, p256Pair), newSigner(t, p256Pair)},
		{(*ourOwn)(nil), pkcs1},
	} {
		_, err := signer.BothPaddings(pair[0], pair[1])
		requireCode(t, err, errors.InvalidParameter, "Signer")
	}
	s := bothPaddings(t, keyspec.RSA2048)
	plain, err := signer.BothPaddings(plainSigner{pss}, plainSigner{pkcs1})
	require.NoError(t, err)
	for _, opts := range []crypto.SignerOpts{
		nil, crypto.SHA512, crypto.Hash(0), (*rsa.PSSOptions)(nil),
		&rsa.PSSOptions{SaltLength: 32, Hash: crypto.SHA384}, &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA256},
		crypto.BLAKE2b_256, &rsa.PSSOptions{SaltLength: 32, Hash: crypto.BLAKE2b_256}, (*crypto.Hash)(nil), // not linked, and nil
	} {
		for _, s := range []crypto.Signer{s, plain} {
			_, err := s.Sign(nil, make([]byte, 32), opts)
			requireCode(t, err, errors.InvalidParameter, "Opts", "%T", opts)
			_, err = s.(crypto.MessageSigner).SignMessage(nil, nil, opts)
			requireCode(t, err, errors.InvalidParameter, "Opts", "%T", opts)
		}
	}
	_, err = s.Sign(nil, make([]byte, 31), crypto.SHA256)
	requireCode(t, err, errors.InvalidParameter, "Digest")
}

// plainSigner is a Signer that is no crypto.MessageSigner.
type plainSigner struct{ signer.Signer }

// One key makes certificates of both kinds, and serves TLS 1.3 (PSS) and TLS 1.2 to a
// client that has PKCS #1 only.
func TestBothPaddingsInX509AndTLS(t *testing.T) {
	s := bothPaddings(t, keyspec.RSA2048)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"testing"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	var leaf *x509.Certificate
	for _, alg := range []x509.SignatureAlgorithm{0, x509.SHA256WithRSA, x509.SHA256WithRSAPSS} {
		template.SignatureAlgorithm = alg
		der, err := x509.CreateCertificate(nil, template, template, s.Public(), s)
		require.NoError(t, err)
		leaf, err = x509.ParseCertificate(der)
		require.NoError(t, err)
		require.NoError(t, leaf.CheckSignatureFrom(leaf))
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	server := &tls.Config{Certificates: []tls.Certificate{{
		Certificate: [][]byte{leaf.Raw}, PrivateKey: s,
		SupportedSignatureAlgorithms: []tls.SignatureScheme{tls.PSSWithSHA256, tls.PKCS1WithSHA256},
	}}}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		near, far := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- tls.Server(far, server).HandshakeContext(context.Background()) }()
		client := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "testing", MinVersion: version,
			MaxVersion: version})
		require.NoError(t, client.Handshake())
		require.NoError(t, <-done)
		near.Close()
	}
}
