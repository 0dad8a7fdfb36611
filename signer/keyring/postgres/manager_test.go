// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// server is one that several tests share.
type server = *services.PostgresServer

// A database is a schema of its own in a server.
type database struct {
	server
	dsn string
}

var schemas atomic.Int64

// newDatabase makes an empty schema.
func newDatabase(t testing.TB, s server) database {
	t.Helper()
	d := database{s, fmt.Sprintf("%s search_path=s%d", s.DSN, schemas.Add(1))}
	d.exec(t, d.pool(t), "CREATE SCHEMA "+d.schema())
	return d
}

func (d database) schema() string { return d.dsn[len(d.DSN)+len(" search_path="):] }

// migrated makes a schema with the tables.
func migrated(t testing.TB, s server) database {
	t.Helper()
	d := newDatabase(t, s)
	require.NoError(t, Migrate(t.Context(), d.pool(t)))
	return d
}

// pool connects, as one replica.
func (d database) pool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), d.dsn+" pool_max_conns=4")
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func (d database) exec(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err, sql)
}

// open opens the keyring as one replica more.
func (d database) open(t testing.TB, opts ...Option) *Keyring {
	t.Helper()
	return d.openWith(t, testKEK(t, 1), opts...)
}

func (d database) openWith(t testing.TB, kek KEK, opts ...Option) *Keyring {
	t.Helper()
	k, err := Open(t.Context(), d.pool(t), kek, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	return k
}

// testKEK returns one of several keys.
func testKEK(t testing.TB, n byte) KEK {
	t.Helper()
	key := make([]byte, 32)
	key[31] = n
	kek, err := NewKEK(key)
	require.NoError(t, err)
	return kek
}

func TestPostgres(t *testing.T) {
	s := services.Postgres(t, "fsync=off") // a change may take three seconds: not enough for a disk that is busy
	for _, tt := range []struct {
		name string
		test func(*testing.T, server)
	}{
		{"Manager", testManager},
		{"plans", testPlans},
		{"other modes", testModes},
		{"tampering", testTampering},
		{"rollback", testRollback},
		{"damaged keyring", testDamagedKeyring},
		{"two replicas", testTwoReplicas},
		{"notifications", testNotifications},
		{"lost notifications", testLostNotifications},
		{"an alias that is taken", testTaken},
		{"reconnect", testReconnect},
		{"warm", testWarm},
		{"cancelled", testCancelled},
		{"cut connections", testCut},
		{"retries", testRetries},
		{"migrations", testMigrate},
		{"invalid", testInvalid},
		{"KEKs", testKEKs},
		{"rewrap", testRewrap},
		{"dump", testDump},
		{"format", testFormat},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, s) })
	}
}

// testManager runs the suite in one replica that makes the changes and another one that
// sees them.
func testManager(t *testing.T, s server) {
	databases := map[keyring.Manager]database{}
	signertest.TestManager(t, func(t *testing.T) keyring.Manager {
		d := migrated(t, s)
		k := d.open(t)
		databases[k] = d
		return k
	}, func(t *testing.T, m keyring.Manager) keyring.Manager {
		k := databases[m].open(t)
		databases[k] = databases[m]
		return k
	})
}

// testModes: what pgx does with statements is the pool's choice. Poolers that give each
// transaction another connection need one of the others.
func testModes(t *testing.T, s server) {
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		d := migrated(t, s)
		d.dsn += " default_query_exec_mode=" + mode
		require.NoError(t, Migrate(t.Context(), d.pool(t)), mode)
		k := d.open(t)
		v := newVictim(t, k)
		require.NoError(t, k.SetAlias(t.Context(), v.otherAlias, v.alias), mode)
		require.NoError(t, k.DeleteAlias(t.Context(), v.alias), mode)
		require.NoError(t, k.ScheduleDeletion(t.Context(), v.otherID, time.Unix(1, 0)), mode)
		_, err := k.Lookup(t.Context(), v.otherAlias, v.first)
		require.NoError(t, err, mode)
		keys, _, err := k.ListPage(t.Context(), keyring.Page{Offset: 1, Limit: 1})
		require.NoError(t, err, mode)
		require.Equal(t, v.otherID, keys[0].KeyID, mode)
		aliases, _, err := k.Aliases(t.Context(), "", keyring.Page{Limit: 1})
		require.NoError(t, err, mode)
		require.Equal(t, []keyring.Alias{{Name: v.otherAlias, KeyID: v.id}}, aliases, mode)
		ids, err := k.Purge(t.Context(), time.Now())
		require.NoError(t, err, mode)
		require.Equal(t, []string{v.otherID}, ids, mode)
		last := d.openWith(t, testKEK(t, 2), WithFormerKEK(testKEK(t, 1)))
		n, err := last.Rewrap(t.Context())
		require.NoError(t, err, mode)
		require.Equal(t, 3, n, mode)
	}
}
