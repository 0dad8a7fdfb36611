// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

func TestManagers(t *testing.T) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		if !testrun.Long() {
			return // signertest's own test has it
		}
		signertest.TestManager(t, func(*testing.T) keyring.Manager { return keyring.New() }, nil)
	})
	t.Run("folder", func(t *testing.T) {
		dirs := make(map[keyring.Manager]string)
		open := func(t *testing.T, dir string) keyring.Manager {
			k := keyring.Cheap(t, dir)
			dirs[k] = dir
			return k
		}
		signertest.TestManager(t,
			func(t *testing.T) keyring.Manager { return open(t, t.TempDir()) },
			func(t *testing.T, m keyring.Manager) keyring.Manager {
				require.NoError(t, m.(*keyring.Keyring).Close())
				return open(t, dirs[m])
			})
	})
}

// TestStores: a cache over tables of one's own is a Store like any other.
func TestStores(t *testing.T) {
	tables, err := newRows()
	require.NoError(t, err)
	for _, id := range []string{"disabled", "deleted", "empty"} {
		tables.keys[id] = keyRow{
			map[string]keyring.State{"disabled": keyring.Disabled, "deleted": keyring.PendingDeletion,
				"empty": keyring.PendingImport}[id], "v1",
		}
		tables.versions[[2]string{id, "v1"}] = tables.versions[[2]string{"key-1", "v1"}]
	}
	other, err := newRows()
	require.NoError(t, err)
	tables.versions[[2]string{"key-1", "v0"}] = other.versions[[2]string{"key-1", "v1"}]
	signertest.TestStore(t, keyring.NewCache(tables.load, keyring.CacheOptions{}), signertest.StoreNames{
		KeyID: "key-1", VersionID: "v1", OldVersionID: "v0", Alias: "alias/invoices",
		Disabled: "disabled", PendingDeletion: "deleted", PendingImport: "empty",
	})
}

func TestPurge(t *testing.T) {
	for name, k := range map[string]*keyring.Keyring{"memory": keyring.New(), "folder": keyring.Cheap(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			due := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
			keep, first, later, never, second := create(t, k, "alias/keep"), create(t, k, "alias/a"), create(t, k, ""),
				create(t, k, ""), create(t, k, "")
			_, err := k.Rotate(t.Context(), first.KeyID)
			require.NoError(t, err)
			require.NoError(t, k.ScheduleDeletion(t.Context(), second.KeyID, due))
			require.NoError(t, k.ScheduleDeletion(t.Context(), first.KeyID, due))
			require.NoError(t, k.ScheduleDeletion(t.Context(), later.KeyID, due.Add(time.Second)))
			require.NoError(t, k.SetState(t.Context(), never.KeyID, keyring.PendingDeletion))
			ids, err := k.Purge(t.Context(), due.Add(-time.Nanosecond))
			require.NoError(t, err)
			require.Empty(t, ids)
			ids, err = k.Purge(t.Context(), due)
			require.NoError(t, err)
			require.Equal(t, []string{first.KeyID, second.KeyID}, ids)
			list, err := k.List(t.Context())
			require.NoError(t, err)
			require.Len(t, list, 3)
			_, err = k.Lookup(t.Context(), first.KeyID, first.VersionID)
			requireError(t, err, errors.KeyNotFound, "KeyId")
			_, err = k.Lookup(t.Context(), "alias/a", "")
			requireError(t, err, errors.AliasNotFound, "KeyId")
			orphans, err := k.Orphans(t.Context())
			require.NoError(t, err)
			require.Empty(t, orphans, "the files of purged keys are gone")
			ids, err = k.Purge(t.Context(), due.AddDate(1, 0, 0))
			require.NoError(t, err)
			require.Equal(t, []string{later.KeyID}, ids)
			for _, id := range []string{keep.KeyID, never.KeyID} {
				_, err = k.Lookup(t.Context(), id, "")
				require.NoError(t, err)
			}
			_, err = first.Signer(keyspec.ECDSASHA256)
			require.NoError(t, err, "a version is as it was when it was looked up")
		})
	}
	_, err := (*keyring.Keyring)(nil).Purge(context.Background(), time.Now())
	requireError(t, err, errors.InvalidParameter, "Keyring")
}
