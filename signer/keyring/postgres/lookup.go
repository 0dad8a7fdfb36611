// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// Lookup implements [keyring.Store], as [keyring.Keyring.Lookup] does, from memory where
// the bound allows it. A key ARN is no name here. The private key is decrypted and
// checked when the version's first signer is made, once in a process.
//
// It also returns Internal of "KeyId", with the id of the key, for rows that were changed
// without the key-encryption key, and for an older row of a key that was put back.
func (k *Keyring) Lookup(ctx context.Context, keyID, versionID string) (*keyring.Version, error) {
	if err := k.check(ctx); err != nil {
		return nil, err
	}
	return k.cache.Lookup(ctx, keyID, versionID)
}

const (
	lookupByID = "SELECT " + keyColumns + ", " + versionColumns + " FROM kmsigner_keys k LEFT JOIN kmsigner_versions v " +
		"ON v.key_id = k.key_id AND v.version_id = CASE WHEN $2 = '' THEN k.primary_version ELSE $2 END WHERE k.key_id = $1"
	lookupByAlias = "SELECT " + keyColumns + ", " + versionColumns +
		" FROM kmsigner_aliases a JOIN kmsigner_keys k ON k.key_id = a.key_id " +
		"LEFT JOIN kmsigner_versions v ON v.key_id = k.key_id AND v.version_id = CASE WHEN $2 = '' THEN k.primary_version ELSE $2 END " +
		"WHERE a.alias = $1"
)

// ownerOfAlias asks both tables. It makes an array because with min, or LIMIT 1, the
// planner expects to find one soon and reads the whole table for an alias that no key has.
const ownerOfAlias = "SELECT (SELECT key_id FROM kmsigner_aliases WHERE alias = $1), " +
	"(SELECT (array_agg(key_id))[1] FROM kmsigner_keys WHERE aliases @> ARRAY[$1])"

// leastWait is how long a lookup waits for the database also where the bound is shorter.
const leastWait = 100 * time.Millisecond

// load is what the cache asks.
func (k *Keyring) load(ctx context.Context, name keyring.Name, versionID string) (keyring.Row, error) {
	k.loads.Add(1)
	if !k.breaker.enter() {
		return keyring.Row{}, unavailable("the database did not answer a moment ago", nil)
	}
	var row keyring.Row
	// No longer than the bound: an answer that takes longer is older than it.
	within, cancel := context.WithTimeout(ctx, min(k.timeout, max(k.maxAge, leastWait)))
	defer cancel()
	err := databaseError(ctx, k.readFor(within, func(ctx context.Context) error {
		var err error
		row, err = k.loadOnce(ctx, name, versionID)
		return err
	}))
	var answered *bool
	if ctx.Err() == nil {
		var e *errors.Error
		ok := !errors.As(err, &e) || e.Code != errors.Unavailable || e.Param != "Database"
		answered = &ok
	}
	k.breaker.leave(answered)
	return row, err
}

func (k *Keyring) loadOnce(ctx context.Context, name keyring.Name, versionID string) (keyring.Row, error) {
	var key keyRow
	var version versionRow
	statement := lookupByID
	if name.Alias != "" {
		statement = lookupByAlias
	}
	begun := time.Now()
	err := k.pool.QueryRow(ctx, statement, name.String(), versionID).Scan(append(key.fields(), version.fields()...)...)
	if err == nil {
		err = k.verify(&key, begun)
	}
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return keyring.Row{}, k.missing(ctx, name)
	case unreadable(err):
		return keyring.Row{}, tampered(name.String(), "a row of it has a NULL, or what its column cannot have")
	case err != nil:
		return keyring.Row{}, err
	case name.Alias != "" && !key.has(name.Alias): // one statement, one state of the database
		return keyring.Row{}, tampered(key.keyID,
			"the alias "+quote(name.Alias)+" leads to it in kmsigner_aliases and is none of its aliases")
	case version.versionID == nil:
		return keyring.Row{}, k.missingVersion(ctx, &key, versionID)
	}
	if _, err := k.keys.plaintext(&key, &version); err != nil { // authentic, or not
		return keyring.Row{}, err
	}
	key.description, key.aliases, key.tag = "", nil, nil // verified, and not to be kept
	row := k.keys.row(&key, &version)
	row.Version = func(context.Context) (*keyring.Version, error) { return k.keys.version(&key, &version) }
	return row, nil
}

// verify checks a row that was read by a statement that began at this time.
func (k *Keyring) verify(r *keyRow, begun time.Time) error {
	if err := k.keys.verify(r); err != nil {
		return err
	}
	return k.seen.check(r, begun)
}

// missing is the error for a name that was not found.
func (k *Keyring) missing(ctx context.Context, name keyring.Name) error {
	if name.ID != "" {
		return keyNotFound(name.ID)
	}
	owner, err := k.owner(ctx, k.pool, name.Alias)
	switch {
	case err != nil:
		return err
	case owner != "":
		return errAgain // it has been made meanwhile
	}
	return aliasNotFound("KeyId", name.Alias)
}

// owner returns the id of the key that has an alias, or "". It refuses an alias that is
// only in one of the two tables.
func (k *Keyring) owner(ctx context.Context, q querier, alias string) (string, error) {
	var row, claim *string
	err := q.QueryRow(ctx, ownerOfAlias, alias).Scan(&row, &claim)
	switch {
	case err != nil:
		return "", err
	case row == nil && claim == nil:
		return "", nil
	case row == nil:
		return "", tampered(*claim, "it has the alias "+quote(alias)+", which is missing in kmsigner_aliases")
	case claim == nil || *claim != *row:
		return "", tampered(*row, "the alias "+quote(alias)+" leads to it in kmsigner_aliases and is none of its aliases")
	}
	return *row, nil
}

// missingVersion is the error for a version that was not found: none of the versions that
// the key has, of which none is missing or has another name.
func (k *Keyring) missingVersion(ctx context.Context, key *keyRow, versionID string) error {
	keys, err := k.selectKeys(ctx, keyByID, key.keyID)
	switch {
	case err != nil:
		return err
	case len(keys) == 0:
		return keyNotFound(key.keyID) // deleted meanwhile
	case versionID == "" || slices.ContainsFunc(keys[0].Versions,
		func(v *keyring.Version) bool { return v.VersionID == versionID }):
		return errAgain // it has been made meanwhile
	}
	return versionNotFound(versionID)
}

// errAgain is the error of a read during which the row has changed.
var errAgain = errors.New("the database has changed meanwhile")

// read runs something that only reads, within the timeout, and again where another
// attempt can succeed.
func (k *Keyring) read(ctx context.Context, f func(ctx context.Context) error) error {
	within, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	return databaseError(ctx, k.readFor(within, f))
}

// readFor is read without a timeout, and with the database's errors.
func (k *Keyring) readFor(ctx context.Context, f func(ctx context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := f(ctx)
		var unknown *unknownKey
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.As(err, &unknown):
			if err = k.keys.load(ctx, k.pool, unknown.id); err == nil {
				continue
			}
		}
		again := errors.Is(err, errAgain) || cut(err) || codeOf(err) == serialisation
		if !again || attempt == attempts {
			return err
		}
	}
}

// attempts is how often something is tried that the database interrupts.
const attempts = 10
