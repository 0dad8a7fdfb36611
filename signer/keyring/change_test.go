// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func TestRotateKeepsOldVersions(t *testing.T) {
	k := keyring.New()
	first := create(t, k, "alias/a")
	digest := make([]byte, 32)
	s, err := first.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	old, err := s.SignDigest(t.Context(), digest)
	require.NoError(t, err)

	versions := []*keyring.Version{first}
	for i, name := range []string{first.KeyID, "alias/a", "acs:kms:cn-hangzhou:1:key/" + first.KeyID} {
		v, err := k.Rotate(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, first.KeyID, v.KeyID)
		require.NotEqual(t, versions[i].VersionID, v.VersionID)
		require.NotEqual(t, versions[i].Public(), v.Public())
		versions = append(versions, v)
		primary, err := k.Lookup(t.Context(), "alias/a", "")
		require.NoError(t, err)
		require.Equal(t, v, primary)
	}
	for _, want := range versions {
		v, err := k.Lookup(t.Context(), "alias/a", want.VersionID)
		require.NoError(t, err)
		require.Equal(t, want, v)
		verifier, err := v.Verifier(keyspec.ECDSASHA256)
		require.NoError(t, err)
		if want == first {
			require.NoError(t, verifier.VerifyDigest(digest, old))
		} else {
			require.ErrorIs(t, verifier.VerifyDigest(digest, old), errors.InvalidSignature)
		}
	}
}

func TestRotate_invalid(t *testing.T) {
	k := keyring.New()
	_, err := k.Rotate(t.Context(), "nobody")
	requireError(t, err, errors.KeyNotFound, "KeyId")
	_, err = k.Rotate(t.Context(), "alias/nobody")
	requireError(t, err, errors.AliasNotFound, "KeyId")
	_, err = k.Rotate(t.Context(), "no body")
	requireError(t, err, errors.InvalidParameter, "KeyId")
	v := create(t, k, "")
	for state, code := range codes {
		require.NoError(t, k.SetState(t.Context(), v.KeyID, state))
		_, err = k.Rotate(t.Context(), v.KeyID)
		requireError(t, err, code, "KeyId")
	}
	got, err := k.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	require.Equal(t, v.VersionID, got.VersionID)
}

// codes is what a key in a state refuses with.
var codes = map[keyring.State]errors.Code{
	keyring.Disabled:        errors.KeyDisabled,
	keyring.PendingDeletion: errors.KeyPendingDeletion,
	keyring.PendingImport:   errors.KeyPendingImport,
}

func TestOnlyEnabledKeysSign(t *testing.T) {
	k := keyring.New()
	enabled := create(t, k, "alias/a")
	for state, code := range codes {
		require.NoError(t, k.SetState(t.Context(), "alias/a", state))
		for _, version := range []string{"", enabled.VersionID} {
			v, err := k.Lookup(t.Context(), "alias/a", version)
			require.NoError(t, err)
			require.Equal(t, state, v.State)
			_, err = v.Signer(keyspec.ECDSASHA256)
			requireError(t, err, code, "KeyId")
			_, err = v.Signer(keyspec.ECDSASHA256, signer.Deterministic())
			requireError(t, err, code, "KeyId")
			_, err = v.Verifier(keyspec.ECDSASHA256)
			require.NoError(t, err)
			require.Equal(t, enabled.Public(), v.Public())
		}
		_, err := enabled.Signer(keyspec.ECDSASHA256)
		require.NoError(t, err, "a version is as it was when it was looked up")
	}
	require.NoError(t, k.SetState(t.Context(), enabled.KeyID, keyring.Enabled))
	require.NoError(t, k.SetState(t.Context(), enabled.KeyID, keyring.Enabled))
	v, err := k.Lookup(t.Context(), "alias/a", "")
	require.NoError(t, err)
	_, err = v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.NoError(t, keyring.Enabled.Err())
	requireError(t, keyring.State("enabled").Err(), errors.InvalidParameter, "State")
}

func TestSetState_invalid(t *testing.T) {
	k := keyring.New()
	v := create(t, k, "")
	for _, s := range []keyring.State{"", "enabled", "Deleted"} {
		requireError(t, k.SetState(t.Context(), v.KeyID, s), errors.InvalidParameter, "State")
	}
	requireError(t, k.SetState(t.Context(), "nobody", keyring.Disabled), errors.KeyNotFound, "KeyId")
	requireError(t, k.SetState(t.Context(), "alias/a", keyring.Disabled), errors.AliasNotFound, "KeyId")
	requireError(t, k.SetState(t.Context(), "", keyring.Disabled), errors.InvalidParameter, "KeyId")
	got, err := k.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	require.Equal(t, keyring.Enabled, got.State)
}

func TestAliases(t *testing.T) {
	k := keyring.New()
	a, b := create(t, k, "alias/x"), create(t, k, "")
	is := func(alias string, want *keyring.Version) {
		t.Helper()
		got, err := k.Lookup(t.Context(), alias, "")
		if want == nil {
			requireError(t, err, errors.AliasNotFound, "KeyId")
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	is("alias/x", a)
	require.NoError(t, k.SetAlias(t.Context(), "alias/x", a.KeyID), "again")
	require.NoError(t, k.SetAlias(t.Context(), "alias/y", "alias/x"))
	is("alias/y", a)
	require.NoError(t, k.SetAlias(t.Context(), "alias/x", b.KeyID), "it moves")
	is("alias/x", b)
	is("alias/y", a)
	require.NoError(t, k.DeleteAlias(t.Context(), "alias/y"))
	is("alias/y", nil)
	is("alias/x", b)
	requireError(t, k.DeleteAlias(t.Context(), "alias/y"), errors.AliasNotFound, "Alias")
	longest := "alias/" + strings.Repeat("z", 255)
	require.NoError(t, k.SetAlias(t.Context(), longest, b.KeyID))
	is(longest, b)
	list, err := k.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list[0].Aliases)
	require.Equal(t, []string{"alias/x", longest}, list[1].Aliases)
}

func TestAliases_invalid(t *testing.T) {
	k := keyring.New()
	v := create(t, k, "alias/a")
	for _, alias := range []string{
		"", "a", "alias", "alias/", "ALIAS/a", "alias/a b", "alias/a.b", "alias/é", "alias/\x00", v.KeyID,
		"alias/" + strings.Repeat("a", 256),
	} {
		requireError(t, k.SetAlias(t.Context(), alias, v.KeyID), errors.InvalidParameter, "Alias")
		requireError(t, k.DeleteAlias(t.Context(), alias), errors.InvalidParameter, "Alias")
	}
	for _, alias := range []string{"alias/acs", "alias/acs/kms", "alias/acsomething"} {
		requireError(t, k.SetAlias(t.Context(), alias, v.KeyID), errors.InvalidParameter, "Alias")
		requireError(t, k.DeleteAlias(t.Context(), alias), errors.AliasNotFound, "Alias")
	}
	requireError(t, k.SetAlias(t.Context(), "alias/b", "nobody"), errors.KeyNotFound, "KeyId")
	requireError(t, k.SetAlias(t.Context(), "alias/b", "alias/nobody"), errors.AliasNotFound, "KeyId")
	requireError(t, k.SetAlias(t.Context(), "alias/b", ""), errors.InvalidParameter, "KeyId")
}
