// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/stretchr/testify/require"
)

// newCertificate returns a certificate for 127.0.0.1 and its key, in PEM.
func newCertificate(t testing.TB, serial int64) (certificate, private []byte) {
	t.Helper()
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	require.NoError(t, err)
	private, err = keyspec.MarshalPrivateKey(key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.(crypto.Signer).Public(), key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), private
}

// New files are in use at the first handshake after a second; broken ones change nothing
// and are logged once.
func TestCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		write := func(file string, data []byte) {
			t.Helper()
			require.NoError(t, os.WriteFile(file, data, 0o600))
		}
		certificate1, key1 := newCertificate(t, 1)
		certificate2, key2 := newCertificate(t, 2)
		write(certFile, certificate1)
		write(keyFile, key1)
		var log bytes.Buffer
		c, err := frontend.OpenCertificate(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err)
		lines := 0
		check := func(serial int64, level string) {
			t.Helper()
			pair, err := c.Get(nil)
			require.NoError(t, err)
			require.Equal(t, serial, pair.Leaf.SerialNumber.Int64())
			if level != "" {
				lines++
				require.Contains(t, log.String()[strings.LastIndex(strings.TrimSpace(log.String()), "\n")+1:], "level="+level)
			}
			require.Equal(t, lines, strings.Count(log.String(), "\n"), log.String())
			require.NotContains(t, log.String(), "PRIVATE KEY")
		}
		check(1, "")

		write(certFile, certificate2) // and not yet its key
		check(1, "")                  // within the second
		time.Sleep(time.Second)
		check(1, "WARN")
		time.Sleep(time.Second)
		check(1, "") // it is the same failure
		write(keyFile, key2)
		check(1, "")
		time.Sleep(time.Second)
		check(2, "INFO")
		time.Sleep(time.Hour)
		check(2, "")

		write(keyFile, []byte("not PEM"))
		time.Sleep(time.Second)
		check(2, "WARN")
		require.NoError(t, os.Remove(certFile))
		time.Sleep(time.Second)
		check(2, "WARN") // it is another failure
		write(certFile, certificate2)
		write(keyFile, key2)
		time.Sleep(time.Second)
		check(2, "INFO") // as before
		require.NoError(t, os.Remove(keyFile))
		time.Sleep(time.Second)
		check(2, "WARN")
		write(certFile, certificate1)
		write(keyFile, key1)
		time.Sleep(time.Second)
		check(1, "INFO")
	})
}

func TestOpenCertificate_invalid(t *testing.T) {
	certificate, key := newCertificate(t, 1)
	_, other := newCertificate(t, 2)
	certFile, keyFile := fileOf(t, "cert.pem", string(certificate)), fileOf(t, "key.pem", string(key))
	for name, tt := range map[string]struct {
		cert, key string
		want      errors.Code
	}{
		"no certificate":     {"nothing", keyFile, errors.Unavailable},
		"no key":             {certFile, "nothing", errors.Unavailable},
		"exchanged":          {keyFile, certFile, errors.InvalidParameter},
		"another key":        {certFile, fileOf(t, "other.pem", string(other)), errors.InvalidParameter},
		"an empty file":      {fileOf(t, "empty", ""), keyFile, errors.InvalidParameter},
		"a key without text": {certFile, fileOf(t, "empty", ""), errors.InvalidParameter},
	} {
		_, err := frontend.OpenCertificate(tt.cert, tt.key, nil)
		var e *errors.Error
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, tt.want, e.Code, name)
		require.Equal(t, "Certificate", e.Param, name)
	}
	for _, c := range []*frontend.Certificate{nil, {}} {
		_, err := c.Get(nil)
		require.ErrorIs(t, err, errors.InvalidParameter)
	}
}

// Many handshakes at once, with a listener of crypto/tls, while the files change.
func TestCertificate_concurrent(t *testing.T) {
	certificate, key := newCertificate(t, 1)
	certFile, keyFile := fileOf(t, "cert.pem", string(certificate)), fileOf(t, "key.pem", string(key))
	c, err := frontend.OpenCertificate(certFile, keyFile, nil)
	require.NoError(t, err)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: c.Get})
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { _ = conn.(*tls.Conn).Handshake(); conn.Close() }()
		}
	}()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	done := make(chan error, 8)
	for range cap(done) {
		go func() {
			var err error
			for range 20 {
				var conn *tls.Conn
				if conn, err = tls.Dial("tcp", listener.Addr().String(), &tls.Config{RootCAs: roots}); err != nil {
					break
				}
				conn.Close()
			}
			done <- err
		}()
	}
	require.NoError(t, os.WriteFile(keyFile, []byte("broken"), 0o600))
	for range cap(done) {
		require.NoError(t, <-done)
	}
}
