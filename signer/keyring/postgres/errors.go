// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kmsigner/kmsigner/errors"
)

// SQLSTATEs (PostgreSQL, appendix A).
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
	serialisation       = "40001"
	deadlock            = "40P01"
	undefinedTable      = "42P01"
	undefinedColumn     = "42703"
	undefinedSchema     = "3F000"
	readOnly            = "25006"
)

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}

func keyNotFound(keyID string) error {
	return &errors.Error{Code: errors.KeyNotFound, Param: "KeyId", Reason: "no key has the id " + quote(keyID)}
}

func aliasNotFound(param, alias string) error {
	return &errors.Error{Code: errors.AliasNotFound, Param: param, Reason: "no key has the alias " + quote(alias)}
}

func versionNotFound(versionID string) error {
	return &errors.Error{Code: errors.KeyVersionNotFound, Param: "KeyVersionId",
		Reason: "the key has no version " + quote(versionID)}
}

// tampered is the error for what the database says of a key and no program with the
// key-encryption key has written.
func tampered(keyID, fact string) error {
	return &errors.Error{Code: errors.Internal, Param: "KeyId",
		Reason: "key " + quote(keyID) + ": " + fact +
			": the table was changed without the key-encryption key; compare it with a backup and put the row back"}
}

// quote shows a name in an error: names have been checked and are short, except in
// rows that were changed.
func quote(s string) string {
	const most = 300
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// databaseError makes an error of this library from one of the database, or of a
// context; other errors of this library stay as they are.
func databaseError(ctx context.Context, err error) error {
	var own *errors.Error
	var server *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own) && own.Param == "Database" && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		return &errors.Error{Code: own.Code, Param: own.Param, Reason: own.Reason} // as below
	case errors.As(err, &own):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &server) && !temporary(server.Code):
		return refusedStatement(server)
	case unreadable(err):
		return &errors.Error{Code: errors.Internal, Param: "Database",
			Reason: "a row has a value that no program with the key-encryption key has written", Err: err}
	case errors.Is(err, context.DeadlineExceeded): // the keyring's own: not wrapped, or it would look like the caller's
		return unavailable("the database does not answer in time", nil)
	}
	return unavailable("the database cannot answer", err)
}

func unavailable(reason string, err error) error {
	return &errors.Error{Code: errors.Unavailable, Param: "Database", Reason: reason, Err: err}
}

// refusedStatement is for errors that do not pass by waiting.
func refusedStatement(err *pgconn.PgError) error {
	reason := "the database refuses a statement"
	switch err.Code {
	case undefinedTable, undefinedColumn, undefinedSchema:
		reason = "the schema is not that of this package: call Migrate, or mend the search path"
	case "42501":
		reason = "the database user lacks a right; the package documentation lists them"
	}
	return &errors.Error{Code: errors.Internal, Param: "Database", Reason: reason, Err: err}
}

// temporary reports whether a server's error is of a kind that passes, by the class of
// its code: connection, rollback (also after all retries), resources and disk, locks,
// shutdown and system errors; and a standby that was asked to write.
func temporary(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "40", "53", "55", "57", "58":
		return true
	}
	return code == readOnly
}

// unreadable reports whether a row has a value that its place cannot have, a NULL for
// example: the database forbids it, unless the tables were changed.
func unreadable(err error) bool { return errors.As(err, new(pgx.ScanArgError)) }

// codeOf is the SQLSTATE of an error, or "".
func codeOf(err error) string {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code
	}
	return ""
}

// cut reports whether an error is that of a connection that broke, or that the server
// closed, so that another connection may work. Not one that could not be made.
func cut(err error) bool {
	var own *errors.Error
	var connect *pgconn.ConnectError
	if err == nil || errors.As(err, &own) || errors.As(err, &connect) || unreadable(err) {
		return false
	}
	switch code := codeOf(err); code {
	case "57P01", "57P02", "57P03", "57P05": // terminated by an administrator, crash, starting up, idle
		return true
	case "":
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	return false
}
