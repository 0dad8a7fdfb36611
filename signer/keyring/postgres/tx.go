// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A tx is a transaction that changes keys: at READ COMMITTED, with the rows of these
// keys locked, so that changes of a key happen one after the other.
type tx struct {
	pgx.Tx
	k       *Keyring
	dataKey *dataKey  // seals what is written
	now     time.Time // by the clock of the database, one for all replicas
	names   []string  // what to tell other programs
	changed []*keyRow
}

// change runs f in a transaction, and again where another attempt can succeed: after a
// serialisation failure or a deadlock, if another program was faster with a row of the
// same name, if the connection broke before COMMIT. f must do everything anew.
func (k *Keyring) change(ctx context.Context, f func(context.Context, *tx) error) error {
	within, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := k.changeOnce(within, f)
		var unknown *unknownKey
		switch {
		case err == nil || within.Err() != nil:
			return databaseError(ctx, err)
		case errors.As(err, &unknown):
			if err = k.keys.load(within, k.pool, unknown.id); err == nil {
				continue
			}
		}
		if !retryable(err) || attempt == attempts {
			return databaseError(ctx, err)
		}
		// Transactions that collided must not be repeated at the same moment.
		pause := time.Duration(rand.Int64N(int64(attempt) * int64(5*time.Millisecond)))
		select {
		case <-within.Done():
		case <-time.After(pause):
		}
	}
}

// retryable reports whether a transaction that has failed may succeed the next time.
func retryable(err error) bool {
	switch codeOf(err) {
	case serialisation, deadlock, uniqueViolation, foreignKeyViolation:
		return true
	}
	return errors.Is(err, errAgain) || cut(err)
}

func (k *Keyring) changeOnce(ctx context.Context, f func(context.Context, *tx) error) error {
	inner, err := k.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return err
	}
	t := &tx{Tx: inner, k: k}
	defer func() {
		// Whatever has become of it, the next lookup here asks.
		for _, name := range t.names {
			k.cache.Forget(name)
		}
	}()
	if err := t.run(ctx, f); err != nil {
		// In time of its own: the context may be done. The pool closes the connection if it fails.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		inner.Rollback(ctx)
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := inner.Commit(ctx); err != nil {
		// An error of the server is its answer, except that it ends the connection, which it
		// may do before and after it has committed.
		answered := codeOf(err) != "" && !strings.HasPrefix(codeOf(err), "57P") || errors.Is(err, pgx.ErrTxCommitRollback)
		if !answered && !pgconn.SafeToRetry(err) {
			return &errors.Error{Code: errors.Unavailable, Param: "Database",
				Reason: "the database did not confirm the change: it is not known whether it was made", Err: err}
		}
		return err
	}
	for _, r := range t.changed {
		k.seen.written(r)
	}
	return nil
}

func (t *tx) run(ctx context.Context, f func(context.Context, *tx) error) error {
	var id string
	err := t.QueryRow(ctx, "SELECT id, now() FROM kmsigner_data_keys ORDER BY number DESC LIMIT 1").Scan(&id, &t.now)
	if errors.Is(err, pgx.ErrNoRows) {
		return damaged("kmsigner_data_keys is empty")
	}
	if err != nil {
		return err
	}
	if t.dataKey, err = t.k.keys.get(id); err != nil {
		return err
	}
	if err := f(ctx, t); err != nil || len(t.names) == 0 {
		return err
	}
	_, err = t.Exec(ctx, "SELECT pg_notify($1, $2)", channel, t.k.keys.keyringID+" "+strings.Join(t.names, " "))
	return err
}

// lock reads, verifies and locks the rows of keys, by their ids. Keys that do not exist
// are not in the result.
func (t *tx) lock(ctx context.Context, ids ...string) (map[string]*keyRow, error) {
	begun := time.Now()
	rows, err := t.Query(ctx, "SELECT "+keyColumns+" FROM kmsigner_keys k WHERE k.key_id = ANY ($1) ORDER BY k.key_id FOR UPDATE", ids)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanKey)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*keyRow, len(found))
	for _, r := range found {
		if err := t.k.verify(r, begun); err != nil {
			return nil, err
		}
		byID[r.keyID] = r
	}
	return byID, nil
}

func scanKey(row pgx.CollectableRow) (*keyRow, error) {
	var r keyRow
	return &r, row.Scan(r.fields()...)
}

// resolve returns the id of a key by a name that a caller gave.
func (t *tx) resolve(ctx context.Context, name keyring.Name) (string, error) {
	if name.ID != "" {
		return name.ID, nil
	}
	owner, err := t.k.owner(ctx, t, name.Alias)
	if err == nil && owner == "" {
		err = aliasNotFound("KeyId", name.Alias)
	}
	return owner, err
}

// find locks one key.
func (t *tx) find(ctx context.Context, name keyring.Name) (*keyRow, error) {
	id, err := t.resolve(ctx, name)
	if err != nil {
		return nil, err
	}
	rows, err := t.lock(ctx, id)
	if err != nil {
		return nil, err
	}
	r := rows[id]
	switch {
	case r == nil:
		return nil, keyNotFound(id)
	case name.Alias != "" && !r.has(name.Alias):
		return nil, errAgain // the alias has moved before the row was locked
	}
	return r, nil
}

// save writes a row that was changed.
func (t *tx) save(ctx context.Context, r *keyRow) error {
	r.revision++
	t.k.keys.seal(r, t.dataKey)
	t.touch(r)
	_, err := t.Exec(ctx, "UPDATE kmsigner_keys SET state = $2, deletion_date = $3, description = $4, primary_version = $5, versions = $6, "+
		"aliases = $7, revision = $8, data_key = $9, tag = $10 WHERE key_id = $1",
		r.keyID, r.state, r.deletionDate, r.description, r.primary, r.versions, r.aliases, r.revision, r.dataKey, r.tag)
	return err
}

// insert writes the row of a new key.
func (t *tx) insert(ctx context.Context, r *keyRow) error {
	if err := t.QueryRow(ctx, "SELECT nextval('kmsigner_numbers')").Scan(&r.number); err != nil {
		return err
	}
	r.revision = r.number << 32 // more than any revision of a key that had this id and was deleted
	t.k.keys.seal(r, t.dataKey)
	t.touch(r)
	_, err := t.Exec(ctx, "INSERT INTO kmsigner_keys (key_id, number, key_spec, state, created, deletion_date, description, primary_version, "+
		"versions, aliases, revision, data_key, tag) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		r.keyID, r.number, r.spec, r.state, r.created, r.deletionDate, r.description, r.primary, r.versions, r.aliases,
		r.revision,
		r.dataKey, r.tag)
	return err
}

// touch notes that a key has changed.
func (t *tx) touch(r *keyRow) {
	t.names = append(t.names, r.keyID)
	t.changed = append(t.changed, r)
}

// addVersion gives a key one more version, its primary one, in memory; write it with
// insertVersion, after the row of the key.
func (t *tx) addVersion(r *keyRow, versionID string, m *material) *versionRow {
	r.versions++
	r.primary = versionID
	return t.k.keys.newVersionRow(t.dataKey, r, versionID, r.versions, t.now, m)
}

func (t *tx) insertVersion(ctx context.Context, r *keyRow, v *versionRow) error {
	_, err := t.Exec(ctx, "INSERT INTO kmsigner_versions (key_id, version_id, number, created, public, data_key, sealed) "+
		"VALUES ($1, $2, $3, $4, $5, $6, $7)", r.keyID, v.versionID, v.number, v.created, v.public, v.dataKey, v.sealed)
	return err
}
