// SPDX-License-Identifier: Apache-2.0

// Audit is a front end that answers no request of which it has no record: it writes every
// event to PostgreSQL, in the same request and before the answer. If it cannot, the client
// gets ServiceUnavailableTemporary, and no signature.
//
//	go run . -access-key ID:SECRET -postgres "host=/run/postgresql dbname=kms" [-init] [-listen ADDRESS] \
//		[-timeout TIME]
//
// -init makes the table, as the owner of the database. -timeout is how long a request may
// take, and so how long it waits for the database: a second by default. The keys are in
// memory: what matters here is trail.go.
//
// A record costs a trip to the database and a flush of its disk, half a millisecond to
// some. Unauthenticated requests are recorded, too; if any host can send them, limit
// them before they get here, or record them elsewhere:
//
//	if e.Principal == "" { return nil }
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(log)
	listen := flags.String("listen", "127.0.0.1:8081", "the `ADDRESS` to listen on")
	accessKey := flags.String("access-key", "", "the access key of the clients, `ID:SECRET`")
	dsn := flags.String("postgres", "", "the `DSN` of the database")
	init := flags.Bool("init", false, "make the table")
	timeout := flags.Duration("timeout", time.Second, "how long a request may take")
	if err := flags.Parse(args); err != nil {
		return err
	}
	id, secret, _ := strings.Cut(*accessKey, ":")
	switch {
	case id == "" || secret == "" || *dsn == "":
		return errors.New("-access-key ID:SECRET and -postgres DSN are needed")
	case *timeout <= 0:
		return errors.New("-timeout has to be positive")
	}

	db, err := pgxpool.New(ctx, *dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if *init {
		if _, err := db.Exec(ctx, schema); err != nil {
			return err
		}
	}
	ring := keyring.New()
	v, err := ring.Create(ctx, keyspec.ECP256)
	if err != nil {
		return err
	}
	handler := alikms.NewHandler(&alikms.Service{Store: ring}, frontend.StaticKeys(map[string]string{id: secret}),
		frontend.WithAudit(trail{db}.record),
		frontend.WithTimeout(*timeout),
		frontend.WithLogger(slog.New(slog.NewTextHandler(log, nil))))

	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "key %s %s\nlistening http://%s\n", v.KeyID, v.VersionID, l.Addr())
	return frontend.Serve(ctx, 0, frontend.Endpoint{Server: frontend.NewServer(handler), Listener: l})
}
