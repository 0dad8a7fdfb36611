// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// Primes that are not half as long as the modulus sign with crypto/rsa.
func TestSignsWithUnequalFactors(t *testing.T) {
	for _, alg := range keyspec.RSA2048.Algorithms() {
		s, err := signer.New(testkeys.UnequalRSA(), alg)
		require.NoError(t, err)
		requireSigns(t, s, keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: alg}, "unequal factors")
	}
}

// Keys in memory are checked as files are.
func TestRefusesUnsoundFactors(t *testing.T) {
	unsound := testkeys.UnsoundRSA()
	require.NotEmpty(t, unsound)
	for name, key := range unsound {
		for _, alg := range keyspec.RSA2048.Algorithms() {
			_, err := signer.New(key, alg)
			requireCode(t, err, errors.InvalidParameter, "Key", name)
			_, err = signer.FromCrypto(key, alg)
			requireCode(t, err, errors.InvalidParameter, "Key", name)
		}
	}
}
