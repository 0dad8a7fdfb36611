// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

func TestOpenReadOnly(t *testing.T) {
	for name, dir := range map[string]string{"new": threeKeys(t), "old": oldFolder(t, 2)} {
		t.Run(name, func(t *testing.T) {
			before := filesOf(t, dir)
			writer := mustOpen(t, dir) // beside it
			want := contents(t, writer)
			require.NoError(t, writer.Close())
			for name := range filesOf(t, dir) {
				if _, ok := before[name]; !ok {
					require.NoError(t, os.Remove(filepath.Join(dir, name)))
				}
			}
			require.NoError(t, os.Chmod(dir, 0o500))
			defer os.Chmod(dir, 0o700)
			var readers []*Keyring
			for range 3 {
				k, err := OpenReadOnly(dir, password)
				require.NoError(t, err)
				require.Equal(t, want, contents(t, k))
				requireAllSign(t, k)
				readers = append(readers, k)
			}
			k := readers[0]
			for name, change := range changes {
				requireError(t, change(t.Context(), k), errors.AccessDenied, "Keyring", "OpenReadOnly")
				require.Equal(t, want, contents(t, k), name)
			}
			v, err := k.Lookup(t.Context(), want[0].KeyID, "")
			require.NoError(t, err)
			s, err := v.Signer(keyspec.ECDSASHA256)
			require.NoError(t, err)
			_, err = k.ImportSigner(t.Context(), s)
			requireError(t, err, errors.AccessDenied, "Keyring", "OpenReadOnly")
			_, err = k.RemoveOrphans(t.Context())
			requireError(t, err, errors.AccessDenied, "Keyring", "OpenReadOnly")
			_, err = k.Orphans(t.Context())
			require.NoError(t, err)
			for _, k := range readers {
				require.NoError(t, k.Close())
			}
			require.Equal(t, before, filesOf(t, dir), "nothing was written, not even a lock")
		})
	}
}

func TestOpenReadOnly_invalid(t *testing.T) {
	_, err := OpenReadOnly("", password)
	requireError(t, err, errors.InvalidParameter, "Dir", "empty")
	dir := t.TempDir()
	_, err = OpenReadOnly(dir, password)
	requireError(t, err, errors.InvalidParameter, "Dir", "holds no keyring")
	require.Empty(t, filesOf(t, dir))
	dir = twoKeys(t)
	_, err = OpenReadOnly(dir, []byte("wrong"))
	requireError(t, err, errors.InvalidParameter, "Password", dir)
	_, err = OpenReadOnly(dir, nil)
	requireError(t, err, errors.InvalidParameter, "Password", "empty")
	k := mustOpen(t, dir)
	name := contents(t, k)[0].Versions[0].material.file.name
	require.NoError(t, os.Remove(filepath.Join(dir, name)))
	_, err = OpenReadOnly(dir, password)
	requireError(t, err, errors.Internal, "Dir", name)
}

// secret shows a folder as Kubernetes shows a Secret: links to a folder of a
// generation, with a mode that lets all users write to it, mounted read-only.
func secret(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..2026_01_02"), 0o755))
	require.NoError(t, os.Symlink("..2026_01_02", filepath.Join(dir, "..data")))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "..data", name), []byte(text), 0o400))
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	require.NoError(t, os.Chmod(dir, 0o777|os.ModeSticky))
	return dir
}

func TestSecretsOfKubernetes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege here")
	}
	files := filesOf(t, twoKeys(t))
	delete(files, lockName)
	delete(files, reserveName)
	dir := secret(t, files)
	k, err := openReadOnly(dir, password, cheap)
	require.NoError(t, err)
	requireAllSign(t, k)
	require.NoError(t, k.Close())

	_, err = open(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", "chmod")
	require.NoError(t, os.Chmod(dir, 0o700))
	_, err = open(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", filepath.Join(dir, manifestName)+" is a link")
	require.Contains(t, err.Error(), "use OpenReadOnly, or copy the files")

	// The default mode of a Secret's files is 0644.
	require.NoError(t, os.Chmod(filepath.Join(dir, "..data", manifestName), 0o644))
	_, err = openReadOnly(dir, password, cheap)
	requireError(t, err, errors.InvalidParameter, "Dir", "defaultMode")

	// A link must not lead out of the folder.
	require.NoError(t, os.Remove(filepath.Join(dir, manifestName)))
	require.NoError(t, os.Symlink(filepath.Join(twoKeys(t), manifestName), filepath.Join(dir, manifestName)))
	_, err = openReadOnly(dir, password, cheap)
	requireError(t, err, errors.Unavailable, "Dir", manifestName)
}

// TestReadersBesideAWriter: a reader sees the folder before a change or after it.
func TestReadersBesideAWriter(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	var stop atomic.Bool
	var writer sync.WaitGroup
	writer.Go(func() {
		for !stop.Load() {
			v, err := k.Create(context.Background(), keyspec.ECP256)
			if err == nil {
				err = k.ScheduleDeletion(context.Background(), v.KeyID, time.Unix(1e9, 0))
			}
			if err == nil {
				_, err = k.Purge(context.Background(), time.Unix(2e9, 0))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	opened := 0
	for range 50 {
		r, err := openReadOnly(dir, password, cheap)
		if errors.Is(err, errors.Unavailable) {
			require.ErrorIs(t, err, errChanged)
			continue // it has been changed each time
		}
		require.NoError(t, err)
		opened++
		require.GreaterOrEqual(t, len(contents(t, r)), 2)
		require.NoError(t, r.Close())
	}
	stop.Store(true)
	writer.Wait()
	require.Greater(t, opened, 25)
}

// TestASecondWriter: without its lock file a folder can be opened twice. No change
// is lost without a word.
func TestASecondWriter(t *testing.T) {
	dir := twoKeys(t)
	first := mustOpen(t, dir)
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	second := mustOpen(t, dir)
	require.NoError(t, first.SetAlias(t.Context(), "alias/first", "alias/a"))
	want := filesOf(t, dir)
	for name, change := range changes {
		if name == "Purge" {
			continue // there is nothing to purge
		}
		requireError(t, change(t.Context(), second), errors.Unavailable, "Dir", "close the keyring and open it again")
		require.Equal(t, want, filesOf(t, dir), name)
	}
	require.NoError(t, second.Close())
	require.NoError(t, first.SetAlias(t.Context(), "alias/first", "alias/b"))

	require.NoError(t, os.Remove(filepath.Join(dir, manifestName)))
	requireError(t, first.SetState(t.Context(), "alias/a", Disabled), errors.Unavailable, "Dir", "changed or removed")
	require.NoFileExists(t, filepath.Join(dir, manifestName), "a removed keyring does not come back")
}

// TestFoldersThatCannotBeSynced: the file systems of some containers and networks.
func TestFoldersThatCannotBeSynced(t *testing.T) {
	for _, no := range []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP, syscall.ENOTSUP, syscall.ENOSYS, syscall.EIO} {
		dir := twoKeys(t)
		k, err := open(dir, password, withSteps(func(op, _ string) error {
			if op == "sync folder" {
				return no
			}
			return nil
		}))
		require.NoError(t, err)
		err = k.SetState(t.Context(), "alias/a", Disabled)
		if no == syscall.EIO {
			requireError(t, err, errors.Unavailable, "Dir", "durable")
		} else {
			require.NoError(t, err, "%v", no)
		}
		require.NoError(t, k.Close())
	}
}

func TestOrphans(t *testing.T) {
	dir := twoKeys(t)
	k := mustOpen(t, dir)
	want := filesOf(t, dir)
	names, err := k.Orphans(t.Context())
	require.NoError(t, err)
	require.Empty(t, names)
	orphans := []string{"0" + newFileName()[1:], "1" + oldFileName(NewID(), NewID())[1:]}
	for _, name := range append([]string{"server.pem", "notes.txt"}, orphans...) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	names, err = k.Orphans(t.Context())
	require.NoError(t, err)
	require.Equal(t, orphans, names)
	names, err = k.RemoveOrphans(t.Context())
	require.NoError(t, err)
	require.Equal(t, orphans, names)
	want["server.pem"], want["notes.txt"] = "", ""
	require.Equal(t, want, filesOf(t, dir))

	for _, k := range []*Keyring{New(), nil} {
		for _, orphans := range []func(context.Context) ([]string, error){k.Orphans, k.RemoveOrphans} {
			names, err := orphans(t.Context())
			if k == nil {
				requireError(t, err, errors.InvalidParameter, "Keyring", "nil")
			} else {
				require.NoError(t, err)
				require.Empty(t, names)
			}
		}
	}
	require.NoError(t, os.Mkdir(filepath.Join(dir, orphans[0]), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, orphans[0], "a"), nil, 0o600))
	_, err = k.RemoveOrphans(t.Context())
	requireError(t, err, errors.Unavailable, "Dir", orphans[0])
}
