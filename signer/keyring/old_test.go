// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"crypto"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
)

// format1 is a copy of testdata/format1, a folder that the code of the first
// version of the format made: fill.
func format1(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	files, err := filepath.Glob("testdata/format1/*")
	require.NoError(t, err)
	require.Len(t, files, 8)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(file)), data, 0o600))
	}
	return dir
}

// oldFolder makes a folder of the first version of the format with so many keys, as
// cheap as the others of the tests.
func oldFolder(t testing.TB, keysInIt int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	m := manifest1{Format: manifestFormat, Version: 1, KDF: newKDF(minIterations), Keys: []manifestKey1{}}
	for range keysInIt {
		key, err := keyspec.GenerateKey(keyspec.ECP256)
		require.NoError(t, err)
		k := manifestKey1{ID: NewID(), Spec: keyspec.ECP256, State: Enabled, Created: formatTime(now()), Primary: NewID(),
			Aliases: []string{}}
		file, err := encryptKeyFile(key, password)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, oldFileName(k.ID, k.Primary)), file, 0o600))
		spki := keys.MarshalSPKI(keys.PublicOf(key))
		k.Versions = []manifestVersion1{{ID: k.Primary, Created: k.Created, FileSHA256: hexSHA256(file),
			PublicKey: base64.StdEncoding.EncodeToString(spki), PublicKeySHA256: hexSHA256(spki)}}
		m.Keys = append(m.Keys, k)
	}
	root, err := rootOf(password, m.KDF)
	require.NoError(t, err)
	v, err := newVault(m.KDF, root)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, manifestName), sealed(m.covered(), v.mac(m.covered())), 0o600))
	return dir
}

// oldFiles are the key files of the first version of the format in a folder.
func oldFiles(t testing.TB, dir string) (names []string) {
	for name := range filesOf(t, dir) {
		if isKeyFile(name) && strings.Count(name, ".") == 2 {
			names = append(names, name)
		}
	}
	return names
}

// withoutFiles is what a keyring shows, without the key files.
func withoutFiles(list []Key) []Key {
	for _, k := range list {
		for _, v := range k.Versions {
			v.material.file = keyFile{}
		}
	}
	return list
}

func requireAllSign(t testing.TB, k *Keyring) {
	t.Helper()
	for _, key := range contents(t, k) {
		for _, v := range key.Versions {
			v, err := k.Lookup(t.Context(), v.KeyID, v.VersionID)
			require.NoError(t, err)
			v.State = Enabled // the caller's copy
			for _, alg := range v.KeySpec.Algorithms() {
				s, err := v.Signer(alg)
				require.NoError(t, err)
				sig, err := s.SignDigest(t.Context(), make([]byte, 32))
				require.NoError(t, err)
				f, err := v.Verifier(alg)
				require.NoError(t, err)
				require.NoError(t, f.VerifyDigest(make([]byte, 32), sig))
			}
		}
	}
}

func TestFormat1(t *testing.T) {
	t.Parallel()
	dir := format1(t)
	k, err := Open(dir, password)
	require.NoError(t, err)
	want := withoutFiles(contents(t, k))
	require.Len(t, want, 5)
	states := map[keyspec.KeySpec]State{keyspec.RSA2048: PendingImport, keyspec.RSA3072: PendingDeletion,
		keyspec.ECP256K: Disabled}
	for _, key := range want {
		name := "alias/" + strings.ReplaceAll(strings.ToLower(string(key.KeySpec)), "_", "-")
		require.Equal(t, []string{name, name + "/2"}, key.Aliases)
		require.Equal(t, "2026-11-26", key.Created.Format("2006-01-02"))
		require.Len(t, key.Versions, map[bool]int{true: 3, false: 1}[key.KeySpec == keyspec.ECP256])
		state, ok := states[key.KeySpec]
		require.True(t, ok && key.State == state || !ok && key.State == Enabled)
		imported, err := testkeys.Key(key.KeySpec)
		require.NoError(t, err)
		checked, err := keys.Private(imported)
		require.NoError(t, err)
		require.Equal(t, keys.PublicOf(checked), key.Versions[0].Public())
	}
	requireAllSign(t, k)
	require.Len(t, oldFiles(t, dir), 7, "reading changes nothing")
	require.NoError(t, k.SetAlias(t.Context(), "alias/rsa-2048", "alias/rsa-2048"),
		"what changes nothing changes nothing here either")
	require.Contains(t, filesOf(t, dir)[manifestName], `"version": 1`)

	require.NoError(t, k.SetAlias(t.Context(), "alias/new", "alias/rsa-2048"))
	require.Empty(t, oldFiles(t, dir))
	require.Contains(t, filesOf(t, dir)[manifestName], `"version": 2`)
	require.NoError(t, k.DeleteAlias(t.Context(), "alias/new"))
	require.Equal(t, want, withoutFiles(contents(t, k)))
	require.NoError(t, k.Close())

	k, err = Open(dir, password)
	require.NoError(t, err)
	defer k.Close()
	require.Equal(t, want, withoutFiles(contents(t, k)))
	requireAllSign(t, k)
}

// TestOldFolderIsDisabledAtOnce: an emergency does not wait for files to be
// encrypted anew.
func TestOldFolderIsDisabledAtOnce(t *testing.T) {
	dir := oldFolder(t, 3)
	k := mustOpen(t, dir)
	id := contents(t, k)[1].KeyID
	require.NoError(t, k.SetState(t.Context(), id, Disabled))
	require.Len(t, oldFiles(t, dir), 3)
	require.Contains(t, filesOf(t, dir)[manifestName], `"version": 2`)
	require.Contains(t, filesOf(t, dir)[manifestName], `"file_key": 0`)
	require.NoError(t, k.Close())

	k = mustOpen(t, dir)
	require.Equal(t, Disabled, contents(t, k)[1].State)
	requireAllSign(t, k)
	require.NoError(t, k.SetDescription(t.Context(), id, "disabled"))
	require.Empty(t, oldFiles(t, dir))
	require.NoError(t, k.Close())
	k = mustOpen(t, dir)
	require.Equal(t, "disabled", contents(t, k)[1].Description)
	requireAllSign(t, k)
}

// TestOldFilesAreDecryptedOneAtATime: a client that asks for many of them must not
// keep more than one processor busy.
func TestOldFilesAreDecryptedOneAtATime(t *testing.T) {
	k := mustOpen(t, oldFolder(t, 2))
	done := make(chan error)
	k.folder.slow.Lock() // one is under way
	for _, key := range contents(t, k) {
		v, err := k.Lookup(t.Context(), key.KeyID, "")
		require.NoError(t, err)
		go func() {
			_, err := v.Signer(keyspec.ECDSASHA256)
			done <- err
		}()
	}
	select {
	case <-done:
		t.Error("another one did not wait")
	case <-time.After(50 * time.Millisecond): // a hundred times what it takes
	}
	k.folder.slow.Unlock()
	for range 2 {
		require.NoError(t, <-done)
	}
}

// TestOldFolderIsLeftAlone by changes that fail or are cancelled.
func TestOldFolderIsLeftAlone(t *testing.T) {
	dir := oldFolder(t, 2)
	k := mustOpen(t, dir)
	before := filesOf(t, dir)
	require.Error(t, k.SetAlias(t.Context(), "alias/a", NewID()))
	ctx, cancel := context.WithCancel(t.Context())
	f := k.now.Load().keys[0].Versions[0].material
	f.private = func() (crypto.PrivateKey, error) { cancel(); return nil, nil }
	f2 := k.now.Load().keys[1].Versions[0].material
	f2.private = f.private
	k.folder.settings.encrypt = func(crypto.PrivateKey, []byte) ([]byte, error) { return nil, nil }
	require.Equal(t, context.Canceled, k.SetAlias(ctx, "alias/a", k.now.Load().keys[0].KeyID))
	require.Equal(t, before, filesOf(t, dir))
}

// TestOldFolderIsDamaged: a file that does not open stops the change, and nothing is lost.
func TestOldFolderIsDamaged(t *testing.T) {
	dir := oldFolder(t, 2)
	k := mustOpen(t, dir)
	before := filesOf(t, dir)
	k.now.Load().keys[1].Versions[0].material.private = func() (crypto.PrivateKey, error) { return nil, errors.Internal }
	require.ErrorIs(t, k.SetAlias(t.Context(), "alias/a", k.now.Load().keys[0].KeyID), errors.Internal)
	require.ErrorIs(t, k.ChangePassword(t.Context(), []byte("another")), errors.Internal)
	require.Equal(t, before, filesOf(t, dir))
}

// TestEveryFlippedBit_format1: no single damaged byte of an old folder goes unnoticed.
func TestEveryFlippedBit_format1(t *testing.T) {
	dir := oldFolder(t, 1)
	for name, text := range filesOf(t, dir) {
		for i := 0; i < len(text); i += 7 {
			damaged := []byte(text)
			damaged[i] ^= 1 << (i % 8)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), damaged, 0o600))
			_, err := open(dir, password, cheap)
			requireError(t, err, errors.Internal, "Dir", name)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), fs.FileMode(0o600)))
	}
	mustOpen(t, dir)
}

// TestOldFolderDiskGoesAway fails at each step of the change that encrypts the files
// of an old folder anew, and everything after it. What is left must open and sign.
func TestOldFolderDiskGoesAway(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(k *Keyring, id string) error{
		"SetDescription": func(k *Keyring, id string) error { return k.SetDescription(t.Context(), id, "changed") },
		"ChangePassword": func(k *Keyring, _ string) error { return k.ChangePassword(t.Context(), []byte("another")) },
	} {
		for n := 0; ; n++ {
			count := 0
			dir := oldFolder(t, 2)
			k, err := open(dir, password, withSteps(func(op, _ string) error {
				if count++; count > n {
					return syscall.EIO
				}
				return nil
			}))
			require.NoError(t, err)
			before := withoutFiles(contents(t, k))
			err = change(k, before[0].KeyID)
			require.NoError(t, k.Close())
			again := reopen(t, dir)
			got := withoutFiles(contents(t, again))
			changed := got[0].Description != "" || again.folder.vault.Load().kdf.Salt != k.folder.vault.Load().kdf.Salt ||
				name == "ChangePassword" && err == nil
			require.Equal(t, err == nil || k.folder.broken, changed, "%s, step %d", name, n)
			got[0].Description = ""
			require.Equal(t, before, got, "%s, step %d", name, n)
			requireAllSign(t, again)
			_, e := again.RemoveOrphans(t.Context())
			require.NoError(t, e)
			require.Len(t, filesOf(t, dir), 2+3, "two keys, the manifest, the lock, the reserve")
			require.NoError(t, again.Close())
			if err == nil && count <= n {
				require.Greater(t, n, 15, "the change has steps")
				break
			}
		}
	}
}
