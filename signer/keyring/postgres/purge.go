// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// dueKeys are the keys that may be deleted.
const dueKeys = "SELECT key_id FROM kmsigner_keys WHERE deletion_date <= to_timestamp($1) ORDER BY number"

// Purge deletes the keys that are PendingDeletion and whose deletion date is not after
// now, with all their versions and aliases, and returns their ids, the oldest key first.
// Nothing else here deletes a key, and nothing calls Purge: a program does, at times of
// its choice, with time.Now(). Backups of the database have the keys.
//
// Each key is one transaction: after an error, the ids that are returned with it are
// those that have been deleted. It returns what all changes return; the context alone
// limits its time.
func (k *Keyring) Purge(ctx context.Context, now time.Time) ([]string, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	var due []string
	err := k.readFor(ctx, func(ctx context.Context) error {
		rows, err := k.pool.Query(ctx, dueKeys, now.Unix())
		if err == nil {
			due, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		return err
	})
	if err != nil {
		return nil, databaseError(ctx, err)
	}
	var deleted []string
	for _, id := range due {
		gone := false
		err := k.change(ctx, func(ctx context.Context, t *tx) error {
			gone = false
			r, err := t.find(ctx, keyring.Name{ID: id})
			if errors.Is(err, errors.KeyNotFound) {
				return nil // another program has been faster
			}
			if err != nil || r.state != string(keyring.PendingDeletion) || !r.deletionDate.Valid ||
				r.deletionDate.Time.After(now) {
				return err
			}
			gone = true
			t.names = append(t.names, id)
			_, err = t.Exec(ctx, "DELETE FROM kmsigner_keys WHERE key_id = $1", id)
			return err
		})
		if err != nil {
			return deleted, err
		}
		if gone {
			deleted = append(deleted, id)
		}
	}
	return deleted, nil
}
