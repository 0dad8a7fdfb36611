// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kmsigner/kmsigner/errors"
)

// A Certificate is the certificate of a TLS server in two files, which are read again
// when they change:
//
//	server.TLSConfig = &tls.Config{GetCertificate: certificate.Get}
//
// The files are compared with what was read last during a handshake, at most once a
// second. While they are not a certificate with its key, the last one that was stays in
// use. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	mu      sync.Mutex // held by the handshake that reads the files
	checked time.Time
	read    [sha256.Size]byte // of the files' contents, when they were read last
	failure string            // to read them; logged once
}

// checkInterval is how long the files are not looked at again.
const checkInterval = time.Second

// OpenCertificate reads a certificate, with those of its issuers behind it, and its
// private key, in PEM. The logger gets a line when the files have changed: information
// when the new certificate is in use, a warning if it cannot be. Without one, nothing is
// logged.
//
// It returns Unavailable of "Certificate" if a file cannot be read, and InvalidParameter
// of "Certificate" if they are not a certificate with its key.
func OpenCertificate(certFile, keyFile string, l *slog.Logger) (*Certificate, error) {
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: l, checked: time.Now()}
	if _, err := c.refresh(); err != nil {
		return nil, err
	}
	return c, nil
}

// Get is for the GetCertificate of a [tls.Config]. It returns InvalidParameter of
// "Certificate" for one that is not from [OpenCertificate], and otherwise no error.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if c == nil || c.current.Load() == nil {
		return nil, &errors.Error{
			Code: errors.InvalidParameter, Param: "Certificate", Reason: "there is none: OpenCertificate makes one",
		}
	}
	if c.mu.TryLock() { // the others do not wait for the disk
		defer c.mu.Unlock()
		if now := time.Now(); now.Sub(c.checked) >= checkInterval {
			c.checked = now
			c.refreshAndLog()
		}
	}
	return c.current.Load(), nil
}

func (c *Certificate) refreshAndLog() {
	changed, err := c.refresh()
	switch {
	case err != nil && err.Error() != c.failure:
		c.failure = err.Error()
		c.log.Warn("the certificate cannot be read again, the one before stays", "error", err)
	case err == nil && (changed || c.failure != ""):
		c.failure = ""
		c.log.Info("certificate read again", "not_after", c.current.Load().Leaf.NotAfter)
	}
}

// refresh reports whether there is another certificate in use than before.
func (c *Certificate) refresh() (changed bool, err error) {
	certificate, err := os.ReadFile(c.certFile)
	if err != nil {
		return false, unreadable(err)
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return false, unreadable(err)
	}
	defer clear(key)
	read := sha256.Sum256(bytes.Join([][]byte{certificate, key}, []byte{0}))
	if read == c.read {
		return false, nil
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return false, &errors.Error{
			Code: errors.InvalidParameter, Param: "Certificate",
			Reason: "the files are not a certificate with its private key", Err: err,
		}
	}
	c.read = read
	c.current.Store(&pair)
	return true, nil
}

func unreadable(err error) error {
	return &errors.Error{Code: errors.Unavailable, Param: "Certificate", Reason: "a file cannot be read", Err: err}
}
