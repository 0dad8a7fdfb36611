// SPDX-License-Identifier: Apache-2.0

package dkms

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"software.sslmate.com/src/go-pkcs12"
)

// A ClientKey is a new key of a client.
type ClientKey struct {
	// ID is the client's access key id, the KeyId in File.
	ID string
	// File is the client key file that the provider's SDKs load, with the password:
	// JSON with a PKCS #12. It holds the private key.
	File []byte
	// Certificate is for the server: the PEM of a certificate over the public key.
	Certificate []byte
	// PublicKey is that key, for [StaticClientKeys].
	PublicKey *rsa.PublicKey
}

// String returns the id: the file does not belong in a log.
func (k ClientKey) String() string { return "client key " + k.ID }

// Format implements fmt.Formatter: every verb prints what String returns.
func (k ClientKey) Format(f fmt.State, _ rune) {
	if !kmshttp.IsNil(f) {
		_, _ = io.WriteString(f, k.String())
	}
}

// LogValue implements slog.LogValuer, with what String returns.
func (k ClientKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON leaves out the file, which is JSON itself.
func (k ClientKey) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct{ ID, Certificate string }{k.ID, string(k.Certificate)})
}

// clientKeyYears is how long the certificate is valid. Nothing here looks at it.
const clientKeyYears = 5

// NewClientKey makes an RSA key of 2048 bits and what the two sides need of it. The
// file's PKCS #12 is encrypted with 3DES and SHA-1 (PKCS #12, RFC 7292, appendices B
// and C), since the SDKs read nothing newer: such a file resists guessing of its
// password only if the password is long and random.
//
// An empty password, and one that is not UTF-8 within the Basic Multilingual Plane,
// is InvalidParameter of "Password". A key that cannot be made is Internal.
func NewClientKey(password []byte) (ClientKey, error) {
	if reason := checkPassword(password); reason != "" {
		return ClientKey{}, &errors.Error{Code: errors.InvalidParameter, Param: "Password", Reason: reason}
	}
	key, err := rsa.GenerateKey(rand.Reader, minModulus)
	if err != nil {
		return ClientKey{}, internal("no key can be made", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return ClientKey{}, internal("the public key cannot be encoded", err)
	}
	sum := sha256.Sum256(spki)
	id := "KAAP." + hex.EncodeToString(sum[:16])
	now := time.Now().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(sum[:8]),
		Subject:      pkix.Name{CommonName: id},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.AddDate(clientKeyYears, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return ClientKey{}, internal("no certificate can be made", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return ClientKey{}, internal("the certificate cannot be read", err)
	}
	p12, err := pkcs12.LegacyDES.Encode(key, certificate, nil, string(password))
	if err != nil {
		return ClientKey{}, internal("the PKCS #12 cannot be encoded", err)
	}
	file, err := json.Marshal(struct{ KeyId, PrivateKeyData string }{id, base64.StdEncoding.EncodeToString(p12)})
	if err != nil {
		return ClientKey{}, internal("the file cannot be encoded", err)
	}
	return ClientKey{
		ID: id, File: append(file, '\n'), PublicKey: &key.PublicKey,
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}, nil
}

// checkPassword returns what is wrong with a password: PKCS #12 takes it in UTF-16
// without surrogates (RFC 7292, appendix B.1).
func checkPassword(password []byte) (reason string) {
	switch {
	case len(password) == 0:
		return "it is empty"
	case !utf8.Valid(password):
		return "it is not UTF-8"
	}
	for _, r := range string(password) {
		if r > 0xffff {
			return "it has a character beyond U+FFFF, which a PKCS #12 cannot have"
		}
	}
	return ""
}

func internal(reason string, err error) error {
	return &errors.Error{Code: errors.Internal, Reason: reason, Err: err}
}
