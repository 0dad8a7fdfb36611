// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A victim is a key with two versions and an alias, and another one with one of each.
type victim struct {
	*Keyring
	id, first, second, alias string
	otherID, otherVersion    string
	otherAlias               string
}

func newVictim(t *testing.T, k *Keyring) *victim {
	t.Helper()
	ctx := t.Context()
	v := &victim{Keyring: k, alias: "alias/" + keyring.NewID(), otherAlias: "alias/" + keyring.NewID()}
	first, err := k.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: v.alias, Description: "d"})
	require.NoError(t, err)
	second, err := k.Rotate(ctx, first.KeyID)
	require.NoError(t, err)
	other, err := k.CreateWith(ctx, keyspec.ECP256, keyring.Attributes{Alias: v.otherAlias})
	require.NoError(t, err)
	v.id, v.first, v.second, v.otherID, v.otherVersion = first.KeyID, first.VersionID, second.VersionID, other.KeyID,
		other.VersionID
	return v
}

// unbound drops what the database itself checks, which an attacker can do too.
func unbound(t *testing.T, d database, pool *pgxpool.Pool) {
	t.Helper()
	for table, constraints := range map[string][]string{
		"kmsigner_versions": {"kmsigner_versions_key_id_fkey", "kmsigner_versions_data_key_fkey",
			"kmsigner_versions_key_id_number_key",
			"kmsigner_versions_pkey"},
		"kmsigner_aliases": {"kmsigner_aliases_key_id_fkey"},
		"kmsigner_keys":    {"kmsigner_keys_data_key_fkey"},
	} {
		for _, c := range constraints {
			d.exec(t, pool, "ALTER TABLE "+table+" DROP CONSTRAINT "+c)
		}
	}
	d.exec(t, pool, "ALTER TABLE kmsigner_keys ALTER description DROP NOT NULL")
	d.exec(t, pool, "ALTER TABLE kmsigner_versions ALTER sealed DROP NOT NULL, ALTER number DROP NOT NULL, ALTER data_key DROP NOT NULL")
}

// testTampering: what was changed without the KEK is refused by the key's name, by the
// calls that use it.
func testTampering(t *testing.T, s server) {
	d := migrated(t, s)
	k := d.open(t)
	unbound(t, d, k.pool)
	lookup := func(v *victim) error { _, err := v.Lookup(t.Context(), v.id, ""); return err }
	byAlias := func(v *victim) error { _, err := v.Lookup(t.Context(), v.alias, ""); return err }
	old := func(v *victim) error { _, err := v.Lookup(t.Context(), v.id, v.first); return err }
	byOtherAlias := func(v *victim) error { _, err := v.Lookup(t.Context(), v.otherAlias, ""); return err }
	describe := func(v *victim) error { _, err := v.Describe(t.Context(), v.id); return err }
	list := func(v *victim) error { _, _, err := v.ListPage(t.Context(), keyring.Page{}); return err }
	aliases := func(v *victim) error { _, _, err := v.Aliases(t.Context(), "", keyring.Page{}); return err }
	setState := func(v *victim) error { return v.SetState(t.Context(), v.id, keyring.Disabled) }
	rotate := func(v *victim) error { _, err := v.Rotate(t.Context(), v.id); return err }
	setAlias := func(v *victim) error { return v.SetAlias(t.Context(), v.alias, v.otherID) }
	deleteAlias := func(v *victim) error { return v.DeleteAlias(t.Context(), v.alias) }
	createAlias := func(v *victim) error { return v.CreateAlias(t.Context(), v.alias, v.otherID) }
	schedule := func(v *victim) error { return v.SetDescription(t.Context(), v.alias, "x") }
	type call = func(*victim) error
	whole := []call{lookup, byAlias, old, describe, list, aliases, setState, rotate, setAlias, deleteAlias, schedule}

	for what, tt := range map[string]struct {
		statement string // $1: the key, $2: the other one, $3 and $4: its versions, $5: its alias
		calls     []call
	}{
		"number":                {"UPDATE kmsigner_keys SET number = number + 1000000 WHERE key_id = $1", whole},
		"key_spec":              {"UPDATE kmsigner_keys SET key_spec = 'EC_SM2' WHERE key_id = $1", whole},
		"state":                 {"UPDATE kmsigner_keys SET state = 'Disabled' WHERE key_id = $1", whole},
		"state, an unknown one": {"UPDATE kmsigner_keys SET state = 'enabled' WHERE key_id = $1", whole},
		"created":               {"UPDATE kmsigner_keys SET created = created - interval '1 s' WHERE key_id = $1", whole},
		"created, infinite":     {"UPDATE kmsigner_keys SET created = 'infinity' WHERE key_id = $1", whole},
		"deletion_date":         {"UPDATE kmsigner_keys SET deletion_date = now() WHERE key_id = $1", whole},
		"description":           {"UPDATE kmsigner_keys SET description = 'D' WHERE key_id = $1", whole},
		"primary_version":       {"UPDATE kmsigner_keys SET primary_version = $3 WHERE key_id = $1", whole},
		"primary_version, none": {"UPDATE kmsigner_keys SET primary_version = 'v' WHERE key_id = $1", whole},
		"versions":              {"UPDATE kmsigner_keys SET versions = 1 WHERE key_id = $1", whole},
		"aliases, one more":     {"UPDATE kmsigner_keys SET aliases = aliases || '{alias/x}' WHERE key_id = $1", whole},
		"aliases, none": {"UPDATE kmsigner_keys SET aliases = '{}' WHERE key_id = $1",
			[]call{lookup, byAlias, old, describe, list, setState, setAlias}},
		"revision": {"UPDATE kmsigner_keys SET revision = revision + 1 WHERE key_id = $1", whole},
		"tag": {"UPDATE kmsigner_keys SET tag = set_byte(tag, 3, get_byte(tag, 3) # 1) WHERE key_id = $1",
			whole},
		"tag, short":         {"UPDATE kmsigner_keys SET tag = '' WHERE key_id = $1", whole},
		"tag of another key": {"UPDATE kmsigner_keys SET tag = (SELECT tag FROM kmsigner_keys WHERE key_id = $2) WHERE key_id = $1", whole},
		"the row of another key": {"UPDATE kmsigner_keys k SET (state, created, description, primary_version, versions, aliases, revision, tag) = " +
			"(SELECT state, created, description, primary_version, versions, aliases, revision, tag FROM kmsigner_keys o WHERE o.key_id = $2) " +
			"WHERE key_id = $1", []call{lookup, old, describe, list, setState}},

		"an old version's number": {"UPDATE kmsigner_versions SET number = 3 WHERE key_id = $1 AND version_id = $3",
			[]call{old, describe, list, rotate}},
		"an old version's created": {"UPDATE kmsigner_versions SET created = created + interval '1 s' WHERE version_id = $3",
			[]call{old, describe, list}},
		"an old version's id": {"UPDATE kmsigner_versions SET version_id = 'v' WHERE version_id = $3",
			[]call{old, describe, list}},
		"an old version as the other": {"UPDATE kmsigner_versions SET version_id = CASE version_id WHEN $3 THEN $4 ELSE $3 END WHERE key_id = $1", []call{lookup, byAlias, old, describe, list}},
		"a version is missing": {"DELETE FROM kmsigner_versions WHERE version_id = $3",
			[]call{old, describe, list, rotate}},
		"the primary one is missing": {"DELETE FROM kmsigner_versions WHERE version_id = $4",
			[]call{lookup, byAlias, describe, list}},
		"a version of another key": {"INSERT INTO kmsigner_versions SELECT $1, version_id, 3, created, public, data_key, sealed FROM kmsigner_versions WHERE key_id = $2", []call{describe, list}},
		"a version twice":          {"INSERT INTO kmsigner_versions SELECT key_id, version_id, number, created, public, data_key, sealed FROM kmsigner_versions WHERE version_id = $3", []call{describe, list}},
		"a public key": {"UPDATE kmsigner_versions SET public = (SELECT public FROM kmsigner_versions WHERE key_id = $2) WHERE version_id = $4",
			[]call{lookup, byAlias, describe, list}},
		"a private key": {"UPDATE kmsigner_versions SET sealed = (SELECT sealed FROM kmsigner_versions WHERE key_id = $2) WHERE version_id = $4",
			[]call{lookup, byAlias, describe, list}},
		"both keys": {"UPDATE kmsigner_versions v SET (public, sealed) = (SELECT public, sealed FROM kmsigner_versions WHERE key_id = $2) WHERE version_id = $4",
			[]call{lookup, byAlias, describe, list}},
		"a bit of a private key": {"UPDATE kmsigner_versions SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 128) WHERE version_id = $4", []call{lookup, describe}},
		"no private key": {"UPDATE kmsigner_versions SET sealed = NULL WHERE version_id = $4",
			[]call{lookup, describe}},
		"a short private key": {"UPDATE kmsigner_versions SET sealed = 'abc' WHERE version_id = $4",
			[]call{lookup, describe}},
		"no number": {"UPDATE kmsigner_versions SET number = NULL WHERE version_id = $4",
			[]call{lookup, describe}},
		"no data key": {"UPDATE kmsigner_versions SET data_key = NULL WHERE version_id = $4",
			[]call{lookup, describe}},

		"a NULL": {"UPDATE kmsigner_keys SET description = NULL WHERE key_id = $1",
			[]call{lookup, describe}},
		"a NULL among the aliases": {"UPDATE kmsigner_keys SET aliases = '{NULL}' WHERE key_id = $1",
			[]call{lookup, describe}},
		"aliases of two dimensions": {"UPDATE kmsigner_keys SET aliases = '{{a,b},{c,d}}' WHERE key_id = $1",
			[]call{lookup, describe}},
		"an alias moves": {"UPDATE kmsigner_aliases SET key_id = $2 WHERE alias = $5", nil},
		"an alias is missing": {"DELETE FROM kmsigner_aliases WHERE alias = $5",
			[]call{byAlias, setAlias, createAlias, deleteAlias}},
		"another alias leads here": {"UPDATE kmsigner_aliases SET key_id = $1 WHERE alias = $6",
			[]call{byOtherAlias, aliases}},
		"a name of an alias": {"UPDATE kmsigner_aliases SET alias = 'alias/moved' WHERE alias = $5",
			[]call{byAlias, aliases}},
		"the data key of a key": {"UPDATE kmsigner_keys SET data_key = 'x' WHERE key_id = $1", nil},
		"an alias that the row lacks": {"INSERT INTO kmsigner_aliases VALUES ('alias/new', $1)",
			[]call{func(v *victim) error { _, err := v.Lookup(t.Context(), "alias/new", ""); return err }, aliases}},
	} {
		t.Run(what, func(t *testing.T) {
			v := newVictim(t, k)
			defer func() {
				d.exec(t, k.pool, "DELETE FROM kmsigner_versions WHERE key_id = $1 OR key_id = $2", v.id, v.otherID)
				d.exec(t, k.pool, "DELETE FROM kmsigner_aliases WHERE key_id = $1 OR key_id = $2", v.id, v.otherID)
				d.exec(t, k.pool, "DELETE FROM kmsigner_keys WHERE key_id = $1 OR key_id = $2", v.id, v.otherID)
			}()
			for _, call := range []call{lookup, byAlias, old, byOtherAlias, describe, list, aliases} {
				require.NoError(t, call(v))
			}
			tx, err := k.pool.Begin(t.Context())
			require.NoError(t, err)
			// All parameters, each with its type, whichever the statement needs.
			_, err = tx.Exec(t.Context(), "PREPARE p (text, text, text, text, text, text) AS "+tt.statement)
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "EXECUTE p ('"+v.id+"', '"+v.otherID+"', '"+v.first+"', '"+v.second+"', '"+v.alias+"', '"+v.otherAlias+"')")
			require.NoError(t, err)
			_, err = tx.Exec(t.Context(), "DEALLOCATE p")
			require.NoError(t, err)
			require.NoError(t, tx.Commit(t.Context()))
			k.cache.Forget("")
			for i, call := range tt.calls {
				err := call(v)
				require.ErrorIs(t, err, errors.Internal, "call %d", i)
				require.Contains(t, err.Error(), v.id, "call %d", i)
			}
			switch what {
			case "an alias moves": // named: the key that it leads to
				for _, call := range []call{byAlias, aliases, setAlias, deleteAlias} {
					err := call(v)
					require.ErrorIs(t, err, errors.Internal)
					require.Contains(t, err.Error(), v.otherID)
					require.Contains(t, err.Error(), "alias/")
				}
			case "the data key of a key":
				require.ErrorContains(t, lookup(v), `the data key "x" is missing`)
			}
		})
	}
}

// testRollback: an older row that is put back is refused by a process that has seen a
// later one; another process cannot know.
func testRollback(t *testing.T, s server) {
	d := migrated(t, s)
	k := d.open(t)
	v := newVictim(t, k)
	d.exec(t, k.pool, "CREATE TABLE backup AS TABLE kmsigner_keys")
	require.NoError(t, k.SetState(t.Context(), v.id, keyring.Disabled))
	seen := d.open(t)
	_, err := seen.Describe(t.Context(), v.id)
	require.NoError(t, err)
	d.exec(t, k.pool, "UPDATE kmsigner_keys k SET state = b.state, revision = b.revision, tag = b.tag FROM backup b WHERE b.key_id = k.key_id")
	for _, k := range []*Keyring{k, seen} {
		k.cache.Forget("")
		_, err := k.Lookup(t.Context(), v.id, "")
		require.ErrorIs(t, err, errors.Internal)
		require.ErrorContains(t, err, v.id)
		require.ErrorIs(t, k.SetState(t.Context(), v.id, keyring.Disabled), errors.Internal)
		_, err = k.Lookup(t.Context(), v.otherID, "")
		require.NoError(t, err)
	}
	_, err = d.open(t).Lookup(t.Context(), v.id, "")
	require.NoError(t, err, "a new process cannot know: the documentation says so")
}

// testDamagedKeyring: rows that belong to all keys.
func testDamagedKeyring(t *testing.T, s server) {
	for statement, says := range map[string]string{
		"UPDATE kmsigner_keyring SET id = 'x'":                   "kmsigner_data_keys was changed",
		"UPDATE kmsigner_keyring SET iterations = 1":             "iterations",
		"UPDATE kmsigner_keyring SET iterations = 2000000000":    "iterations",
		"UPDATE kmsigner_keyring SET salt = ''":                  "salt",
		"DELETE FROM kmsigner_keyring":                           "kmsigner_keyring is missing",
		"UPDATE kmsigner_data_keys SET kek = 'x'":                `wrapped by the key-encryption key "x"`,
		"UPDATE kmsigner_data_keys SET number = 7":               "kmsigner_data_keys was changed",
		"UPDATE kmsigner_data_keys SET wrapped = wrapped || 'x'": "kmsigner_data_keys was changed",
		"ALTER TABLE kmsigner_data_keys RENAME TO x":             "the schema is not that of this package",
		"UPDATE kmsigner_migrations SET version = 99":            "a later one",
		"DELETE FROM kmsigner_migrations":                        "call Migrate",
		"ALTER TABLE kmsigner_keys DROP CONSTRAINT kmsigner_keys_data_key_fkey; ALTER TABLE kmsigner_versions " +
			"DROP CONSTRAINT kmsigner_versions_data_key_fkey; DELETE FROM kmsigner_data_keys": "kmsigner_data_keys is empty",
	} {
		d := migrated(t, s)
		k := d.open(t)
		_, err := k.Create(t.Context(), keyspec.ECP256)
		require.NoError(t, err)
		_, err = k.pool.Exec(t.Context(), statement)
		require.NoError(t, err)
		_, err = Open(context.Background(), d.pool(t), testKEK(t, 1))
		require.ErrorContains(t, err, says, statement)
	}
}
