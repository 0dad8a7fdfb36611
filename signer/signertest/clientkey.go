// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
)

// The client key that a [KMSServer] knows, and its password. TESTING ONLY.
const (
	ClientKeyID       = "KAAP.testing-client-key"
	ClientKeyPassword = "testing-client-key-password"
)

// What dkms.NewClientKey has made, with another id.
var (
	//go:embed clientkey.json
	clientKeyFile []byte
	//go:embed clientkey.pem
	clientKeyCertificate []byte
)

// ClientKeyFile returns the client key file of [ClientKeyID], which the SDKs for the
// KMS Instance API load with [ClientKeyPassword]. It is published: TESTING ONLY.
func ClientKeyFile() []byte { return bytes.Clone(clientKeyFile) }

func clientPublicKey() *rsa.PublicKey {
	block, _ := pem.Decode(clientKeyCertificate)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		panic("signertest: clientkey.pem was embedded damaged: " + err.Error())
	}
	return certificate.PublicKey.(*rsa.PublicKey)
}
