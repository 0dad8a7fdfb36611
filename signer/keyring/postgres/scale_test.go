// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/services"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// fill writes many keys, "key-0" with the alias "alias/key-0" and so on, as the package
// would, but by COPY and all with one private key.
func fill(t testing.TB, d database, k *Keyring, from, to int) {
	t.Helper()
	m, err := materialOf(signertest.Key(keyspec.ECP256))
	require.NoError(t, err)
	newest, err := newestKey(t.Context(), k.pool)
	require.NoError(t, err)
	current, err := k.keys.get(newest.id)
	require.NoError(t, err)
	row := func(i int) *keyRow {
		r := &keyRow{keyID: fmt.Sprint("key-", i), number: int64(i + 1), spec: string(keyspec.ECP256),
			state:   string(keyring.Enabled),
			created: moment(time.Unix(1e9, 0)), primary: "v", versions: 1, aliases: []string{fmt.Sprint("alias/key-", i)}}
		r.revision = r.number << 32
		k.keys.seal(r, current)
		return r
	}
	copyTo := func(table, columns string, values func(r *keyRow) []any) {
		i := from
		_, err := k.pool.CopyFrom(t.Context(), pgx.Identifier{table}, strings.Fields(columns),
			pgx.CopyFromFunc(func() ([]any, error) {
				if i == to {
					return nil, nil
				}
				i++
				return values(row(i - 1)), nil
			}))
		require.NoError(t, err)
	}
	copyTo("kmsigner_keys", "key_id number key_spec state created deletion_date description primary_version versions aliases revision data_key tag",
		func(r *keyRow) []any {
			return []any{r.keyID, r.number, r.spec, r.state, r.created, r.deletionDate, r.description, r.primary, r.versions,
				r.aliases,
				r.revision, r.dataKey, r.tag}
		})
	copyTo("kmsigner_versions", "key_id version_id number created public data_key sealed", func(r *keyRow) []any {
		v := k.keys.newVersionRow(current, r, "v", 1, time.Unix(1e9, 0), m)
		return []any{r.keyID, v.versionID, v.number, v.created, v.public, v.dataKey, v.sealed}
	})
	copyTo("kmsigner_aliases", "alias key_id", func(r *keyRow) []any { return []any{r.aliases[0], r.keyID} })
	d.exec(t, k.pool, "SELECT setval('kmsigner_numbers', $1)", to+1)
	d.exec(t, k.pool, "VACUUM ANALYZE")
}

// TestScale measures what grows with the number of keys, at a million of them.
func TestScale(t *testing.T) {
	if !testrun.Nightly() {
		t.Skip("a million rows: KMSIGNER_NIGHTLY is not set")
	}
	s := services.Postgres(t, "shared_buffers=512MB", "max_wal_size=4GB")
	d := migrated(t, s)
	filled := 0
	sizes := []int{1000, 10_000, 1_000_000}
	for _, n := range sizes {
		filler := d.open(t)
		begun := time.Now()
		fill(t, d, filler, filled, n)
		t.Logf("%d keys: filled in %v", n, time.Since(begun))
		filled = n

		measure := func(what string, rounds int, f func(ctx context.Context, i int)) {
			t.Helper()
			begun := time.Now()
			for i := range rounds {
				f(t.Context(), i)
			}
			t.Logf("%8d keys: %-28s %v", n, what, time.Since(begun)/time.Duration(rounds))
		}
		var k *Keyring
		measure("Open", 1, func(context.Context, int) { k = d.open(t) })
		pick := func(i int) int { return i * 7919 % n }
		measure("Lookup by id, cold", 1000, func(ctx context.Context, i int) {
			_, err := k.Lookup(ctx, fmt.Sprint("key-", pick(i)), "")
			require.NoError(t, err)
		})
		measure("Lookup by alias, cold", 1000, func(ctx context.Context, i int) {
			_, err := k.Lookup(ctx, fmt.Sprint("alias/key-", pick(i)), "")
			require.NoError(t, err)
		})
		measure("Lookup of no alias", 1000, func(ctx context.Context, i int) {
			_, err := k.Lookup(ctx, fmt.Sprint("alias/none-", i), "")
			require.Error(t, err)
		})
		for what, offset := range map[string]int{"first": 0, "middle": (n - 100) / 2, "last": n - 100} {
			measure("ListPage of 100, the "+what, 10, func(ctx context.Context, _ int) {
				keys, total, err := k.ListPage(ctx, keyring.Page{Offset: offset, Limit: 100})
				require.NoError(t, err)
				require.Equal(t, []int{100, n}, []int{len(keys), total})
			})
			measure("Aliases of 100, the "+what, 10, func(ctx context.Context, _ int) {
				_, total, err := k.Aliases(ctx, "", keyring.Page{Offset: offset, Limit: 100})
				require.NoError(t, err)
				require.Equal(t, n, total)
			})
		}
		for what, statement := range map[string]string{
			"count":   "SELECT count(*) FROM kmsigner_keys",
			"numbers": fmt.Sprint("SELECT number FROM kmsigner_keys ORDER BY number LIMIT 100 OFFSET ", n-100)} {
			measure(what, 10, func(ctx context.Context, _ int) { d.exec(t, k.pool, statement) })
		}
		measure("SetState", 100, func(ctx context.Context, i int) {
			require.NoError(t, k.SetState(ctx, fmt.Sprint("key-", pick(i)), keyring.Disabled))
		})
		measure("SetAlias, which moves it", 100, func(ctx context.Context, i int) {
			require.NoError(t, k.SetAlias(ctx, fmt.Sprint("alias/key-", pick(i)), fmt.Sprint("key-", pick(i+1))))
			require.NoError(t, k.SetAlias(ctx, fmt.Sprint("alias/key-", pick(i)), fmt.Sprint("key-", pick(i))))
		})
	}
}
