// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"crypto"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

// ownStore is a Store of a caller's own, over one key.
type ownStore struct{ version *keyring.Version }

func (s ownStore) Lookup(_ context.Context, keyID, _ string) (*keyring.Version, error) {
	if keyID != s.version.KeyID {
		return nil, &errors.Error{Code: errors.KeyNotFound, Param: "KeyId"}
	}
	v := *s.version
	return &v, nil
}

func TestNewVersion(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		private, err := testkeys.Key(p.KeySpec)
		require.NoError(t, err)
		inner, err := signer.New(private, p.Algorithm)
		require.NoError(t, err)
		for name, key := range map[string]crypto.PrivateKey{"in memory": private, "elsewhere": inner} {
			v, err := keyring.NewVersion("key-own", "v1", key)
			require.NoError(t, err, name)
			var store keyring.Store = ownStore{v}
			v, err = store.Lookup(t.Context(), "key-own", "")
			require.NoError(t, err)
			require.Equal(t, p.KeySpec, v.KeySpec)
			require.Equal(t, keyring.Enabled, v.State)

			s, err := v.Signer(p.Algorithm)
			require.NoError(t, err)
			sig, err := s.SignDigest(t.Context(), make([]byte, 32))
			require.NoError(t, err)
			check, err := v.Verifier(p.Algorithm)
			require.NoError(t, err)
			require.NoError(t, check.VerifyDigest(make([]byte, 32), sig))

			v.State = keyring.Disabled
			_, err = v.Signer(p.Algorithm)
			require.ErrorIs(t, err, errors.KeyDisabled)
			again, err := store.Lookup(t.Context(), "key-own", "")
			require.NoError(t, err)
			require.Equal(t, keyring.Enabled, again.State, "a copy")
		}
	}
}

func TestNewVersion_invalid(t *testing.T) {
	good, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	for _, tt := range []struct {
		keyID, versionID string
		key              crypto.PrivateKey
		param            string
	}{
		{"", "v", good, "KeyId"},
		{"k", "", good, "KeyVersionId"},
		{"k", "v", nil, "Key"},
		{"k", "v", "text", "Key"},
		{"k", "v", crypto.Signer(nil), "Key"},
	} {
		v, err := keyring.NewVersion(tt.keyID, tt.versionID, tt.key)
		require.ErrorIs(t, err, errors.InvalidParameter)
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, tt.param, e.Param)
		require.Nil(t, v)
	}
}
