// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"context"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// testMigrate: three replicas at once, and again; and what is refused.
func testMigrate(t *testing.T, s server) {
	for range 5 {
		d := newDatabase(t, s)
		var all sync.WaitGroup
		ids := make([]string, 3)
		for i := range 3 {
			all.Go(func() {
				pool := d.pool(t)
				if err := Migrate(t.Context(), pool); err != nil {
					t.Error(err)
				}
				k := d.open(t)
				ids[i] = k.keys.keyringID
				if _, err := k.Create(t.Context(), keyspec.ECP256); err != nil {
					t.Error(err)
				}
				if err := Migrate(t.Context(), pool); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Equal(t, []string{ids[0], ids[0], ids[0]}, ids)
		require.Len(t, consistent(t, d), 3)
	}

	d := newDatabase(t, s)
	pool := d.pool(t)
	_, err := Open(t.Context(), pool, testKEK(t, 1))
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, "call Migrate")
	d.exec(t, pool, "CREATE TABLE kmsigner_versions ()") // in the way
	err = Migrate(t.Context(), pool)
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, "42P07")
	version, err := schemaVersion(t.Context(), pool)
	require.NoError(t, err)
	require.Zero(t, version, "all of it or nothing")
	d.exec(t, pool, "DROP TABLE kmsigner_versions")
	require.NoError(t, Migrate(t.Context(), pool))
	d.exec(t, pool, "INSERT INTO kmsigner_migrations VALUES (99)")
	require.ErrorContains(t, Migrate(t.Context(), pool), "version 99")

	d.exec(t, pool, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
	pool = database{s, strings.Replace(s.DSN, "dbname=postgres", "dbname=latin", 1)}.pool(t)
	require.NoError(t, Migrate(t.Context(), pool))
	_, err = Open(t.Context(), pool, testKEK(t, 1))
	require.ErrorContains(t, err, "LATIN1")

	// With a tool of one's own.
	d = newDatabase(t, s)
	pool = d.pool(t)
	files, err := fs.Glob(Migrations(), "*.sql")
	require.NoError(t, err)
	for i, file := range files {
		require.Regexp(t, regexp.MustCompile(`^\d{4}_[a-z_]+\.sql$`), file)
		text, err := fs.ReadFile(Migrations(), file)
		require.NoError(t, err)
		_, err = pool.Exec(t.Context(), string(text))
		require.NoError(t, err)
		version, err := schemaVersion(t.Context(), pool)
		require.NoError(t, err)
		require.Equal(t, i+1, version, "each file records itself")
	}
	d.open(t)
}

// testInvalid: calls that cannot be made.
func testInvalid(t *testing.T, s server) {
	d := migrated(t, s)
	pool, kek := d.pool(t), testKEK(t, 1)
	var none context.Context
	var noKEK *heldKEK
	for param, err := range map[string]error{
		"Pool":             Migrate(t.Context(), nil),
		"Context":          Migrate(none, pool),
		"Pool ":            second(Open(t.Context(), nil, kek)),
		"Context ":         second(Open(none, pool, kek)),
		"KEK":              second(Open(t.Context(), pool, nil)),
		"KEK typed nil":    second(Open(t.Context(), pool, noKEK)),
		"KEK without name": second(Open(t.Context(), pool, &namedKEK{id: ""})),
		"KEK long name":    second(Open(t.Context(), pool, &namedKEK{id: strings.Repeat("x", 256)})),
		"KEK odd name":     second(Open(t.Context(), pool, &namedKEK{id: "a\n"})),
		"KEK former":       second(Open(t.Context(), pool, kek, WithFormerKEK(nil))),
		"Option":           second(Open(t.Context(), pool, kek, nil)),
		"MaxAge":           second(Open(t.Context(), pool, kek, WithMaxAge(0))),
		"MaxStale":         second(Open(t.Context(), pool, kek, WithMaxStale(-1))),
		"MaxEntries":       second(Open(t.Context(), pool, kek, WithMaxEntries(0))),
		"Timeout":          second(Open(t.Context(), pool, kek, WithTimeout(0))),
		"ListenConfig":     second(Open(t.Context(), pool, kek, WithListenConfig(nil))),
		"Logger":           second(Open(t.Context(), pool, kek, WithLogger(nil))),
		"KEK of 31 bytes":  second(NewKEK(make([]byte, 31))),
		"KEK of zeros":     second(NewKEK(make([]byte, 32))),
		"KEK no password":  second(PasswordKEK(nil)),
		"Keyring":          (*Keyring)(nil).Close(),
		"Keyring zero":     new(Keyring).Close(),
		"Keyring nil":      second((*Keyring)(nil).Lookup(t.Context(), "k", "")),
		"Keyring rewrap":   second(new(Keyring).Rewrap(t.Context())),
		"Keyring purge":    second(new(Keyring).Purge(t.Context(), unixEpoch)),
	} {
		var e *errors.Error
		require.ErrorAs(t, err, &e, param)
		require.Equal(t, errors.InvalidParameter, e.Code, param)
		require.Equal(t, strings.Fields(param)[0], e.Param)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Migrate(cancelled, pool), context.Canceled)
	require.ErrorIs(t, second(Open(cancelled, pool, kek)), context.Canceled)

	k, err := Open(t.Context(), pool, kek)
	require.NoError(t, err)
	require.NoError(t, k.Close())
	require.NoError(t, k.Close())
	for _, err := range []error{second(k.Lookup(t.Context(), "k", "")), second(k.Create(t.Context(), keyspec.ECP256)),
		second(k.Rewrap(t.Context()))} {
		require.ErrorIs(t, err, errors.Unavailable)
		require.ErrorContains(t, err, "closed")
	}
	require.NoError(t, pool.Ping(t.Context()), "the pool is the caller's")

	gone, err := pgxpool.New(t.Context(), "host=/nonexistent user=u password=hunter2")
	require.NoError(t, err)
	defer gone.Close()
	for _, err := range []error{Migrate(t.Context(), gone), second(Open(t.Context(), gone, kek))} {
		require.ErrorIs(t, err, errors.Unavailable)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

// TestDatabaseError: the keyring's own deadline does not look like that of the caller.
func TestDatabaseError(t *testing.T) {
	unknown := &errors.Error{Code: errors.Unavailable, Param: "Database", Reason: "not known",
		Err: context.DeadlineExceeded}
	done, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for _, err := range []error{unknown, context.DeadlineExceeded} {
		got := databaseError(t.Context(), err)
		require.ErrorIs(t, got, errors.Unavailable)
		require.NotErrorIs(t, got, context.DeadlineExceeded)
		require.ErrorIs(t, databaseError(done, err), context.DeadlineExceeded)
	}
	require.ErrorContains(t, databaseError(t.Context(), unknown), "not known")
	require.NoError(t, databaseError(done, nil))
}
