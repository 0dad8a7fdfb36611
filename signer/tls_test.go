// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// tlsCases is the protocol that asks for what each pair is: TLS 1.3 knows only
// PSS for RSA keys, TLS 1.2 both.
var tlsCases = []struct {
	pair      keyspec.Pair
	version   uint16
	algorithm x509.SignatureAlgorithm // of the certificate
	scheme    tls.SignatureScheme     // what the certificate's owner offers to sign with
}{
	{pssPair, tls.VersionTLS13, x509.SHA256WithRSAPSS, tls.PSSWithSHA256},
	{keyspec.Pair{KeySpec: keyspec.RSA3072, Algorithm: keyspec.RSAPSSSHA256}, tls.VersionTLS13, x509.SHA256WithRSAPSS,
		tls.PSSWithSHA256},
	{p256Pair, tls.VersionTLS13, x509.ECDSAWithSHA256, tls.ECDSAWithP256AndSHA256},
	{pssPair, tls.VersionTLS12, x509.SHA256WithRSAPSS, tls.PSSWithSHA256},
	{pkcs1Pair, tls.VersionTLS12, x509.SHA256WithRSA, tls.PKCS1WithSHA256},
	{p256Pair, tls.VersionTLS12, x509.ECDSAWithSHA256, tls.ECDSAWithP256AndSHA256},
}

// tlsIdentity is a certificate whose private key is a Signer.
func tlsIdentity(cert *x509.Certificate, s crypto.Signer, schemes ...tls.SignatureScheme) tls.Certificate {
	return tls.Certificate{
		Certificate:                  [][]byte{cert.Raw},
		PrivateKey:                   s,
		Leaf:                         cert,
		SupportedSignatureAlgorithms: schemes,
	}
}

func tlsPool(cert *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// tlsHandshake shakes hands over a pipe, passes a line both ways, and returns
// what either side says.
func tlsHandshake(
	t *testing.T, server, client *tls.Config,
) (serverState tls.ConnectionState, serverErr, clientErr error) {
	t.Helper()
	a, b := net.Pipe()
	deadline := time.Now().Add(time.Minute)
	require.NoError(t, a.SetDeadline(deadline))
	require.NoError(t, b.SetDeadline(deadline))
	exchange := func(conn *tls.Conn, first bool) error {
		if err := conn.Handshake(); err != nil {
			return err
		}
		line := []byte("hello over TLS")
		for _, writes := range []bool{first, !first} {
			var err error
			if writes {
				_, err = conn.Write(line)
			} else {
				_, err = io.ReadFull(conn, line)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	serverConn, clientConn := tls.Server(a, server), tls.Client(b, client)
	var both sync.WaitGroup
	both.Go(func() {
		serverErr = exchange(serverConn, false)
		serverState = serverConn.ConnectionState()
		a.Close()
	})
	both.Go(func() {
		clientErr = exchange(clientConn, true)
		b.Close()
	})
	both.Wait()
	return serverState, serverErr, clientErr
}

func TestTLSServer(t *testing.T) {
	t.Parallel()
	for _, tt := range tlsCases {
		t.Run(tls.VersionName(tt.version), func(t *testing.T) {
			forOrigins(t, tt.pair, func(t *testing.T, s signer.Signer) {
				cert := x509SelfSigned(t, s, tt.algorithm)
				client := &tls.Config{RootCAs: tlsPool(cert), ServerName: "kmsigner.test", MaxVersion: tt.version}
				server := &tls.Config{Certificates: []tls.Certificate{tlsIdentity(cert, s, tt.scheme)}}
				state, serverErr, clientErr := tlsHandshake(t, server, client)
				require.NoError(t, serverErr)
				require.NoError(t, clientErr)
				require.Equal(t, tt.version, state.Version)
			})
		})
	}
}

// TestTLSServerByDefault leaves the choice of the scheme to crypto/tls: between
// two Go programs it falls on what our PSS and P-256 signers are.
func TestTLSServerByDefault(t *testing.T) {
	t.Parallel()
	for _, p := range []keyspec.Pair{pssPair, p256Pair} {
		forOrigins(t, p, func(t *testing.T, s signer.Signer) {
			algorithm := x509.ECDSAWithSHA256
			if p == pssPair {
				algorithm = x509.SHA256WithRSAPSS
			}
			cert := x509SelfSigned(t, s, algorithm)
			state, serverErr, clientErr := tlsHandshake(t,
				&tls.Config{Certificates: []tls.Certificate{tlsIdentity(cert, s)}},
				&tls.Config{RootCAs: tlsPool(cert), ServerName: "kmsigner.test"})
			require.NoError(t, serverErr)
			require.NoError(t, clientErr)
			require.EqualValues(t, tls.VersionTLS13, state.Version)
		})
	}
}

func TestTLSClient(t *testing.T) {
	t.Parallel()
	serverSigner := newSigner(t, p256Pair)
	serverCert := x509SelfSigned(t, serverSigner, x509.ECDSAWithSHA256)
	for _, tt := range tlsCases {
		t.Run(tls.VersionName(tt.version), func(t *testing.T) {
			forOrigins(t, tt.pair, func(t *testing.T, s signer.Signer) {
				cert := x509SelfSigned(t, s, tt.algorithm)
				server := &tls.Config{
					Certificates: []tls.Certificate{tlsIdentity(serverCert, serverSigner)},
					ClientAuth:   tls.RequireAndVerifyClientCert,
					ClientCAs:    tlsPool(cert),
					MaxVersion:   tt.version,
				}
				client := &tls.Config{
					RootCAs:      tlsPool(serverCert),
					ServerName:   "kmsigner.test",
					Certificates: []tls.Certificate{tlsIdentity(cert, s, tt.scheme)},
				}
				state, serverErr, clientErr := tlsHandshake(t, server, client)
				require.NoError(t, serverErr)
				require.NoError(t, clientErr)
				require.Equal(t, tt.version, state.Version)
				require.Equal(t, cert.Raw, state.PeerCertificates[0].Raw)
			})
		})
	}
}

// tlsWitness is a Signer that keeps the last error: crypto/tls makes it a text.
type tlsWitness struct {
	signer.Signer
	err error
}

func (w *tlsWitness) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	var sig []byte
	sig, w.err = w.Signer.Sign(rand, digest, opts)
	return sig, w.err
}

// TestTLS_refusals lets a protocol ask for what the pair is not: the handshake
// ends in the signer's own refusal.
func TestTLS_refusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pair      keyspec.Pair
		version   uint16
		algorithm x509.SignatureAlgorithm
		schemes   []tls.SignatureScheme
	}{
		"TLS 1.3 asks PKCS #1 for PSS": {pkcs1Pair, tls.VersionTLS13, x509.SHA256WithRSA, nil},
		"TLS 1.3 asks PSS for SHA-512": {pssPair, tls.VersionTLS13, x509.SHA256WithRSAPSS,
			[]tls.SignatureScheme{tls.PSSWithSHA512}},
		"TLS 1.2 asks PKCS #1 for PSS": {pkcs1Pair, tls.VersionTLS12, x509.SHA256WithRSA,
			[]tls.SignatureScheme{tls.PSSWithSHA256}},
		"TLS 1.2 asks PSS for PKCS #1": {pssPair, tls.VersionTLS12, x509.SHA256WithRSAPSS,
			[]tls.SignatureScheme{tls.PKCS1WithSHA256}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSigner(t, tt.pair)
			cert := x509SelfSigned(t, s, tt.algorithm)
			client := &tls.Config{RootCAs: tlsPool(cert), ServerName: "kmsigner.test", MaxVersion: tt.version}

			witness := &tlsWitness{Signer: s}
			server := &tls.Config{Certificates: []tls.Certificate{tlsIdentity(cert, witness, tt.schemes...)}}
			_, serverErr, clientErr := tlsHandshake(t, server, client)
			requireCode(t, witness.err, errors.InvalidParameter, "Opts")
			require.ErrorContains(t, serverErr, witness.err.Error())
			require.Error(t, clientErr)

			server.Certificates[0] = tlsIdentity(cert, s, tt.schemes...)
			_, serverErr, clientErr = tlsHandshake(t, server, client)
			require.ErrorContains(t, serverErr, witness.err.Error(), "through crypto.MessageSigner")
			require.Error(t, clientErr)
		})
	}
}
