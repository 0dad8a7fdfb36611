// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"crypto"
	"crypto/ed25519"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Signers around nothing, whose Public panics.
func TestImportSigner_empty(t *testing.T) {
	for _, key := range []crypto.Signer{
		nil, struct{ crypto.Signer }{}, ed25519.PrivateKey{}, &ed25519.PrivateKey{}, ed25519.PrivateKey(nil),
		(*sm2.PrivateKey)(nil),
	} {
		_, err := keyring.New().ImportSigner(t.Context(), key)
		requireError(t, err, errors.InvalidParameter, "Key")
		_, err = keyring.NewVersion("key", "version", key)
		requireError(t, err, errors.InvalidParameter, "Key")
	}
}

// An SM2 key in the type of crypto/ecdsa is a crypto.Signer that signs with ECDSA.
func TestImportSigner_signsWithTheKeysAlgorithm(t *testing.T) {
	key, err := testkeys.Key(keyspec.ECSM2)
	require.NoError(t, err)
	v, err := keyring.New().ImportSigner(t.Context(), &key.(*sm2.PrivateKey).PrivateKey)
	require.NoError(t, err)
	s, err := v.Signer(keyspec.SM2DSA)
	require.NoError(t, err)
	digest := make([]byte, 32)
	sig, err := s.SignDigest(t.Context(), digest)
	require.NoError(t, err)
	f, err := v.Verifier(keyspec.SM2DSA)
	require.NoError(t, err)
	require.NoError(t, f.VerifyDigest(digest, sig))
}
