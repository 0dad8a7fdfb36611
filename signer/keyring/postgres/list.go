// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

const (
	keyByID    = "(SELECT * FROM kmsigner_keys WHERE key_id = $1)"
	keyByAlias = "(SELECT * FROM kmsigner_keys WHERE key_id = (SELECT key_id FROM kmsigner_aliases WHERE alias = $1))"
)

// Describe returns one key with all its versions and aliases, as
// [keyring.Keyring.Describe] does, always from the database.
func (k *Keyring) Describe(ctx context.Context, keyID string) (keyring.Key, error) {
	if err := k.check(ctx); err != nil {
		return keyring.Key{}, err
	}
	name, err := keyring.ParseName(keyID)
	if err != nil {
		return keyring.Key{}, err
	}
	from := keyByID
	if name.Alias != "" {
		from = keyByAlias
	}
	var key keyring.Key
	err = k.read(ctx, func(ctx context.Context) error {
		keys, err := k.selectKeys(ctx, from, name.String())
		if unreadable(err) {
			return tampered(name.String(), "a row of it has a NULL, or what its column cannot have")
		}
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return k.missing(ctx, name)
		}
		key = keys[0]
		if name.Alias == "" {
			return nil
		}
		for _, alias := range key.Aliases {
			if alias == name.Alias {
				return nil
			}
		}
		return tampered(key.KeyID, "the alias "+quote(name.Alias)+" leads to it in kmsigner_aliases and is none of its aliases")
	})
	if err != nil {
		return keyring.Key{}, err
	}
	return key, nil
}

// ListPage returns a page of all keys, the oldest first, and how many keys there are, as
// [keyring.Keyring.ListPage] does. The keys of a page are read and verified, the others
// counted.
func (k *Keyring) ListPage(ctx context.Context, p keyring.Page) (keys []keyring.Key, total int, err error) {
	if err := k.checkPage(ctx, p); err != nil {
		return nil, 0, err
	}
	err = k.readFor(ctx, func(ctx context.Context) error {
		if err := k.pool.QueryRow(ctx, "SELECT coalesce(sum(keys), 0)::bigint FROM kmsigner_counts").Scan(&total); err != nil {
			return err
		}
		keys = []keyring.Key{}
		if p.Offset >= total {
			return nil
		}
		var err error
		keys, err = k.selectKeys(ctx, pageOfKeys, limit(p), p.Offset)
		return err
	})
	if err != nil {
		return nil, 0, databaseError(ctx, err)
	}
	return keys, total, nil
}

// pageOfKeys finds the block of numbers in which the page begins, and counts only from
// there on.
const pageOfKeys = "(WITH blocks AS (SELECT block, sum(keys) OVER (ORDER BY block) - keys AS before FROM kmsigner_counts), " +
	"first AS (SELECT block, before FROM blocks WHERE before <= $2 ORDER BY block DESC LIMIT 1) " +
	"SELECT * FROM kmsigner_keys WHERE number >= (SELECT block * 512 FROM first) ORDER BY number " +
	"LIMIT $1 OFFSET $2 - (SELECT before::bigint FROM first))"

// Aliases returns a page of the aliases of a key, or of all keys, as
// [keyring.Keyring.Aliases] does.
func (k *Keyring) Aliases(
	ctx context.Context, keyID string, p keyring.Page,
) (aliases []keyring.Alias, total int, err error) {
	if err := k.checkPage(ctx, p); err != nil {
		return nil, 0, err
	}
	if keyID != "" {
		key, err := k.Describe(ctx, keyID)
		if err != nil {
			return nil, 0, err
		}
		all := []keyring.Alias{}
		for _, alias := range key.Aliases {
			all = append(all, keyring.Alias{Name: alias, KeyID: key.KeyID})
		}
		page := all[min(p.Offset, len(all)):]
		if p.Limit > 0 {
			page = page[:min(p.Limit, len(page))]
		}
		return page, len(all), nil
	}
	err = k.readFor(ctx, func(ctx context.Context) error {
		if err := k.pool.QueryRow(ctx, "SELECT count(*) FROM kmsigner_aliases").Scan(&total); err != nil {
			return err
		}
		begun := time.Now()
		rows, err := k.pool.Query(ctx, pageOfAliases, limit(p), p.Offset)
		if err != nil {
			return err
		}
		aliases = []keyring.Alias{}
		var alias string
		var r keyRow
		_, err = pgx.ForEachRow(rows, append([]any{&alias}, r.fields()...), func() error {
			if err := k.verify(&r, begun); err != nil {
				return err
			}
			if !r.has(alias) {
				return tampered(r.keyID, "the alias "+quote(alias)+" leads to it in kmsigner_aliases and is none of its aliases")
			}
			aliases = append(aliases, keyring.Alias{Name: alias, KeyID: r.keyID})
			return nil
		})
		return err
	})
	if err != nil {
		return nil, 0, databaseError(ctx, err)
	}
	return aliases, total, nil
}

// pageOfAliases passes over what is before the page in the index alone.
const pageOfAliases = "SELECT a.alias, " + keyColumns +
	" FROM (SELECT * FROM kmsigner_aliases ORDER BY alias LIMIT $1 OFFSET $2) a " +
	"JOIN kmsigner_keys k ON k.key_id = a.key_id ORDER BY a.alias"

func (k *Keyring) checkPage(ctx context.Context, p keyring.Page) error {
	if err := k.check(ctx); err != nil {
		return err
	}
	return p.Check()
}

// limit is a LIMIT: NULL is none.
func limit(p keyring.Page) *int {
	if p.Limit == 0 {
		return nil
	}
	return &p.Limit
}

// selectKeys reads and verifies keys with their versions: those of a subquery that
// returns rows of kmsigner_keys. It is one statement, so that they fit together.
func (k *Keyring) selectKeys(ctx context.Context, from string, args ...any) ([]keyring.Key, error) {
	begun := time.Now()
	rows, err := k.pool.Query(ctx, selectKeys(from), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	keys := []keyring.Key{}
	var last *keyRow // of the last element of keys
	for rows.Next() {
		var r keyRow
		var v versionRow
		if err := rows.Scan(append(r.fields(), v.fields()...)...); err != nil {
			return nil, err
		}
		if last == nil || r.keyID != last.keyID {
			if err := k.verify(&r, begun); err != nil {
				return nil, err
			}
			if err := whole(last, keys); err != nil {
				return nil, err
			}
			keys = append(keys, keyOf(&r))
			last = &r
		}
		key := &keys[len(keys)-1]
		if v.versionID == nil {
			continue
		}
		if _, err := k.keys.plaintext(last, &v); err != nil {
			return nil, err
		}
		version, err := k.keys.version(last, &v)
		if err != nil {
			return nil, err
		}
		key.Versions = append(key.Versions, version)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return keys, whole(last, keys)
}

func selectKeys(from string) string {
	return "SELECT " + keyColumns + ", " + versionColumns + " FROM " + from + " k " +
		"LEFT JOIN kmsigner_versions v ON v.key_id = k.key_id ORDER BY k.number, v.number"
}

// whole refuses a key, the last of a list, without some of its versions.
func whole(r *keyRow, keys []keyring.Key) error {
	if r == nil || len(keys[len(keys)-1].Versions) == int(r.versions) {
		return nil
	}
	return tampered(r.keyID, "a version of it is missing in kmsigner_versions")
}

// keyOf is a key without its versions.
func keyOf(r *keyRow) keyring.Key {
	k := keyring.Key{
		KeyID: r.keyID, KeySpec: keyspec.KeySpec(r.spec), State: keyring.State(r.state), Created: r.created.Time.UTC(),
		Description: r.description, Primary: r.primary, Aliases: append([]string{}, r.aliases...),
	}
	if r.deletionDate.Valid {
		k.DeletionDate = r.deletionDate.Time.UTC()
	}
	return k
}
