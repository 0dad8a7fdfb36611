// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

func TestChangePassword(t *testing.T) {
	for name, dir := range map[string]string{"new": twoKeys(t), "old": oldFolder(t, 2)} {
		t.Run(name, func(t *testing.T) {
			k := mustOpen(t, dir)
			want := withoutFiles(contents(t, k))
			v := want[0].Versions[0]
			another := []byte("another")
			require.NoError(t, k.ChangePassword(t.Context(), another))
			clear(another) // it has been copied, or is not needed any more
			require.Equal(t, want, withoutFiles(contents(t, k)))
			require.Empty(t, oldFiles(t, dir))
			made := mustCreate(t, k)
			require.NoError(t, k.Close())

			_, err := open(dir, password, cheap)
			requireError(t, err, errors.InvalidParameter, "Password", dir)
			_, err = open(dir, make([]byte, 7), cheap)
			requireError(t, err, errors.InvalidParameter, "Password", dir)
			k, err = open(dir, []byte("another"), cheap)
			require.NoError(t, err)
			defer k.Close()
			require.Equal(t, want, withoutFiles(contents(t, k))[:2])
			requireAllSign(t, k)
			_, err = v.Verifier(keyspec.ECDSASHA256)
			require.NoError(t, err)
			last := k.folder.vault.Load()
			require.Len(t, last.fileKeys, 2)
			made, err = k.Lookup(t.Context(), made.KeyID, "")
			require.NoError(t, err)
			require.Equal(t, 2, made.material.file.fileKey, "new keys get the new file key")
			require.NoError(t, k.ChangePassword(t.Context(), password))
			require.NoError(t, k.ChangePassword(t.Context(), password), "the same again is a change too: another salt")
			require.Len(t, k.folder.vault.Load().fileKeys, 4)
			requireAllSign(t, k)
		})
	}
}

// TestAnOldPasswordDoesNotOpenNewKeys: what an attacker has who knows the old
// password and has the old manifest.
func TestAnOldPasswordDoesNotOpenNewKeys(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	before := k.folder.vault.Load()
	require.NoError(t, k.ChangePassword(t.Context(), []byte("another")))
	require.Len(t, before.fileKeys, 1)
	for _, key := range contents(t, k) {
		_, err := before.unseal(key.Versions[0].material.file)
		require.NoError(t, err)
	}
	f := mustCreate(t, k).material.file
	f.fileKey = 1
	_, err := before.unseal(f)
	require.Error(t, err)
}

func TestChangePassword_invalid(t *testing.T) {
	k := New()
	requireError(t, k.ChangePassword(t.Context(), password), errors.InvalidParameter, "Keyring", "in memory")
	dir := twoKeys(t)
	k = mustOpen(t, dir)
	before := filesOf(t, dir)
	for _, empty := range [][]byte{nil, {}} {
		requireError(t, k.ChangePassword(t.Context(), empty), errors.InvalidParameter, "Password", "empty")
	}
	require.Equal(t, before, filesOf(t, dir))
}

// TestChangePasswordAtOnce: of several at once the last one counts, and keys that
// are made meanwhile can be read.
func TestChangePasswordAtOnce(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	passwords := []string{"p1", "p2", "p3", "p4"}
	var all sync.WaitGroup
	for _, p := range passwords {
		all.Go(func() {
			if err := k.ChangePassword(t.Context(), []byte(p)); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := k.Create(t.Context(), keyspec.ECSM2); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	want := contents(t, k)
	require.NoError(t, k.Close())
	opened := 0
	for _, p := range passwords {
		k, err := open(dir, []byte(p), cheap)
		if err != nil {
			requireError(t, err, errors.InvalidParameter, "Password", dir)
			continue
		}
		opened++
		require.Equal(t, want, contents(t, k))
		requireAllSign(t, k)
		require.NoError(t, k.Close())
	}
	require.Equal(t, 1, opened)
}

// TestThePasswordIsInNoFile, nor anything that derives from it.
func TestThePasswordIsInNoFile(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	file := contents(t, k)[0].Versions[0].material.file
	passphrase := k.folder.vault.Load().passphrase(1, file.name)
	require.Len(t, passphrase, 64)
	for name, text := range filesOf(t, dir) {
		require.NotContains(t, strings.ToLower(text), string(passphrase), name)
		require.False(t, bytes.Contains([]byte(text), password), name)
	}
}
