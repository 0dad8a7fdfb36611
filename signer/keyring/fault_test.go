// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

// changes is one change of each kind to a keyring that has an "alias/a" and an
// "alias/b".
var changes = map[string]func(context.Context, *Keyring) error{
	"Create": func(ctx context.Context, k *Keyring) error { _, err := k.Create(ctx, keyspec.ECP256); return err },
	"Rotate": func(ctx context.Context, k *Keyring) error { _, err := k.Rotate(ctx, "alias/a"); return err },
	"SetAlias": func(ctx context.Context, k *Keyring) error {
		return k.SetAlias(ctx, "alias/a", "alias/b")
	},
	"DeleteAlias": func(ctx context.Context, k *Keyring) error { return k.DeleteAlias(ctx, "alias/a") },
	"SetState":    func(ctx context.Context, k *Keyring) error { return k.SetState(ctx, "alias/a", Disabled) },
	"ScheduleDeletion": func(ctx context.Context, k *Keyring) error {
		return k.ScheduleDeletion(ctx, "alias/a", time.Unix(2e9, 0))
	},
	"SetDescription": func(ctx context.Context, k *Keyring) error { return k.SetDescription(ctx, "alias/a", "a \"b\"\n") },
	"CreateAs": func(ctx context.Context, k *Keyring) error {
		_, err := k.CreateAs(ctx, "key-1", "v1", keyspec.ECP256)
		return err
	},
	"Purge": func(ctx context.Context, k *Keyring) error {
		ids, err := k.Purge(ctx, time.Unix(3e9, 0))
		if err == nil && len(ids) != 1 {
			return errors.New("nothing to purge")
		}
		return err
	},
	"ChangePassword": func(ctx context.Context, k *Keyring) error { return k.ChangePassword(ctx, []byte("another")) },
}

// twoKeys makes a folder with an "alias/a" and an "alias/b" and closes it.
func twoKeys(t testing.TB) (dir string) {
	dir = t.TempDir()
	k := mustOpen(t, dir)
	for _, alias := range []string{"alias/a", "alias/b"} {
		require.NoError(t, k.SetAlias(t.Context(), alias, mustCreate(t, k).KeyID))
	}
	require.NoError(t, k.Close())
	return dir
}

// threeKeys is twoKeys with a third key that can be purged.
func threeKeys(t testing.TB) (dir string) {
	dir = twoKeys(t)
	k := mustOpen(t, dir)
	require.NoError(t, k.ScheduleDeletion(t.Context(), mustCreate(t, k).KeyID, time.Unix(1e9, 0)))
	require.NoError(t, k.Close())
	return dir
}

// whole is all that a change can change: the password too.
type whole struct {
	keys []Key
	salt string
}

func wholeOf(t testing.TB, k *Keyring) whole {
	return whole{contents(t, k), k.folder.vault.Load().kdf.Salt}
}

// reopen opens a folder with whichever password it has now, and proves that it has
// only the one.
func reopen(t testing.TB, dir string) *Keyring {
	t.Helper()
	k, err := open(dir, password, cheap)
	if err != nil {
		requireError(t, err, errors.InvalidParameter, "Password", dir)
		k, err = open(dir, []byte("another"), cheap)
		require.NoError(t, err)
	}
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	return k
}

func withSteps(step func(op, name string) error) settings {
	s := cheap
	s.step = step
	return s
}

func TestOrderOfWriting(t *testing.T) {
	var steps []string
	dir := filepath.Join(t.TempDir(), "keys")
	k, err := create(dir, password, withSteps(func(op, name string) error {
		steps = append(steps, op+" "+name)
		return nil
	}))
	require.NoError(t, err)
	defer k.Close()
	replaced := func(name string) []string {
		return []string{
			"remove " + name + ".tmp", "create " + name + ".tmp", "write " + name + ".tmp", "sync " + name + ".tmp",
			"rename " + name, "sync folder " + name,
		}
	}
	require.Equal(t, replaced(manifestName), steps)

	steps = nil
	v := mustCreate(t, k)
	require.Equal(t, append(replaced(v.material.file.name), replaced(manifestName)...), steps)

	steps = nil
	require.NoError(t, k.SetAlias(t.Context(), "alias/a", v.KeyID))
	require.Equal(t, replaced(manifestName), steps)

	steps = nil
	require.NoError(t, k.SetAlias(t.Context(), "alias/a", v.KeyID))
	require.NoError(t, k.SetState(t.Context(), v.KeyID, Enabled))
	require.Empty(t, steps, "what changes nothing writes nothing")
}

// TestEveryStepFails lets the disk be full at each step of each change.
func TestEveryStepFails(t *testing.T) {
	t.Parallel()
	step := 1
	if !testrun.Long() {
		step = 3
	}
	for name, change := range changes {
		for n := rand.IntN(step); ; n += step {
			failed := ""
			count := 0
			dir := threeKeys(t)
			k, err := open(dir, password, withSteps(func(op, name string) error {
				if op == "remove" {
					return nil
				}
				if op == "use" {
					return syscall.ENOSPC // the reserve is tested elsewhere
				}
				count++
				if count != n+1 {
					return nil
				}
				failed = op + " " + name
				if op == "write" { // half of it is there
					_ = os.WriteFile(filepath.Join(dir, name), []byte("{"), 0o600)
				}
				return syscall.ENOSPC
			}))
			require.NoError(t, err)
			before := wholeOf(t, k)
			onDisk := filesOf(t, dir)
			err = change(t.Context(), k)
			if failed == "" {
				require.NoError(t, err)
				require.Greater(t, n, 4, "the change has steps")
				require.NoError(t, k.Close())
				break
			}
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				requireError(t, err, errors.Unavailable, "Dir", dir)
				require.ErrorIs(t, err, syscall.ENOSPC)
				require.Equal(t, before, wholeOf(t, k), "lookups see nothing of it")
				again := change(t.Context(), k)
				if failed == "sync folder "+manifestName {
					requireError(t, again, errors.Unavailable, "Dir", "open the folder again")
				} else {
					require.NoError(t, again, "it works once there is room")
				}
				after := wholeOf(t, k)
				require.NoError(t, k.Close())
				k = reopen(t, dir)
				if failed == "sync folder "+manifestName {
					require.NotEqual(t, onDisk[manifestName], filesOf(t, dir)[manifestName])
					require.NotEqual(t, before, wholeOf(t, k), "the change has come about after all")
				} else {
					require.Equal(t, after, wholeOf(t, k))
				}
			})
			require.NoError(t, k.Close())
		}
	}
}

// TestFailureLeavesNoTrace looks at the files after a refused change.
func TestFailureLeavesNoTrace(t *testing.T) {
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			dir := threeKeys(t)
			k, err := open(dir, password, withSteps(func(op, name string) error {
				if op == "rename" && name == manifestName {
					return syscall.EIO
				}
				return nil
			}))
			require.NoError(t, err)
			defer k.Close()
			before := filesOf(t, dir)
			for range 3 {
				requireError(t, change(t.Context(), k), errors.Unavailable, "Dir", filepath.Join(dir, manifestName))
				require.Equal(t, before, filesOf(t, dir))
			}
		})
	}
}

// TestDiskGoesAway fails at a step and everything after it, tidying up included,
// as a disk does that is pulled out. What is left must open.
func TestDiskGoesAway(t *testing.T) {
	t.Parallel()
	step := 1
	if !testrun.Long() {
		step = 3
	}
	for name, change := range changes {
		for n := rand.IntN(step); ; n += step {
			count := 0
			dir := threeKeys(t)
			k, err := open(dir, password, withSteps(func(op, name string) error {
				if count++; count > n {
					return syscall.EIO
				}
				return nil
			}))
			require.NoError(t, err)
			before := wholeOf(t, k)
			err = change(t.Context(), k)
			require.NoError(t, k.Close())
			again := reopen(t, dir)
			got := wholeOf(t, again)
			if renamed := err == nil || k.folder.broken; renamed {
				require.NotEqual(t, before, got, "%s, step %d", name, n)
			} else {
				require.Equal(t, before, got, "%s, step %d", name, n)
			}
			for file := range filesOf(t, dir) {
				require.False(t, strings.HasSuffix(file, tempSuffix), "Open tidies up")
			}
			require.NoError(t, again.Close())
			if err == nil {
				break
			}
		}
	}
}

func TestNewFolderCannotBeWritten(t *testing.T) {
	for _, failing := range []string{"create", "write", "sync", "rename", "sync folder"} {
		dir := filepath.Join(t.TempDir(), "keys")
		_, err := create(dir, password, withSteps(func(op, _ string) error {
			if op == failing {
				return syscall.EROFS
			}
			return nil
		}))
		requireError(t, err, errors.Unavailable, "Dir", filepath.Join(dir, manifestName))
		require.Empty(t, contents(t, mustOpen(t, dir)))
	}
}

// TestFolderIsRemoved needs no hook: the folder is really gone.
func TestFolderIsRemoved(t *testing.T) {
	dir := threeKeys(t)
	k := mustOpen(t, dir)
	before := contents(t, k)
	if err := os.RemoveAll(dir); err != nil {
		require.Equal(t, "windows", runtime.GOOS, err)
		t.Skipf("an open folder cannot be removed here: %v", err)
	}
	for _, change := range changes {
		requireError(t, change(t.Context(), k), errors.Unavailable, "Dir", dir)
	}
	require.Equal(t, before, contents(t, k))
	v, err := k.Lookup(t.Context(), "alias/a", "")
	require.NoError(t, err)
	_, err = v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err, "what is open needs the files no more")
}
