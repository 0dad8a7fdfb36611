// SPDX-License-Identifier: Apache-2.0

// Package services starts the servers that tests need: each one a process of the
// test's own, with its files in a temporary folder, and stopped when the test ends.
//
//	db := services.Postgres(t)
//	pool, err := pgxpool.New(ctx, db.DSN)
//	db.Kill()  // -9, with all its processes
//	db.Start() // on the files that it left
//
//	cache := services.Redis(t, "appendonly yes")
//	options, err := redis.ParseURL(cache.URL)
//	cache.Pause() // as if it hung
//
// Where a server is not installed, the test fails if the environment has CI set, and
// is skipped if not; both name Debian's package. Servers that refuse to run as root run
// as another user if the test is root. The package starts servers on Linux; on other
// systems the tests are skipped.
package services
