// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// testPlans: no statement of a request reads a whole table of keys.
func testPlans(t *testing.T, s server) {
	const n = 20_000 // fewer make the wrong plans look good
	d := migrated(t, s)
	d.dsn += " random_page_cost=1.1" // of an SSD; with few rows, a whole table is read faster from a disk
	k := d.open(t)
	for _, statement := range []string{ // nothing reads them
		"INSERT INTO kmsigner_keys SELECT 'key-' || i, i, 'EC_P256', 'Enabled', now(), NULL, '', 'v', 1, ARRAY['alias/key-' || i], 1, d.id, ''" +
			"FROM generate_series(1, %d) i, kmsigner_data_keys d",
		"INSERT INTO kmsigner_versions SELECT 'key-' || i, 'v', 1, now(), repeat('x', 91)::bytea, d.id, repeat('x', 160)::bytea " +
			"FROM generate_series(1, %d) i, kmsigner_data_keys d",
		"INSERT INTO kmsigner_aliases SELECT 'alias/key-' || i, 'key-' || i FROM generate_series(1, %d) i",
	} {
		d.exec(t, k.pool, fmt.Sprintf(statement, n))
	}
	d.exec(t, k.pool, "VACUUM ANALYZE kmsigner_keys, kmsigner_versions, kmsigner_aliases, kmsigner_counts")
	for what, tt := range map[string]struct {
		statement string
		args      []any
	}{
		"id":      {lookupByID, []any{"key-17", ""}},
		"alias":   {lookupByAlias, []any{"alias/key-17", "v"}},
		"owner":   {ownerOfAlias, []any{"alias/none"}},
		"page":    {selectKeys(pageOfKeys), []any{100, n - 100}},
		"key":     {selectKeys(keyByAlias), []any{"alias/key-17"}},
		"aliases": {pageOfAliases, []any{100, n - 100}},
		"due":     {dueKeys, []any{1e9}},
	} {
		rows, err := k.pool.Query(t.Context(), "EXPLAIN "+tt.statement, tt.args...)
		require.NoError(t, err, what)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err, what)
		plan := strings.Join(lines, "\n")
		for _, table := range []string{"keys", "versions", "aliases"} {
			require.NotContains(t, plan, fmt.Sprintf("Seq Scan on kmsigner_%s ", table), "%s\n%s", what, plan)
		}
		if what == "owner" {
			require.Contains(t, plan, "on kmsigner_keys_aliases")
		}
	}
}
