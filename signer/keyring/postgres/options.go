// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kmsigner/kmsigner/signer/keyring"
)

// An Option changes how [Open] opens a keyring.
type Option func(*options) error

type options struct {
	cache   keyring.CacheOptions
	timeout time.Duration
	former  []KEK
	listen  *pgx.ConnConfig
	logger  *slog.Logger
}

// WithMaxAge sets the bound: how long what was read of a key is used without another
// question, and so how long a key that another replica has disabled signs here if the
// notification is lost. It is one second by default. Below 0.1 seconds, an answer of the
// database may be that old.
//
// A duration that is not positive is InvalidParameter of "MaxAge".
func WithMaxAge(d time.Duration) Option {
	return func(o *options) error {
		o.cache.MaxAge = d
		return positive("MaxAge", d)
	}
}

// WithMaxStale sets for how much longer than the bound keys go on that were looked up
// before, while the database does not answer: not at all by default. In that time a
// key that was disabled elsewhere goes on signing here.
//
// A duration that is not positive is InvalidParameter of "MaxStale".
func WithMaxStale(d time.Duration) Option {
	return func(o *options) error {
		o.cache.MaxStale = d
		return positive("MaxStale", d)
	}
}

// WithMaxEntries sets how many names and how many versions are kept in memory: 100,000 by
// default.
//
// A number that is not positive is InvalidParameter of "MaxEntries".
func WithMaxEntries(n int) Option {
	return func(o *options) error {
		o.cache.MaxEntries = n
		if n <= 0 {
			return invalid("MaxEntries", "it is not positive")
		}
		return nil
	}
}

// WithTimeout sets how long a lookup, a change and Describe wait for the database at
// most, whatever the deadline of their context: 3 seconds by default. Then they return
// Unavailable. A lookup does not wait longer than the bound of [WithMaxAge] either, or
// 0.1 seconds if that is more. Lists wait as long as their context.
//
// A duration that is not positive is InvalidParameter of "Timeout".
func WithTimeout(d time.Duration) Option {
	return func(o *options) error {
		o.timeout = d
		return positive("Timeout", d)
	}
}

// WithFormerKEK lets the keyring also read what another key-encryption key has wrapped:
// the one before, until [Keyring.Rewrap] has replaced it. It may be given several times.
//
// A nil KEK is InvalidParameter of "KEK".
func WithFormerKEK(kek KEK) Option {
	return func(o *options) error {
		o.former = append(o.former, kek)
		return checkKEK(kek)
	}
}

// WithListenConfig sets how the connection is made that LISTENs for changes, where it is
// not the pool's way: LISTEN does not work through a pooler such as PgBouncer in its
// transaction mode.
//
// A nil configuration is InvalidParameter of "ListenConfig".
func WithListenConfig(c *pgx.ConnConfig) Option {
	return func(o *options) error {
		if c == nil {
			return invalid("ListenConfig", "it is nil")
		}
		o.listen = c.Copy()
		return nil
	}
}

// WithLogger sets where the keyring reports what no call returns: that the connection
// for notifications is lost, and made again. It logs nothing by default.
//
// A nil logger is InvalidParameter of "Logger".
func WithLogger(l *slog.Logger) Option {
	return func(o *options) error {
		o.logger = l
		if l == nil {
			return invalid("Logger", "it is nil")
		}
		return nil
	}
}

func positive(param string, d time.Duration) error {
	if d <= 0 {
		return invalid(param, "it is not positive")
	}
	return nil
}
