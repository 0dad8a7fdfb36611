// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// Primes that are not half as long as the modulus are unusual; Wycheproof has some.
func TestReadsUnequalFactors(t *testing.T) {
	key := testkeys.UnequalRSA()
	got, err := keyspec.ParsePrivateKey(x509.MarshalPKCS1PrivateKey(key), nil)
	require.NoError(t, err)
	sameKey(t, key, got)
}

// Files whose every number fits the others and whose factors are not what an RSA
// key has.
func TestRefusesUnsoundFactors(t *testing.T) {
	unsound := testkeys.UnsoundRSA()
	require.NotEmpty(t, unsound)
	for name, key := range unsound {
		reason := map[string]string{
			"a factor of 3 bits":           "the RSA modulus has a factor below 752",
			"factors of 500 and 1548 bits": "the RSA factors have 500 and 1548 bits, not at least 512 each and 2048 together",
			"a Carmichael number":          "an RSA factor is not prime",
			"the square of a prime":        "an RSA factor is not prime",
		}[name]
		file := x509.MarshalPKCS1PrivateKey(key)
		_, err := x509.ParsePKCS1PrivateKey(file)
		require.NoError(t, err, "crypto/x509 reads %s", name)
		got, err := keyspec.ParsePrivateKey(file, nil)
		refused(t, err, "Key", reason)
		require.Nil(t, got)
		_, err = keyspec.Of(key)
		refused(t, err, "Key", reason)
		_, err = keyspec.MarshalPrivateKey(key)
		refused(t, err, "Key", reason)
	}
}
