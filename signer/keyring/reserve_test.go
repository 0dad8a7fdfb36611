// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
)

// fullDisk lets every new file fail, at one of its steps.
func fullDisk(failing string) settings {
	return withSteps(func(op, name string) error {
		if op == failing && name == manifestName+tempSuffix {
			return syscall.ENOSPC
		}
		return nil
	})
}

// TestAFullDiskDisables: a compromised key can be disabled on a full disk, again and
// again, and other changes are refused.
func TestAFullDiskDisables(t *testing.T) {
	for _, failing := range []string{"create", "write", "sync"} {
		t.Run(failing, func(t *testing.T) {
			dir := twoKeys(t)
			k, err := open(dir, password, fullDisk(failing))
			require.NoError(t, err)
			ids := contents(t, k)
			requireError(t, k.SetAlias(t.Context(), "alias/x", ids[0].KeyID), errors.Unavailable, "Dir", manifestName)
			require.NoError(t, k.SetState(t.Context(), ids[0].KeyID, Disabled))
			require.NoError(t, k.ScheduleDeletion(t.Context(), ids[1].KeyID, time.Unix(2e9, 0)), "there is a reserve again")
			require.FileExists(t, filepath.Join(dir, reserveName))
			want := contents(t, k)
			require.NoError(t, k.Close())
			k = mustOpen(t, dir)
			require.Equal(t, want, contents(t, k))
			require.Equal(t, Disabled, want[0].State)
			require.Equal(t, time.Unix(2e9, 0).UTC(), want[1].DeletionDate)
		})
	}
}

// TestNoReserve: without one, or with something else in its place, a full disk is
// an error again, and nothing is touched.
func TestNoReserve(t *testing.T) {
	for name, replace := range map[string]func(t *testing.T, path string){
		"gone": func(t *testing.T, path string) {},
		"link": func(t *testing.T, path string) { require.NoError(t, os.Symlink(manifestName, path)) },
		"folder": func(t *testing.T, path string) {
			require.NoError(t, os.Mkdir(path, 0o700))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := twoKeys(t)
			k, err := open(dir, password, fullDisk("write"))
			require.NoError(t, err)
			defer k.Close()
			require.NoError(t, os.Remove(filepath.Join(dir, reserveName)))
			replace(t, filepath.Join(dir, reserveName))
			before := filesOf(t, dir)
			requireError(t, k.SetState(t.Context(), "alias/a", Disabled), errors.Unavailable, "Dir", manifestName)
			require.Equal(t, before, filesOf(t, dir))
			require.NoError(t, k.Close())
			again := mustOpen(t, dir)
			require.Equal(t, before[manifestName], filesOf(t, dir)[manifestName])
			require.NoError(t, again.SetState(t.Context(), "alias/a", Disabled))
		})
	}
}

// TestTheReserveGrows with the manifest, and what is written over it is not taken
// for a manifest before it is renamed.
func TestTheReserveGrows(t *testing.T) {
	dir := twoKeys(t)
	size := func(name string) int64 {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		return info.Size()
	}
	k := mustOpen(t, dir)
	for range 20 {
		mustCreate(t, k)
		require.Greater(t, size(reserveName), size(manifestName))
	}
	want := contents(t, k)
	require.NoError(t, k.Close())
	k, err := open(dir, password, withSteps(func(op, name string) error {
		if op == "create" && name == manifestName+tempSuffix || op == "rename" || op == "remove" {
			return syscall.ENOSPC // killed after the reserve was written
		}
		return nil
	}))
	require.NoError(t, err)
	requireError(t, k.SetState(t.Context(), "alias/a", Disabled), errors.Unavailable, "Dir", manifestName)
	require.Contains(t, filesOf(t, dir)[reserveName], "Disabled")
	require.NoError(t, k.Close())
	k = mustOpen(t, dir)
	require.Equal(t, want, contents(t, k))
	require.Greater(t, size(reserveName), size(manifestName))
}
