// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/errors"
)

// rewrapBatch is how many rows one transaction of Rewrap locks: some milliseconds.
const rewrapBatch = 200

// Rewrap ends the use of former key-encryption keys: it makes a new data key under the
// present one, encrypts all key material and authenticates all rows anew, in small
// transactions beside the normal work, and deletes the former data keys. It returns how
// many rows it has written. If nothing is under a former key, it does nothing.
//
// Before it is called, every replica must have the present KEK, and the former one by
// [WithFormerKEK]; after it has returned without an error, no replica needs the former
// one. It may be interrupted at any time and called again, also by several replicas at
// once. The key material itself stays: a key that may have been decrypted with the former
// KEK has to be rotated or replaced.
//
// Rows that were changed without the key-encryption key are not written. If there are
// any, Rewrap does all others, keeps the former data keys, and returns Internal for the
// first of them. Otherwise it returns what all changes return; the context alone limits
// its time.
func (k *Keyring) Rewrap(ctx context.Context) (rows int, err error) {
	if err := k.check(ctx); err != nil {
		return 0, err
	}
	newest, err := newestKey(ctx, k.pool)
	if err == nil && newest.kek != k.keys.keks[0].ID() {
		newest, err = k.keys.addKey(ctx, k.pool, newest)
	}
	var current *dataKey
	if err == nil {
		current, err = k.keys.unwrap(ctx, newest)
	}
	if err != nil {
		return 0, databaseError(ctx, later(err))
	}
	for {
		var refused error // the first row that is not authentic
		for _, table := range []func(context.Context, pgx.Tx, *dataKey, *cursor) (int, error){
			k.rewrapKeys, k.rewrapVersions,
		} {
			at := &cursor{}
			for !at.end {
				var n int
				err := k.readFor(ctx, func(ctx context.Context) error {
					return pgx.BeginFunc(ctx, k.pool, func(tx pgx.Tx) error {
						trial := *at
						var err error
						n, err = table(ctx, tx, current, &trial)
						if err == nil {
							*at = trial
						}
						return err
					})
				})
				if err != nil {
					return rows, databaseError(ctx, err)
				}
				rows += n
			}
			if refused == nil {
				refused = at.refused
			}
		}
		if refused != nil {
			return rows, refused
		}
		_, err := k.pool.Exec(ctx, "DELETE FROM kmsigner_data_keys WHERE number < $1", current.number)
		if codeOf(err) != foreignKeyViolation {
			return rows, databaseError(ctx, err)
		}
		// A change that was under way has written under a former data key. Again.
		select {
		case <-ctx.Done():
			return rows, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A cursor is how far Rewrap has come in a table.
type cursor struct {
	keyID, versionID string
	end              bool
	refused          error
}

// refuse notes a row that is left as it is, or returns an error that is not the row's.
func (c *cursor) refuse(err error) error {
	if !errors.Is(err, errors.Internal) {
		return err
	}
	if c.refused == nil {
		c.refused = err
	}
	return nil
}

// rewrapKeys authenticates the next rows of kmsigner_keys anew.
func (k *Keyring) rewrapKeys(ctx context.Context, tx pgx.Tx, current *dataKey, at *cursor) (int, error) {
	rows, err := tx.Query(ctx, "SELECT "+keyColumns+" FROM kmsigner_keys k WHERE k.key_id > $1 AND k.data_key IN "+
		"(SELECT id FROM kmsigner_data_keys WHERE number < $2) ORDER BY k.key_id LIMIT $3 FOR UPDATE", at.keyID,
		current.number, rewrapBatch)
	if err != nil {
		return 0, err
	}
	found, err := pgx.CollectRows(rows, scanKey)
	if err != nil {
		return 0, err
	}
	at.end = len(found) < rewrapBatch
	var ids []string
	var tags [][]byte
	for _, r := range found {
		at.keyID = r.keyID
		if err := k.keys.verify(r); err != nil {
			if err := at.refuse(err); err != nil {
				return 0, err
			}
			continue
		}
		k.keys.seal(r, current)
		ids, tags = append(ids, r.keyID), append(tags, r.tag)
	}
	_, err = tx.Exec(ctx, "UPDATE kmsigner_keys k SET data_key = $1, tag = u.tag FROM unnest($2::text[], $3::bytea[]) AS u (id, tag) "+
		"WHERE k.key_id = u.id", current.id, ids, tags)
	return len(ids), err
}

// rewrapVersions encrypts the next rows of kmsigner_versions anew.
func (k *Keyring) rewrapVersions(ctx context.Context, tx pgx.Tx, current *dataKey, at *cursor) (int, error) {
	rows, err := tx.Query(ctx, "SELECT "+keyColumns+", "+versionColumns+" FROM kmsigner_versions v JOIN kmsigner_keys k ON k.key_id = v.key_id "+
		"WHERE (v.key_id, v.version_id) > ($1, $2) AND v.data_key IN (SELECT id FROM kmsigner_data_keys WHERE number < $3) "+
		"ORDER BY v.key_id, v.version_id LIMIT $4 FOR UPDATE OF v", at.keyID, at.versionID, current.number, rewrapBatch)
	if err != nil {
		return 0, err
	}
	var ids, versions []string
	var sealed [][]byte
	n := 0
	for rows.Next() {
		var r keyRow
		var v versionRow
		if err := rows.Scan(append(r.fields(), v.fields()...)...); err != nil {
			rows.Close()
			return 0, err
		}
		n++
		at.keyID, at.versionID = r.keyID, *v.versionID
		data, err := k.keys.plaintext(&r, &v)
		if err != nil {
			if err := at.refuse(err); err != nil {
				rows.Close()
				return 0, err
			}
			continue
		}
		v.dataKey = &current.id
		ids, versions = append(ids, r.keyID), append(versions, *v.versionID)
		sealed = append(sealed, current.seal(data, k.keys.additional(&r, &v)))
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	at.end = n < rewrapBatch
	_, err = tx.Exec(ctx, "UPDATE kmsigner_versions v SET data_key = $1, sealed = u.sealed "+
		"FROM unnest($2::text[], $3::text[], $4::bytea[]) AS u (key_id, version_id, sealed) "+
		"WHERE v.key_id = u.key_id AND v.version_id = u.version_id", current.id, ids, versions, sealed)
	return len(ids), err
}
