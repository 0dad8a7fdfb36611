// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/rand"
	"log/slog"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// A Keyring holds keys in PostgreSQL. It is made by [Open] and is a
// [keyring.Manager], whose methods are documented at [keyring.Keyring]; what they return
// beside that is in the package documentation. The methods of a nil or zero Keyring
// return InvalidParameter of "Keyring". It is safe for concurrent use.
type Keyring struct {
	pool    *pgxpool.Pool
	keys    *dataKeys
	cache   *keyring.Cache
	seen    *revisions
	breaker breaker
	timeout time.Duration
	maxAge  time.Duration
	logger  *slog.Logger

	loads, heard atomic.Int64 // questions to the database, notifications: for tests

	closing context.Context
	close   context.CancelFunc
	ended   sync.WaitGroup
}

var _ keyring.Manager = (*Keyring)(nil)

// Open opens the keyring in a database that Migrate has prepared, with the
// key-encryption key kek. In an empty database it makes a new keyring: that of kek. What
// it costs does not grow with the number of keys. It starts a goroutine with a
// connection of its own, beside the pool, that listens for the changes of other
// programs, until Close. The pool stays the caller's, and open.
//
// It returns
//
//   - InvalidParameter of "Pool" for a nil pool, of "Context" for a nil context, of "KEK"
//     for a nil one, for one with an ID that is not 1 to 255 bytes of printable ASCII, for a
//     wrong key or password (the error names the right key), and of the names of options
//     for their values;
//   - Internal of "Database" for a database without the tables, or with those of another
//     version of this package; for one that is not encoded in UTF-8; for rows of the keyring or its
//     data keys that were changed or removed; and for statements that the server refuses;
//   - Unavailable of "Database" if the server cannot be reached, and of "KEK" with the error of
//     a KEK that is not in this program;
//   - the context's error.
func Open(ctx context.Context, pool *pgxpool.Pool, kek KEK, opts ...Option) (*Keyring, error) {
	if err := checkCall(ctx, pool); err != nil {
		return nil, err
	}
	if err := checkKEK(kek); err != nil {
		return nil, err
	}
	o := options{timeout: 3 * time.Second, logger: slog.New(slog.DiscardHandler)}
	o.cache.MaxAge = time.Second
	for _, opt := range opts {
		if opt == nil {
			return nil, invalid("Option", "it is nil")
		}
		if err := opt(&o); err != nil {
			return nil, err
		}
	}
	keys, err := openDataKeys(ctx, pool, append([]KEK{kek}, o.former...))
	if err != nil {
		return nil, databaseError(ctx, err)
	}
	k := &Keyring{pool: pool, keys: keys, timeout: o.timeout, maxAge: o.cache.MaxAge, logger: o.logger,
		seen: newRevisions(o.cache.MaxEntries)}
	k.cache = keyring.NewCache(k.load, o.cache)
	k.closing, k.close = context.WithCancel(context.WithoutCancel(ctx))
	connect := pgx.ConnectConfig
	if o.listen == nil { // as the pool does it
		config := pool.Config()
		o.listen = config.ConnConfig
		if before := config.BeforeConnect; before != nil {
			connect = func(ctx context.Context, c *pgx.ConnConfig) (*pgx.Conn, error) {
				c = c.Copy()
				if err := before(ctx, c); err != nil {
					return nil, err
				}
				return pgx.ConnectConfig(ctx, c)
			}
		}
	}
	k.ended.Go(func() {
		k.listen(func(ctx context.Context) (*pgx.Conn, error) { return connect(ctx, o.listen) })
	})
	return k, nil
}

// Stats returns the numbers of the cache of lookups, for metrics; zeros for a nil or zero
// Keyring.
func (k *Keyring) Stats() keyring.CacheStats {
	if k == nil {
		return keyring.CacheStats{}
	}
	return k.cache.Stats()
}

// Close ends the listening and waits for its end. Later calls of other methods return
// Unavailable of "Keyring"; versions that were looked up go on signing. Close does
// not close the pool. It returns nil, or InvalidParameter of "Keyring" for a nil or zero Keyring.
func (k *Keyring) Close() error {
	if k == nil || k.close == nil {
		return errNoKeyring
	}
	k.close()
	k.ended.Wait()
	return nil
}

var errNoKeyring = invalid("Keyring", "the keyring is nil, or was not made by Open")

// check refuses a call that cannot be made.
func (k *Keyring) check(ctx context.Context) error {
	switch {
	case k == nil || k.close == nil:
		return errNoKeyring
	case isNil(ctx):
		return invalid("Context", "the context is nil")
	case k.closing.Err() != nil:
		return &errors.Error{Code: errors.Unavailable, Param: "Keyring", Reason: "it is closed"}
	}
	return ctx.Err()
}

func checkCall(ctx context.Context, pool *pgxpool.Pool) error {
	switch {
	case pool == nil:
		return invalid("Pool", "the pool is nil")
	case isNil(ctx):
		return invalid("Context", "the context is nil")
	}
	return ctx.Err()
}

func checkKEK(kek KEK) error {
	if isNil(kek) {
		return invalid("KEK", "the key-encryption key is nil")
	}
	id := kek.ID()
	if id == "" || len(id) > 255 {
		return invalid("KEK", "the id of a key-encryption key has 1 to 255 bytes, got "+strconv.Itoa(len(id)))
	}
	for _, c := range []byte(id) {
		if c < ' ' || c > '~' {
			return invalid("KEK", "the id of a key-encryption key is printable ASCII")
		}
	}
	return nil
}

// isNil also tells typed nils, whose methods panic.
func isNil(v any) bool {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return r.IsNil()
	default:
		return false
	}
}

// openDataKeys finds the keyring of a database, or makes it, and proves that the KEK is
// the right one.
func openDataKeys(ctx context.Context, pool *pgxpool.Pool, keks []KEK) (*dataKeys, error) {
	if err := checkSchema(ctx, pool); err != nil {
		return nil, err
	}
	salt := make([]byte, 32)
	rand.Read(salt)
	// Several programs may open an empty database at once: the first row stays.
	if _, err := pool.Exec(ctx, "INSERT INTO kmsigner_keyring (id, salt, iterations) SELECT $1, $2, $3 "+
		"WHERE NOT EXISTS (SELECT FROM kmsigner_data_keys) ON CONFLICT DO NOTHING", keyring.NewID(), salt,
		iterations); err != nil {
		return nil, err
	}
	var id string
	var rounds int
	err := pool.QueryRow(ctx, "SELECT id, salt, iterations FROM kmsigner_keyring").Scan(&id, &salt, &rounds)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, damaged("the row of kmsigner_keyring is missing")
	}
	if err != nil {
		return nil, err
	}
	// A salt or a number that was changed gives another key; it must not give one that
	// is easier to find.
	if len(salt) < 16 || rounds < iterations || rounds > maxIterations {
		return nil, damaged("the salt or the iterations in kmsigner_keyring were changed")
	}
	d := &dataKeys{keyringID: id}
	for _, kek := range keks {
		if p, ok := kek.(*passwordKEK); ok {
			if kek, err = p.derive(salt, rounds); err != nil {
				return nil, err
			}
		}
		d.keks = append(d.keks, kek)
	}
	newest, err := newestKey(ctx, pool)
	if errors.Is(err, pgx.ErrNoRows) {
		newest, err = d.addKey(ctx, pool, nil)
	}
	if err == nil {
		_, err = d.unwrap(ctx, newest)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// checkSchema refuses a database that is not prepared.
func checkSchema(ctx context.Context, pool *pgxpool.Pool) error {
	var encoding string
	if err := pool.QueryRow(ctx, "SELECT current_setting('server_encoding')").Scan(&encoding); err != nil {
		return err
	}
	if encoding != "UTF8" {
		return &errors.Error{Code: errors.Internal, Param: "Database",
			Reason: "the database is encoded in " + encoding + ", not in UTF8"}
	}
	version, err := schemaVersion(ctx, pool)
	switch known := len(migrationFiles()); {
	case err != nil:
		return err
	case version > known:
		return laterSchema(version)
	case version < known:
		return &errors.Error{Code: errors.Internal, Param: "Database",
			Reason: "the schema has version " + strconv.Itoa(version) +
				", this program needs " + strconv.Itoa(known) + ": call Migrate"}
	}
	return nil
}

func damaged(fact string) error {
	return &errors.Error{Code: errors.Internal, Param: "Database", Reason: fact + ": restore it from a backup"}
}

// newestKey reads the data key that encrypts what is written.
func newestKey(ctx context.Context, q querier) (*wrappedKey, error) {
	var w wrappedKey
	err := q.QueryRow(ctx, "SELECT "+wrappedColumns+" FROM kmsigner_data_keys ORDER BY number DESC LIMIT 1").Scan(w.fields()...)
	return &w, err
}

// addKey makes a data key after a former one, or the first, unless another program does
// it at the same time: then it returns that program's.
func (d *dataKeys) addKey(ctx context.Context, pool *pgxpool.Pool, former *wrappedKey) (*wrappedKey, error) {
	number := int64(1)
	if former != nil {
		number = former.number + 1
	}
	w, err := newWrappedKey(ctx, d.keks[0], d.keyringID, number) // before the transaction: it may be a call to an HSM
	if err != nil {
		return nil, err
	}
	return w, pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		var id string
		var used bool
		if err := tx.QueryRow(ctx, "SELECT id FROM kmsigner_keyring FOR UPDATE").Scan(&id); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT FROM kmsigner_keys)").Scan(&used); err != nil {
			return err
		}
		newest, err := newestKey(ctx, tx)
		switch none := errors.Is(err, pgx.ErrNoRows); {
		case err != nil && !none:
			return err
		case none && used:
			return damaged("kmsigner_data_keys is empty, and kmsigner_keys is not")
		case id != d.keyringID:
			return damaged("the row of kmsigner_keyring is another one than a moment ago")
		case !none && newest.number >= number:
			*w = *newest
			return nil
		}
		_, err = tx.Exec(ctx, "INSERT INTO kmsigner_data_keys ("+wrappedColumns+") VALUES ($1, $2, $3, $4)", w.id, w.number,
			w.kek, w.wrapped)
		return err
	})
}
