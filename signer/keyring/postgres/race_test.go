// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// consistent reads everything with a new replica, which verifies it, and compares the two
// places that aliases are in.
func consistent(t testing.TB, d database) []keyring.Key {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), d.dsn)
	require.NoError(t, err)
	defer pool.Close()
	k, err := Open(t.Context(), pool, testKEK(t, 1))
	require.NoError(t, err)
	defer k.Close()
	keys, total, err := k.ListPage(t.Context(), keyring.Page{})
	require.NoError(t, err)
	require.Len(t, keys, total)
	var n int
	require.NoError(t, k.pool.QueryRow(t.Context(), "SELECT count(*) FROM kmsigner_keys").Scan(&n))
	require.Equal(t, n, total)
	aliases, _, err := k.Aliases(t.Context(), "", keyring.Page{})
	require.NoError(t, err)
	owners := map[string]string{}
	for _, key := range keys {
		require.NotEmpty(t, key.Versions)
		for _, alias := range key.Aliases {
			require.NotContains(t, owners, alias)
			owners[alias] = key.KeyID
		}
	}
	for _, a := range aliases {
		require.Equal(t, owners[a.Name], a.KeyID)
	}
	require.Len(t, owners, len(aliases))
	return keys
}

// testTwoReplicas: changes of one key at once end in one of the two orders.
func testTwoReplicas(t *testing.T, s server) {
	d := migrated(t, s)
	replicas := []*Keyring{d.open(t), d.open(t)}
	ctx := t.Context()
	const rounds = 20
	// both runs two changes at once and returns their errors.
	both := func(f func(i int, k *Keyring) error) [2]error {
		var all sync.WaitGroup
		var errs [2]error
		start := make(chan struct{})
		for i, k := range replicas {
			all.Go(func() { <-start; errs[i] = f(i, k) })
		}
		close(start)
		all.Wait()
		return errs
	}
	// one reports whether exactly one change failed, and with this code.
	one := func(errs [2]error, code errors.Code) {
		t.Helper()
		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		require.NoError(t, errs[0])
		require.ErrorIs(t, errs[1], code)
	}
	key, err := replicas[0].Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	other, err := replicas[0].Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	versions := 1
	for i := range rounds {
		require.Equal(t, [2]error{}, both(func(_ int, k *Keyring) error { _, err := k.Rotate(ctx, key.KeyID); return err }))
		versions += 2

		require.Equal(t, [2]error{}, both(func(n int, k *Keyring) error {
			return k.SetAlias(ctx, fmt.Sprintf("alias/%d-%d", n, i), key.KeyID)
		}))

		alias := fmt.Sprint("alias/one-", i)
		one(both(func(n int, k *Keyring) error {
			return k.CreateAlias(ctx, alias, []string{key.KeyID, other.KeyID}[n])
		}), errors.AlreadyExists)

		// In opposite directions.
		require.NoError(t, replicas[0].SetAlias(ctx, "alias/a", key.KeyID))
		require.NoError(t, replicas[0].SetAlias(ctx, "alias/b", other.KeyID))
		require.Equal(t, [2]error{}, both(func(n int, k *Keyring) error {
			return k.SetAlias(ctx, []string{"alias/a", "alias/b"}[n], []string{other.KeyID, key.KeyID}[n])
		}))
		for n, id := range []string{other.KeyID, key.KeyID} {
			got, err := replicas[1].Describe(ctx, []string{"alias/a", "alias/b"}[n])
			require.NoError(t, err)
			require.Equal(t, id, got.KeyID)
		}
		one(both(func(_ int, k *Keyring) error { return k.DeleteAlias(ctx, "alias/a") }), errors.AliasNotFound)

		one(both(func(_ int, k *Keyring) error {
			_, err := k.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: fmt.Sprint("alias/with-", i)})
			return err
		}), errors.AlreadyExists)

		one(both(func(_ int, k *Keyring) error {
			_, err := k.ImportAs(ctx, fmt.Sprint("as-", i), "v1", signertest.Key(keyspec.ECP256))
			return err
		}), errors.InvalidParameter)

		// A state and a description: neither is lost.
		state := []keyring.State{keyring.Disabled, keyring.Enabled}[i%2]
		require.Equal(t, [2]error{}, both(func(n int, k *Keyring) error {
			if n == 0 {
				return k.SetState(ctx, other.KeyID, state)
			}
			return k.SetDescription(ctx, other.KeyID, fmt.Sprint(i))
		}))
		got, err := replicas[0].Describe(ctx, other.KeyID)
		require.NoError(t, err)
		require.Equal(t, []any{state, fmt.Sprint(i)}, []any{got.State, got.Description})

		// A rotation and its key's disabling: in either order.
		errs := both(func(n int, k *Keyring) error {
			if n == 0 {
				_, err := k.Rotate(ctx, key.KeyID)
				return err
			}
			return k.SetState(ctx, key.KeyID, keyring.Disabled)
		})
		require.NoError(t, errs[1])
		if errs[0] == nil {
			versions++
		} else {
			require.ErrorIs(t, errs[0], errors.KeyDisabled)
		}
		require.NoError(t, replicas[1].SetState(ctx, key.KeyID, keyring.Enabled))
	}
	consistent(t, d)
	got, err := replicas[0].Describe(ctx, key.KeyID)
	require.NoError(t, err)
	require.Len(t, got.Versions, versions)
}
