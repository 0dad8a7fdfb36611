// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/signer/frontend"
)

// schema is for the owner of the database. The program's own user needs no more than
//
//	GRANT INSERT ON audit TO kmsigner;
//
// and then cannot read, change or remove what it has written. (The owner of a table can:
// let another user own it.)
const schema = `
CREATE TABLE IF NOT EXISTS audit (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	written     timestamptz NOT NULL DEFAULT clock_timestamp(),
	arrived     timestamptz NOT NULL,
	request_id  text NOT NULL,
	provider    text NOT NULL,
	client_addr text NOT NULL,
	scheme      text NOT NULL,
	principal   text NOT NULL, -- '' for a request that is not authenticated, as are the next four
	action      text NOT NULL,
	key_id      text NOT NULL,
	version_id  text NOT NULL,
	algorithm   text NOT NULL,
	status      int  NOT NULL,
	code        text NOT NULL, -- 'OK' for a success
	reason      text NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_arrived ON audit (arrived);
CREATE INDEX IF NOT EXISTS audit_key ON audit (key_id, arrived);`

const insert = `
INSERT INTO audit (arrived, request_id, provider, client_addr, scheme, principal, action, key_id, version_id, algorithm,
	status, code, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

// A trail is the table.
type trail struct{ db *pgxpool.Pool }

// record writes one event. It is for frontend.WithAudit: nil means that PostgreSQL has the
// row on its disk, with its default of synchronous_commit; after an error it may have it
// all the same, for a request that is then not answered.
func (t trail) record(ctx context.Context, e frontend.Event) error {
	_, err := t.db.Exec(ctx, insert, e.Time, e.RequestID, e.Provider, e.ClientAddr, e.Scheme, text(e.Principal),
		text(e.Action), text(e.KeyID), text(e.VersionID), text(e.Algorithm), e.Status, e.Code, text(e.Reason))
	return err
}

// text makes a text of PostgreSQL of what a client has sent as the name of a key: it has
// no NUL, and is UTF-8.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
