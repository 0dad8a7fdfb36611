// SPDX-License-Identifier: Apache-2.0

// Package testkeys holds one fixed, published key per key spec. They are for
// tests and self-tests only: they are published.
//
// OpenSSL 3.0 made them, with openssl genpkey.
package testkeys

import (
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/pem"

	"github.com/kmsigner/kmsigner/keyspec"
)

var (
	//go:embed RSA_2048.TESTING.pem
	rsa2048 string
	//go:embed RSA_3072.TESTING.pem
	rsa3072 string
	//go:embed EC_P256.TESTING.pem
	ecP256 string
	//go:embed EC_P256K.TESTING.pem
	ecP256K string
	//go:embed EC_SM2.TESTING.pem
	ecSM2 string
)

// PEM returns the key of this spec as unencrypted PKCS #8 in PEM, after a line
// that says TESTING, and nil for what is no key spec.
func PEM(k keyspec.KeySpec) []byte {
	switch k {
	case keyspec.RSA2048:
		return []byte(rsa2048)
	case keyspec.RSA3072:
		return []byte(rsa3072)
	case keyspec.ECP256:
		return []byte(ecP256)
	case keyspec.ECP256K:
		return []byte(ecP256K)
	case keyspec.ECSM2:
		return []byte(ecSM2)
	default:
		return nil
	}
}

// Key returns the key of this spec, a new copy at each call, and what
// [keyspec.ParsePrivateKey] says of nothing for what is no key spec.
func Key(k keyspec.KeySpec) (crypto.PrivateKey, error) {
	if k == keyspec.RSA2048 || k == keyspec.RSA3072 {
		// keyspec would test the factors for primes, which takes as long as all the rest
		// of signer.SelfTest.
		block, _ := pem.Decode(PEM(k))
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	}
	return keyspec.ParsePrivateKey(PEM(k), nil)
}
