// SPDX-License-Identifier: Apache-2.0

// Package postgres holds signing keys in PostgreSQL 13 or later, for front ends of more
// than one process. A [Keyring] is a [keyring.Manager], as [keyring.Keyring] is, whose
// methods say what each of these does.
//
//	pool, err := pgxpool.New(ctx, dsn)
//	err = postgres.Migrate(ctx, pool) // makes the tables, or does nothing
//	kek, err := postgres.NewKEK(key)  // 32 bytes that are not in the database
//	k, err := postgres.Open(ctx, pool, kek)
//	defer k.Close()
//	v, err := k.Create(ctx, keyspec.ECP256)
//
// For one process, a keyring in a folder needs no server.
//
// # What is encrypted, and what is noticed
//
// The key-encryption key ([KEK]) wraps a data key. The data key encrypts each private key,
// PKCS #8, with AES-256-GCM; authenticated with it are the ids of the keyring, the key and
// the version, the key spec, the version's place in the order, its date, its public key and
// the data key, so that no row can stand for another one. The row of a key, with its state,
// deletion date, description, primary version, number of versions and aliases, has a tag:
// HMAC-SHA-256 with a second key that derives from the data key. Descriptions, aliases,
// states and public keys are not encrypted.
//
// A row that was changed, exchanged or removed without the KEK, and an alias that was
// pointed at another key, are Internal of "KeyId", with the id of the key in the reason, in
// every call that reads them; a list fails as a whole if such a key is on its page. To
// repair it, put the row back from a backup and make the change by a method.
//
// Not noticed are:
//
//   - an old copy of the whole database that is put back. A disabled key is then enabled
//     again. Of a single key an older row is noticed only by processes that have seen the
//     newer one; until they are restarted they return Internal for it;
//   - a key that is removed with its versions and aliases: it is KeyNotFound. Nor that the
//     rows of a deleted key are put back;
//   - changes of kmsigner_counts, which only serve the totals and pages of ListPage.
//
// The KEK and the database together give away the keys. The keys in use are in the memory
// of the process; see package keyring for what that means.
//
// # How fresh lookups are
//
// Lookup answers from memory what it has read less than the bound ago, one second unless
// [WithMaxAge] says otherwise; after that it reads the database again. A change by another
// replica is noticed sooner, some milliseconds after it was made, by NOTIFY. If notifications
// are lost the bound holds: a key that was disabled signs nowhere later than the bound after
// SetState has returned. What a replica has changed itself, it sees at once. After the
// connection for notifications was lost and made again, each name is read again. Describe,
// ListPage and Aliases always read the database. A version's private key is decrypted and
// checked once in a process, when it first signs.
//
// A lookup from memory takes 0.4 µs, one from the database 0.1 ms.
//
// # Failures
//
// While the server cannot be reached, lookups answer from memory until the bound, and for
// the time of [WithMaxStale] beyond it; then they return Unavailable of "Database", as
// changes do at once. A server that accepts connections and does not answer counts as
// unreachable after the bound, and for changes after [WithTimeout]; until it answers again,
// one lookup at a time waits for it.
//
// Each change is one transaction. Serialisation failures, deadlocks and connections that
// break before COMMIT are tried again. If the connection breaks during COMMIT, the change
// returns Unavailable with the reason "it is not known whether it was made": it was, or
// nothing of it was. A change that has returned without an error is as durable as the
// server's commits are: leave fsync and synchronous_commit on. After a failover to a
// standby that lacked the last changes, the processes that have seen these return Internal
// for those keys, since a key that had been disabled may be enabled again; look at them,
// and restart the processes. Connect to the primary server only.
//
// What every change can return beside what its comment at [keyring.Keyring] lists:
// InvalidParameter of "Keyring" and of "Context" for nil ones; the context's error;
// Unavailable of "Keyring" after Close, of "Database", and of "KEK" where a data key that
// another replica has made is not unwrapped; Internal of "KEK" where this replica lacks
// the KEK for it; Internal of "KeyId" as above, and of "Database" for a
// schema of another version, statements that the server refuses, and missing data keys.
//
// # The schema
//
// [Migrate] applies the files that [Migrations] returns; apply them with a tool of your own
// instead, each in a transaction, if that is how your database is changed. A program
// returns an error if the schema is not of its version: migrate first, then replace the
// replicas. The tables are in the first schema of the search path, so that a database can
// have several keyrings. Without the right to migrate, a program needs
//
//	GRANT USAGE ON SCHEMA s TO app;
//	GRANT SELECT ON kmsigner_migrations TO app;
//	GRANT SELECT, INSERT, UPDATE ON kmsigner_keyring TO app;
//	GRANT SELECT, INSERT, UPDATE, DELETE ON kmsigner_data_keys, kmsigner_keys,
//		kmsigner_versions, kmsigner_aliases, kmsigner_counts TO app;
//	GRANT USAGE ON SEQUENCE kmsigner_numbers TO app;
//
// The database is encoded in UTF-8. A connection beside the pool is kept for LISTEN. A pooler
// that gives each transaction another connection (PgBouncer) needs
// default_query_exec_mode=exec in the pool's connection string, and [WithListenConfig] with a
// connection past it. NOTIFY makes commits wait for each other: some hundred changes a
// second are what a server with one disk does.
//
// # Backup and restore
//
// Back up the database as any other (pg_dump, base backups), and the KEK apart from
// it: neither is of use without the other. A dump has no private key in plain text.
// Restore a dump whole: with --data-only, the triggers count keys twice. Restart all
// programs afterwards. Keys of a backup that had been disabled or deleted since are back:
// disable them again.
//
// # Changing the KEK
//
//  1. Restart the replicas, one after the other, with Open(ctx, pool, new,
//     WithFormerKEK(old)). Nothing changes in the database yet, so that those with the
//     old one alone go on.
//  2. When all have it, call [Keyring.Rewrap] in one of them. It writes some thousand rows
//     a second, beside the normal work.
//  3. When it has returned without an error, the old KEK is needed for backups only. Leave
//     WithFormerKEK away.
//
// If the old KEK is known to others, and they may have a copy of the database, they have
// the keys: rotate or replace those too.
//
// # Size
//
// Open costs the same for any number of keys, and each statement of a lookup or a change
// finds its rows by an index. Measured on a busy machine of two cores, Intel Xeon (Sapphire
// Rapids), PostgreSQL 15 on the same one:
//
//	                          10,000 keys    1,000,000 keys
//	Open                            24 ms             13 ms
//	Lookup by id, by alias        0.3 ms            0.15 ms
//	a page of 100 keys             10 ms             8 to 20 ms, the last as the first
//	a page of 100 aliases     5 to 18 ms             0.17 to 0.34 s
//	SetState                        5 ms              6 ms
//
// Of all lists, only that of the aliases of all keys counts what it passes over.
//
// # Concurrency
//
// A Keyring and its Versions are safe for concurrent use, and so are any number of Keyrings
// over one database, in one process or in many. A Keyring runs one goroutine, until
// [Keyring.Close]. It logs only to what [WithLogger] is given.
package postgres
