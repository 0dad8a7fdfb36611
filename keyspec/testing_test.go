// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// password opens every encrypted file of testdata.
var password = []byte("TESTING")

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return data
}

// testKey returns the TESTING key of a spec.
func testKey(t testing.TB, k keyspec.KeySpec) crypto.PrivateKey {
	t.Helper()
	file := read(t, string(k)+"_TESTING.pkcs8.pem")
	if k == keyspec.RSA2048 || k == keyspec.RSA3072 { // crypto/x509 does not test the primes each time
		key, err := x509.ParsePKCS8PrivateKey(der(t, file))
		require.NoError(t, err)
		return key
	}
	key, err := keyspec.ParsePrivateKey(file, nil)
	require.NoError(t, err)
	return key
}

func publicOf(key crypto.PrivateKey) crypto.PublicKey {
	if k, ok := key.(*secp256k1.PrivateKey); ok {
		return k.PubKey()
	}
	return key.(crypto.Signer).Public()
}

// sameKey requires that two keys are of one type and equal.
func sameKey(t testing.TB, want, got any) {
	t.Helper()
	require.IsType(t, want, got)
	equal := false
	switch k := want.(type) {
	case *secp256k1.PrivateKey:
		equal = k.Key.Equals(&got.(*secp256k1.PrivateKey).Key)
	case *secp256k1.PublicKey:
		equal = k.IsEqual(got.(*secp256k1.PublicKey))
	case *rsa.PrivateKey:
		equal = k.Equal(got) && got.(*rsa.PrivateKey).Validate() == nil
	case *rsa.PublicKey:
		equal = k.Equal(got)
	case *ecdsa.PrivateKey:
		equal = k.Equal(got)
	case *ecdsa.PublicKey:
		equal = k.Equal(got)
	case *sm2.PrivateKey:
		equal = k.Equal(got)
	}
	require.True(t, equal, "the keys differ")
}

// der opens a PEM file with one block.
func der(t testing.TB, file []byte) []byte {
	t.Helper()
	block, rest := pem.Decode(file)
	require.NotNil(t, block)
	require.Empty(t, rest)
	return block.Bytes
}

func toPEM(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

// toECDSA brings a public key on any curve into the standard library's type.
func toECDSA(key crypto.PublicKey) *ecdsa.PublicKey {
	if k, ok := key.(*secp256k1.PublicKey); ok {
		return k.ToECDSA()
	}
	return key.(*ecdsa.PublicKey)
}
