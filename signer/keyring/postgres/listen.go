// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is that of NOTIFY. The payload is the id of the keyring, since a database may
// have several in several schemas, and the names that a change concerns, with spaces
// between them.
const channel = "kmsigner"

const (
	// quiet is how long the connection may be silent before it is proved to be alive.
	quiet = 30 * time.Second
	// reconnect is the longest time between two attempts to connect.
	reconnect = 2 * time.Second
)

// listen drops from the cache what other programs change, until Close.
func (k *Keyring) listen(connect func(context.Context) (*pgx.Conn, error)) {
	pause := 10 * time.Millisecond
	for k.closing.Err() == nil {
		listening := false
		err := k.listenOnce(connect, func() { listening = true })
		if k.closing.Err() != nil {
			return
		}
		if listening {
			pause = 10 * time.Millisecond
		}
		k.logger.Warn("the connection for notifications is lost; changes are noticed by the age of what is known only",
			"error", err, "max_age", k.maxAge)
		select {
		case <-k.closing.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, reconnect)
	}
}

// listenOnce listens on one connection.
func (k *Keyring) listenOnce(connect func(context.Context) (*pgx.Conn, error), listening func()) error {
	ctx, cancel := context.WithTimeout(k.closing, quiet)
	defer cancel()
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(k.closing), time.Second)
		defer cancel()
		conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return err
	}
	listening()
	k.cache.Expire() // changes may have been missed
	k.logger.Info("listening for changes of keys")
	for {
		ctx, cancel := context.WithTimeout(k.closing, quiet)
		n, err := conn.WaitForNotification(ctx)
		cancel()
		switch {
		case err == nil:
			k.notified(n.Payload)
		case k.closing.Err() != nil:
			return err
		case ctx.Err() != nil: // silence
			ctx, cancel := context.WithTimeout(k.closing, k.timeout)
			err := conn.Ping(ctx)
			cancel()
			if err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// notified drops what a payload names.
func (k *Keyring) notified(payload string) {
	names := strings.Fields(payload)
	if len(names) == 0 || names[0] != k.keys.keyringID {
		return
	}
	for _, name := range names[1:] {
		k.cache.Forget(name)
	}
	k.heard.Add(1)
}
