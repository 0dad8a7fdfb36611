// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

var (
	message = []byte("what is signed")

	pss   = newSigner(keyspec.RSA2048, keyspec.RSAPSSSHA256)
	pkcs1 = newSigner(keyspec.RSA2048, keyspec.RSAPKCS1SHA256)
	p256  = newSigner(keyspec.ECP256, keyspec.ECDSASHA256)
	p256k = newSigner(keyspec.ECP256K, keyspec.ECDSASHA256)
	sm2   = newSigner(keyspec.ECSM2, keyspec.SM2DSA)
)

// newSigner signs as programs do, hedged, with a published key.
func newSigner(k keyspec.KeySpec, a keyspec.Algorithm) signer.Signer {
	s, err := signer.New(signertest.Key(k), a)
	if err != nil {
		panic(err)
	}
	return s
}

// must fails the test for an error: must(f())(t).
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		require.NoError(t, err)
		return v
	}
}

// tool runs a program and returns what it prints on both streams.
func tool(t *testing.T, stdin []byte, name string, args ...string) (string, error) {
	t.Helper()
	testrun.Program(t, name)
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func run(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	out, err := tool(t, stdin, name, args...)
	require.NoError(t, err, "%s %v: %s", name, args, out)
	return out
}

// file writes data to a new file.
func file(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, data, 0o600))
	return name
}

func pemFile(t *testing.T, label string, der []byte) string {
	t.Helper()
	return file(t, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func template(name string, isCA bool) *x509.Certificate {
	usage := x509.KeyUsageDigitalSignature
	if isCA {
		usage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	}
	return &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: name},
		DNSNames:              []string{name},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		KeyUsage:              usage,
		BasicConstraintsValid: true,
		IsCA:                  isCA,
	}
}

// chain is a root certificate of a P-256 key and a leaf of s.
func chain(t *testing.T, s signer.Signer) (leaf, root *x509.Certificate) {
	t.Helper()
	ca := must(signer.New(must(keyspec.GenerateKey(keyspec.ECP256))(t), keyspec.ECDSASHA256))(t)
	rootTemplate := template("root.test", true)
	root = must(x509.ParseCertificate(must(issue(ca, rootTemplate, rootTemplate, ca.Public()))(t)))(t)
	leaf = must(x509.ParseCertificate(must(issue(ca, template("localhost", false), root, s.Public()))(t)))(t)
	return leaf, root
}

func pool(cert *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// unit is what a test of a table runs over: the name of a pair.
func unit(s signer.Signer) string {
	return keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()}.String()
}
