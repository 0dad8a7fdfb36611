// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// serve answers TLS connections on the loopback interface until the test ends.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	listener := must(tls.Listen("tcp", "127.0.0.1:0", config))(t)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(time.Minute))
				fmt.Fprintln(conn, "hello over TLS")
			}()
		}
	}()
	return listener.Addr().String()
}

// TestTLS has OpenSSL shake hands with the schemes that a client may prefer.
func TestTLS(t *testing.T) {
	t.Parallel()
	const (
		prefersSHA512   = "rsa_pss_rsae_sha512:rsa_pss_rsae_sha256"
		prefersPKCS1    = "RSA+SHA256:rsa_pss_rsae_sha256"
		onlyPKCS1       = "RSA+SHA256"
		pkcs1WithSHA512 = "RSA+SHA512:RSA+SHA256"
		ecdsa           = "ECDSA+SHA256"
	)
	both := func(chain [][]byte) tls.Certificate { return must(tlsCertificateOfBoth(chain, pss, pkcs1))(t) }
	plain := func(key crypto.Signer) func([][]byte) tls.Certificate {
		return func(chain [][]byte) tls.Certificate { return tls.Certificate{Certificate: chain, PrivateKey: key} }
	}
	ours := func(s signer.Signer) func([][]byte) tls.Certificate {
		return func(chain [][]byte) tls.Certificate { return tlsCertificate(chain, s) }
	}
	for _, tt := range []struct {
		name, version, schemes string
		key                    signer.Signer
		certificate            func(chain [][]byte) tls.Certificate
		ok                     bool
	}{
		{"P-256", "-tls1_3", ecdsa, p256, ours(p256), true},
		{"P-256", "-tls1_2", ecdsa, p256, ours(p256), true},
		{"PSS", "-tls1_3", prefersSHA512, pss, ours(pss), true},
		{"PSS", "-tls1_2", prefersSHA512, pss, ours(pss), true},
		{"PSS", "-tls1_2", prefersPKCS1, pss, ours(pss), true},
		{"PSS", "-tls1_2", onlyPKCS1, pss, ours(pss), false},
		{"PSS without the setting", "-tls1_3", prefersSHA512, pss, plain(pss), false},
		{"both", "-tls1_3", prefersSHA512, pss, both, true},
		{"both", "-tls1_2", prefersSHA512, pss, both, true},
		{"both", "-tls1_2", onlyPKCS1, pss, both, true},
		{"PKCS #1", "-tls1_2", pkcs1WithSHA512, pkcs1, ours(pkcs1), true},
		{"PKCS #1 without the setting", "-tls1_2", pkcs1WithSHA512, pkcs1, plain(pkcs1), false},
		{"PKCS #1", "-tls1_3", prefersSHA512, pkcs1, ours(pkcs1), false},
		{"PKCS #1 where TLS 1.3 is possible", "", onlyPKCS1 + ":" + prefersSHA512, pkcs1, ours(pkcs1), false},
	} {
		t.Run(tt.name+" "+tt.version+" "+tt.schemes, func(t *testing.T) {
			t.Parallel()
			leaf, root := chain(t, tt.key)
			address := serve(t, &tls.Config{Certificates: []tls.Certificate{tt.certificate([][]byte{leaf.Raw})}})
			args := []string{"s_client", "-connect", address, "-CAfile", pemFile(t, "CERTIFICATE", root.Raw),
				"-verify_return_error", "-sigalgs", tt.schemes, "-ign_eof"}
			if tt.version != "" {
				args = append(args, tt.version)
			}
			out, err := tool(t, nil, "openssl", args...)
			if tt.ok {
				require.NoError(t, err, out)
				require.Contains(t, out, "hello over TLS")
			} else {
				require.Error(t, err, out)
			}
		})
	}
}

// A key with PKCS #1 alone needs a server that stops at TLS 1.2, which is agreed on before
// the certificate is chosen.
func TestTLSWithPKCS1(t *testing.T) {
	t.Parallel()
	leaf, root := chain(t, pkcs1)
	config := &tls.Config{
		Certificates: []tls.Certificate{tlsCertificate([][]byte{leaf.Raw}, pkcs1)},
		MaxVersion:   tls.VersionTLS12,
	}
	out := run(t, nil, "openssl", "s_client", "-connect", serve(t, config), "-CAfile", pemFile(t, "CERTIFICATE", root.Raw),
		"-verify_return_error", "-ign_eof")
	require.Contains(t, out, "hello over TLS")
	require.Contains(t, out, "TLSv1.2")
}

// TestGRPC calls a server over mutual TLS, with a key of ours on both sides, and has
// OpenSSL check the server's.
func TestGRPC(t *testing.T) {
	t.Parallel()
	for _, s := range []signer.Signer{p256, pss} {
		t.Run(unit(s), func(t *testing.T) {
			t.Parallel()
			leaf, root := chain(t, s)
			cert := tlsCertificate([][]byte{leaf.Raw}, s)
			server := grpcServer(cert, pool(root))
			grpc_health_v1.RegisterHealthServer(server, health.NewServer())
			listener := must(net.Listen("tcp", "127.0.0.1:0"))(t)
			go server.Serve(listener)
			t.Cleanup(server.Stop)

			check := func(cert tls.Certificate, servers *x509.CertPool) error {
				client := must(grpcClient(listener.Addr().String(), cert, servers))(t)
				defer client.Close()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				_, err := grpc_health_v1.NewHealthClient(client).Check(ctx, &grpc_health_v1.HealthCheckRequest{},
					grpc.WaitForReady(false))
				return err
			}
			require.NoError(t, check(cert, pool(root)))
			private := must(keyspec.MarshalPrivateKey(signertest.Key(s.KeySpec())))(t) // the leaf's
			out := run(t, nil, "openssl", "s_client", "-connect", listener.Addr().String(), "-alpn", "h2",
				"-CAfile", pemFile(t, "CERTIFICATE", root.Raw), "-verify_return_error",
				"-cert", pemFile(t, "CERTIFICATE", leaf.Raw), "-key", file(t, private))
			require.Contains(t, out, "ALPN protocol: h2")
			require.Contains(t, out, "Verification: OK")

			key := must(signer.New(must(keyspec.GenerateKey(s.KeySpec()))(t), s.Algorithm()))(t)
			require.Error(t, check(tlsCertificate([][]byte{leaf.Raw}, key), pool(root)), "a key that is not the certificate's")
		})
	}
}
