// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/keyring/postgres"
)

// A store is where the keys are.
type store struct {
	keyring.Manager
	close    func()
	database *postgres.Keyring // nil without -postgres
}

func (o *options) store(ctx context.Context, log *slog.Logger) (*store, error) {
	switch {
	case o.postgres != "":
		return o.database(ctx, log)
	case o.dir != "":
		return o.folder()
	}
	ring := keyring.New()
	return &store{Manager: ring, close: func() { ring.Close() }}, nil
}

func (o *options) folder() (*store, error) {
	password, err := readSecret(o.passwordFile)
	if err != nil {
		return nil, err
	}
	open := keyring.Open
	if o.init {
		open = keyring.Create
	}
	ring, err := open(o.dir, []byte(password))
	if err != nil {
		return nil, err
	}
	return &store{Manager: ring, close: func() { ring.Close() }}, nil
}

func (o *options) database(ctx context.Context, log *slog.Logger) (*store, error) {
	config, err := pgxpool.ParseConfig(o.postgres)
	if err != nil {
		return nil, errors.New("-postgres is not a connection string") // the error may quote a password
	}
	if hasPassword(o.postgres) {
		return nil, errors.New("-postgres has a password, which other users can see: use -postgres-password-file")
	}
	if o.postgresPasswordFile != "" {
		if _, err := readSecret(o.postgresPasswordFile); err != nil {
			return nil, err
		}
		// Read for each connection: a new password needs no restart.
		config.BeforeConnect = func(_ context.Context, c *pgx.ConnConfig) (err error) {
			c.Password, err = readSecret(o.postgresPasswordFile)
			return err
		}
	}
	options := []postgres.Option{postgres.WithLogger(log)}
	if o.maxStale > 0 {
		options = append(options, postgres.WithMaxStale(o.maxStale))
	}
	var keks []postgres.KEK
	for _, file := range o.kekFiles {
		kek, err := readKEK(file)
		if err != nil {
			return nil, err
		}
		if keks = append(keks, kek); len(keks) > 1 {
			options = append(options, postgres.WithFormerKEK(kek))
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if o.init {
		err = postgres.Migrate(ctx, pool)
	}
	var ring *postgres.Keyring
	if err == nil {
		ring, err = postgres.Open(ctx, pool, keks[0], options...)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &store{ring, func() { ring.Close(); pool.Close() }, ring}, nil
}

// rewrap ends the use of former key-encryption keys, while the program serves.
func (s *store) rewrap(ctx context.Context, log *slog.Logger) {
	if rows, err := s.database.Rewrap(ctx); err != nil {
		log.Error("a former key-encryption key is still in use", "rows", rows, "error", err)
	} else {
		log.Info("no former key-encryption key is in use", "rows", rows)
	}
}

// hasPassword reports whether a connection string has one, as a URL or as keywords.
func hasPassword(dsn string) bool {
	if u, err := url.Parse(dsn); err == nil && u.User != nil {
		if _, ok := u.User.Password(); ok {
			return true
		}
	}
	return strings.Contains(strings.ToLower(strings.ReplaceAll(dsn, " ", "")), "password=")
}

func readKEK(file string) (postgres.KEK, error) {
	text, err := readSecret(file)
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(text)
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("%s: its first line is not 64 hexadecimal digits", file)
	}
	return postgres.NewKEK(secret)
}
