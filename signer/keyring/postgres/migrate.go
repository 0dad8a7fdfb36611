// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/errors"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the files of the schema, "0001_keyring.sql" and so on, for programs
// that apply migrations with a tool of their own, in this order and each in one
// transaction. Each file records itself in kmsigner_migrations, so that Open knows the
// version of the schema, and so that Migrate can go on from there.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// migrationLock is the advisory lock that Migrate holds, the same for all programs.
const migrationLock = 0x6b6d7369676e6572 // "kmsigner"

// Migrate brings the schema to the version of this package: it makes the tables in the
// first schema of the pool's search path, or changes those of an earlier version. There
// is no way back but a backup. It is one transaction, and any number of programs may
// call it at once: one migrates, the others wait for it. The user of the pool must own
// the tables; a program that only uses the keyring needs the rights that the package
// documentation lists.
//
// It returns InvalidParameter of "Pool" for a nil pool and of "Context" for a nil context;
// Internal of "Database" for a schema of a later version than this package's, and for
// statements that the server refuses; Unavailable of "Database" if the server cannot be
// reached; and the context's error.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	if err := checkCall(ctx, pool); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
			return err
		}
		version, err := schemaVersion(ctx, tx)
		if err != nil {
			return err
		}
		files := migrationFiles()
		if version > len(files) {
			return laterSchema(version)
		}
		for _, file := range files[version:] {
			text, err := fs.ReadFile(Migrations(), file)
			if err != nil {
				return err
			}
			// Without arguments: a file of several statements.
			if _, err := tx.Conn().PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
				return err
			}
		}
		return nil
	})
	return databaseError(ctx, err)
}

// migrationFiles are the names of the migrations; the first is version 1.
func migrationFiles() []string {
	entries, err := fs.ReadDir(Migrations(), ".")
	if err != nil {
		panic(err) // they are part of the program
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names
}

// schemaVersion is the number of migrations that have been applied.
func schemaVersion(ctx context.Context, q querier) (int, error) {
	var exists bool
	if err := q.QueryRow(ctx, "SELECT to_regclass('kmsigner_migrations') IS NOT NULL").Scan(&exists); err != nil ||
		!exists {
		return 0, err
	}
	var version int
	err := q.QueryRow(ctx, "SELECT coalesce(max(version), 0) FROM kmsigner_migrations").Scan(&version)
	return version, err
}

func laterSchema(version int) error {
	return &errors.Error{Code: errors.Internal, Param: "Database",
		Reason: "the schema has version " + strconv.Itoa(version) +
			", this program knows " + strconv.Itoa(len(migrationFiles())) + ": run a later one"}
}

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}
