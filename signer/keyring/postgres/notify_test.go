// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// patience is how long a test waits for what happens some time.
const patience = 30 * time.Second

// sees waits until a replica finds a key in a state.
func sees(t *testing.T, k *Keyring, name string, state keyring.State) {
	t.Helper()
	require.Eventually(t, func() bool {
		v, err := k.Lookup(t.Context(), name, "")
		return err == nil && v.State == state
	}, patience, time.Millisecond, "%s is not %s", name, state)
}

// listening waits until a replica, which asks because of its bound in an hour only, hears of changes and has heard of
// those so far: until it asks for a missing alias again, of which it is told now.
func listening(t *testing.T, d database, k *Keyring) {
	t.Helper()
	missing, known := "alias/"+keyring.NewID(), false
	require.Eventually(t, func() bool {
		loads := k.loads.Load()
		_, err := k.Lookup(t.Context(), missing, "")
		if known && k.loads.Load() > loads {
			return true
		}
		known = errors.Is(err, errors.AliasNotFound)
		d.exec(t, k.pool, "SELECT pg_notify($1, $2)", channel, k.keys.keyringID+" "+missing)
		return false
	}, patience, time.Millisecond)
}

// testNotifications: with an age of an hour, only notifications tell.
func testNotifications(t *testing.T, s server) {
	d := migrated(t, s)
	a, b := d.open(t, WithMaxAge(time.Hour)), d.open(t, WithMaxAge(time.Hour))
	ctx := t.Context()
	listening(t, d, b)
	v, err := a.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	other, err := a.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	for _, name := range []string{"alias/a", "alias/b"} {
		_, err = b.Lookup(ctx, name, "")
		require.ErrorIs(t, err, errors.AliasNotFound) // and is kept
	}
	require.NoError(t, a.SetAlias(ctx, "alias/a", v.KeyID))
	sees(t, b, "alias/a", keyring.Enabled)
	sees(t, b, v.KeyID, keyring.Enabled)
	require.NoError(t, a.SetState(ctx, v.KeyID, keyring.Disabled))
	sees(t, b, "alias/a", keyring.Disabled)
	sees(t, b, v.KeyID, keyring.Disabled)
	require.NoError(t, a.SetState(ctx, "alias/a", keyring.Enabled))
	sees(t, b, "alias/a", keyring.Enabled)

	found := func(name string) string {
		v, err := b.Lookup(ctx, name, "")
		if err != nil {
			return string(errors.CodeOf(err))
		}
		return v.KeyID + v.VersionID
	}
	second, err := a.Rotate(ctx, v.KeyID)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return found("alias/a") == v.KeyID+second.VersionID }, patience, time.Millisecond)
	require.NoError(t, a.SetAlias(ctx, "alias/a", other.KeyID))
	require.Eventually(t, func() bool { return found("alias/a") == other.KeyID+other.VersionID }, patience, time.Millisecond)
	require.NoError(t, a.DeleteAlias(ctx, "alias/a"))
	require.Eventually(t, func() bool { return found("alias/a") == string(errors.AliasNotFound) }, patience, time.Millisecond)
	_, err = a.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: "alias/b"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return found("alias/b") != string(errors.AliasNotFound) }, patience, time.Millisecond)
	require.Equal(t, string(errors.KeyNotFound), found("id"))
	_, err = a.CreateAs(ctx, "id", "v", keyspec.ECP256)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return found("id") == "idv" }, patience, time.Millisecond)
	require.NoError(t, a.ScheduleDeletion(ctx, "id", time.Unix(1, 0)))
	ids, err := a.Purge(ctx, time.Now())
	require.NoError(t, err)
	require.Equal(t, []string{"id"}, ids)
	require.Eventually(t, func() bool { return found("id") == string(errors.KeyNotFound) }, patience, time.Millisecond)
	_, err = b.CreateAs(ctx, "id", "v2", keyspec.ECP256) // whose row is newer than the one that both have seen
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := a.Lookup(ctx, "id", "")
		return err == nil
	}, patience, time.Millisecond)
}

// gated returns a configuration whose connections can be forbidden.
func gated(t *testing.T, d database) (*pgx.ConnConfig, *atomic.Bool) {
	t.Helper()
	config, err := pgx.ParseConfig(d.dsn)
	require.NoError(t, err)
	closed := new(atomic.Bool)
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if closed.Load() {
			return nil, errors.New("the gate is closed")
		}
		return dial(ctx, network, addr)
	}
	config.RuntimeParams["application_name"] = "listener"
	return config, closed
}

// testLostNotifications: the age of what is known bounds how long it is used.
func testLostNotifications(t *testing.T, s server) {
	d := migrated(t, s)
	config, closed := gated(t, d)
	closed.Store(true)
	a, deaf := d.open(t), d.open(t, WithListenConfig(config), WithMaxAge(200*time.Millisecond))
	v, err := a.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	sees(t, deaf, v.KeyID, keyring.Enabled)
	require.NoError(t, a.SetState(t.Context(), v.KeyID, keyring.Disabled))
	// From now on there is no answer that is older than the bound.
	for begun := time.Now(); ; {
		asked := time.Now()
		got, err := deaf.Lookup(t.Context(), v.KeyID, "")
		if errors.Is(err, errors.Unavailable) { // the database has not answered within the bound, either
			require.Less(t, asked.Sub(begun), patience)
			continue
		}
		require.NoError(t, err)
		if got.State == keyring.Disabled {
			break
		}
		require.Less(t, asked.Sub(begun), 200*time.Millisecond, "a disabled key is Enabled beyond the bound")
	}
	require.Zero(t, deaf.heard.Load())
}

// testTaken: an alias that a change has found to exist is known at once, without a
// notification.
func testTaken(t *testing.T, s server) {
	d := migrated(t, s)
	config, closed := gated(t, d)
	closed.Store(true)
	a, deaf := d.open(t), d.open(t, WithListenConfig(config), WithMaxAge(time.Hour))
	ctx := t.Context()
	own, err := deaf.Create(ctx, keyspec.ECP256)
	require.NoError(t, err)
	for alias, create := range map[string]func(string) error{
		"alias/a": func(alias string) error {
			_, err := deaf.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: alias})
			return err
		},
		"alias/b": func(alias string) error { return deaf.CreateAlias(ctx, alias, own.KeyID) },
	} {
		_, err = deaf.Lookup(ctx, alias, "")
		require.ErrorIs(t, err, errors.AliasNotFound) // and is kept
		v, err := a.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: alias})
		require.NoError(t, err)
		_, err = deaf.Lookup(ctx, alias, "")
		require.ErrorIs(t, err, errors.AliasNotFound, "nothing has told")
		require.ErrorIs(t, create(alias), errors.AlreadyExists)
		got, err := deaf.Lookup(ctx, alias, "")
		require.NoError(t, err, alias)
		require.Equal(t, v.KeyID, got.KeyID)
	}
	_, err = deaf.Lookup(ctx, "alias/c", "")
	require.ErrorIs(t, err, errors.AliasNotFound)
	require.NoError(t, a.SetAlias(ctx, "alias/c", own.KeyID))
	require.NoError(t, deaf.SetAlias(ctx, "alias/c", own.KeyID))
	_, err = deaf.Lookup(ctx, "alias/c", "")
	require.NoError(t, err)
	require.Zero(t, deaf.heard.Load())
}

// testReconnect: what changed while no connection listened is noticed when the connection for
// notifications is there again.
func testReconnect(t *testing.T, s server) {
	d := migrated(t, s)
	config, closed := gated(t, d)
	a, b := d.open(t), d.open(t, WithListenConfig(config), WithMaxAge(time.Hour))
	v, err := a.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	listening(t, d, b) // it would ask again once it is told of the creation
	sees(t, b, v.KeyID, keyring.Enabled)
	made, err := b.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	first, err := made.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)

	closed.Store(true)
	d.exec(t, a.pool, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'")
	require.Eventually(t, func() bool {
		var n int
		require.NoError(t, a.pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listener'").Scan(&n))
		return n == 0
	}, patience, time.Millisecond)
	require.NoError(t, a.SetState(t.Context(), v.KeyID, keyring.Disabled))
	got, err := b.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	require.Equal(t, keyring.Enabled, got.State, "nothing can have told it")

	closed.Store(false)
	sees(t, b, v.KeyID, keyring.Disabled)
	require.NoError(t, a.SetState(t.Context(), v.KeyID, keyring.Enabled))
	sees(t, b, v.KeyID, keyring.Enabled)
	made, err = b.Lookup(t.Context(), v.KeyID, "")
	require.NoError(t, err)
	again, err := made.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Same(t, first, again, "the key is decrypted once")
}

// testWarm: a warm lookup makes no trip, and two keyrings in one database do not hear
// each other.
func testWarm(t *testing.T, s server) {
	d, other := migrated(t, s), migrated(t, s)
	k := d.open(t, WithMaxAge(time.Hour))
	listening(t, d, k)
	v, err := k.Create(t.Context(), keyspec.ECP256)
	require.NoError(t, err)
	require.NoError(t, k.SetAlias(t.Context(), "alias/a", v.KeyID))
	listening(t, d, k) // what k itself has told has come by now
	for _, name := range []string{v.KeyID, "alias/a"} {
		sees(t, k, name, keyring.Enabled)
	}
	o := other.open(t)
	_, err = o.ImportAs(t.Context(), v.KeyID, "v", first(keyspec.GenerateKey(keyspec.ECP256)))
	require.NoError(t, err)
	require.NoError(t, o.SetAlias(t.Context(), "alias/a", v.KeyID))
	listening(t, d, k) // what the other one has told has come by now
	loads := k.loads.Load()
	for range 100 {
		for _, name := range []string{v.KeyID, "alias/a"} {
			_, err := k.Lookup(t.Context(), name, "")
			require.NoError(t, err)
		}
	}
	require.Equal(t, loads, k.loads.Load())
}

func first[T any](v T, _ error) T { return v }
