// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/stretchr/testify/require"
)

// All three over HTTPS, the third with a client of each kind of file.
func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		return filepath.Join(dir, name)
	}
	client, err := dkms.NewClientKey([]byte("pw"))
	require.NoError(t, err)
	public, err := keyspec.MarshalPublicKey(client.PublicKey)
	require.NoError(t, err)
	certificate, private := newCertificate(t, 1)
	certFile, keyFile := file("cert", certificate), file("key", private)
	p := start(t, "-instance", "127.0.0.1:0", "-client-cert", "a="+file("a.pem", string(client.Certificate)),
		"-client-cert", "b="+file("b.pem", string(public)), "-cert", certFile, "-key", keyFile)
	c := clientOf(t, certificate)
	for url, want := range map[string]int{p.alibaba: 400, p.tencent: 200, p.instance: 415} {
		require.True(t, strings.HasPrefix(url, "https://127.0.0.1:"), url)
		resp, err := c.Post(url, "text/plain", nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, want, resp.StatusCode, url)
	}

	// A new certificate is in use without a restart, a broken one is not.
	certificate, private = newCertificate(t, 2)
	require.Equal(t, certFile, file("cert", certificate))
	require.Equal(t, keyFile, file("key", private))
	renewed := clientOf(t, certificate)
	serves := func(c *http.Client) bool {
		resp, err := c.Get(p.alibaba)
		if err == nil {
			resp.Body.Close()
		}
		c.CloseIdleConnections()
		return err == nil
	}
	require.Eventually(t, func() bool { return serves(renewed) }, time.Minute, 10*time.Millisecond)
	file("key", "a broken file")
	require.Eventually(t, func() bool {
		return serves(renewed) && strings.Contains(p.log.String(), "the certificate cannot be read again")
	}, time.Minute, 10*time.Millisecond)
	p.terminate(t)
	p.end(t)
}

// newCertificate returns a certificate for 127.0.0.1 and its key, in PEM.
func newCertificate(t *testing.T, serial int64) (certificate, private string) {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	pkcs8, err := keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.(crypto.Signer).Public(), key)
	require.NoError(t, err)
	return pemOf("CERTIFICATE", der), string(pkcs8)
}

// clientOf trusts one certificate.
func clientOf(t *testing.T, certificate string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(certificate)))
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
