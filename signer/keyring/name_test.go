// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func TestParseName(t *testing.T) {
	long := strings.Repeat("a", 64)
	for s, want := range map[string]keyring.Name{
		"6ba7b810-9dad-41d1-80b4-00c04fd430c8": {ID: "6ba7b810-9dad-41d1-80b4-00c04fd430c8"},
		"key-hzz62f1cb66fa42qo":                {ID: "key-hzz62f1cb66fa42qo"},
		"alias":                                {ID: "alias"},
		long:                                   {ID: long},
		"alias/a/B_c-9":                        {Alias: "alias/a/B_c-9"},
		"alias/acs/kms":                        {Alias: "alias/acs/kms"},
	} {
		got, err := keyring.ParseName(s)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, s, got.String())
	}
	for _, s := range []string{
		"", " ", "a b", "a\n", "a\x00", "schlüssel", "\xff", long + "a", "../a", "Alias/a",
		"alias/", "alias/a b", "alias/ä", "alias/" + strings.Repeat("a", 256), "acs:kms:cn-hangzhou:1:key/a",
	} {
		got, err := keyring.ParseName(s)
		requireError(t, err, errors.InvalidParameter, "KeyId")
		require.Zero(t, got)
		require.Less(t, len(err.Error()), 200)
	}
}

func TestParseVersion(t *testing.T) {
	password := []byte("correct horse")
	ours, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	encrypted, err := keyspec.MarshalEncryptedPrivateKey(ours, password) // slow, so once
	require.NoError(t, err)
	v, err := keyring.ParseVersion("k", "v", encrypted, password)
	require.NoError(t, err)
	require.Equal(t, keyspec.ECP256, v.KeySpec)
	_, err = keyring.ParseVersion("k", "v", encrypted, []byte("wrong"))
	requireError(t, err, errors.InvalidParameter, "Password")
	for _, p := range keyspec.Pairs() {
		key, err := testkeys.Key(p.KeySpec)
		require.NoError(t, err)
		plain, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err)
		want, err := keyring.NewVersion("k", "v", key)
		require.NoError(t, err)
		v, err := keyring.ParseVersion("k", "v", plain, nil)
		require.NoError(t, err)
		require.Equal(t, []any{"k", "v", p.KeySpec, keyring.Enabled, want.Public()},
			[]any{v.KeyID, v.VersionID, v.KeySpec, v.State, v.Public()})
		s, err := v.Signer(p.Algorithm)
		require.NoError(t, err)
		sig, err := s.SignDigest(t.Context(), make([]byte, 32))
		require.NoError(t, err)
		f, err := want.Verifier(p.Algorithm)
		require.NoError(t, err)
		require.NoError(t, f.VerifyDigest(make([]byte, 32), sig))
		_, err = keyring.ParseVersion("k", "v", plain[1:], nil)
		requireError(t, err, errors.InvalidParameter, "Key")
		_, err = keyring.ParseVersion("", "v", plain, nil)
		requireError(t, err, errors.InvalidParameter, "KeyId")
		_, err = keyring.ParseVersion("k", "", plain, nil)
		requireError(t, err, errors.InvalidParameter, "KeyVersionId")
	}
}
