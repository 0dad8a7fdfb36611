// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// clientCerts are the public keys of the clients of the KMS Instance API, by their ids.
type clientCerts map[string]*rsa.PublicKey

// read adds the client of an ID=FILE.pem.
func (c clientCerts) read(arg string) error {
	id, file, _ := strings.Cut(arg, "=")
	if id == "" || file == "" {
		return errors.New("it has to be ID=FILE.pem")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key, err := clientPublicKey(data)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if _, ok := c[id]; ok {
		return fmt.Errorf("%s is given twice", id)
	}
	c[id] = key
	return nil
}

func clientPublicKey(data []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("it is not PEM")
	}
	var public any
	var err error
	switch block.Type {
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = certificate.PublicKey
		}
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	default:
		err = errors.New("it has neither a certificate nor a public key")
	}
	if err != nil {
		return nil, err
	}
	key, ok := public.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, errors.New("the key is not RSA of at least 2048 bits")
	}
	return key, nil
}
