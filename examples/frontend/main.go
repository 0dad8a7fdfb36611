// SPDX-License-Identifier: Apache-2.0

// Frontend serves keys as Alibaba Cloud KMS and as Tencent Cloud KMS do, so that
// programs with the providers' SDKs sign with keys of your own.
//
//	go run . -access-key ID:SECRET                     both, over new keys in memory
//	go run . -access-key ID:SECRET -dir FOLDER -password-file FILE [-init]
//	go run . -access-file FILE -cert FILE -key FILE -status ADDRESS -drain TIME
//		-postgres DSN -kek-file FILE -redis URL    one of several replicas
//
// With -instance ADDRESS it also serves the KMS Instance API, to the clients of
// -client-cert ID=FILE.pem, which can be given more than once: the file has the
// client's certificate or public key. dkms.NewClientKey makes a client's key.
//
// With -manage, its clients can make keys and versions, and change aliases, states and
// descriptions.
//
// It has a key of each spec, with the aliases alias/rsa-2048, alias/rsa-3072,
// alias/ec-p256, alias/ec-p256k and alias/ec-sm2: in memory or, with -dir, in the
// keyring of that folder, where it makes those that are missing. The password is
// the first line of the file. -init makes the keyring, once; without it a folder
// that holds none is an error, as it is when its volume is not mounted.
//
// With -postgres, the keys are in a database that replicas share, encrypted with the
// key-encryption key of -kek-file; with -redis, replicas count the requests of an access
// key together and accept a request once. With -init, a replica makes the tables and the
// five keys if they are missing; several may do so at once. Passwords are the first line
// of a file, which is read again for each connection.
//
// -access-file names a file of access keys, their secrets and permissions, in the
// format of frontend.Access. It is read again on SIGHUP: one that is broken changes
// nothing. -access-key is for trying things out: what is on a command line is visible to
// other users of the machine, and such a client may do everything.
//
// With -cert FILE and -key FILE, in PEM, it serves HTTPS; the files are read again when
// they change. Otherwise it serves plain HTTP: for anything but a loopback address, put
// TLS in front.
//
// With -status ADDRESS it serves /healthz, /readyz and /metrics there, over HTTP: not for
// clients.
//
// On standard output it writes a line of JSON for each key, then a line for each
// listener; port 0 picks a free one. The log goes to standard error. On SIGTERM and on
// an interrupt, /readyz fails; it serves on for the time of -drain, stops listening,
// finishes the requests that it has begun, and exits with 0. A second signal ends it at
// once.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/tencentkms"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		line := strings.NewReplacer("\n\t", " ", "\n", " ").Replace(err.Error())
		fmt.Fprintln(os.Stderr, "frontend:", line)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if o.help {
		return o.usage(out)
	}
	logger := slog.New(slog.NewTextHandler(log, nil))
	access, err := o.access(logger)
	if err != nil {
		return err
	}
	defer access.stop()

	shared, err := o.shared()
	if err != nil {
		return err
	}
	defer shared.close()
	// It listens when the database has answered, so that no client waits for that, and
	// before it makes keys, which takes its time: whether the addresses are free shows first.
	store, err := o.store(ctx, logger)
	if err != nil {
		return stopped(ctx, err)
	}
	defer store.close()
	l, err := o.listen(logger)
	if err != nil {
		return err
	}
	defer l.close()
	var keys []key
	if o.postgres == "" || o.init {
		if keys, err = prepareKeys(ctx, store); err != nil {
			return stopped(ctx, err)
		}
	}
	metrics, err := newMetrics(store)
	if err != nil {
		return err
	}
	common := []frontend.Option{frontend.WithLogger(logger), frontend.WithObserver(metrics.Observe)}
	if access.authorize != nil {
		common = append(common, frontend.WithAuthorize(access.authorize))
	}
	if o.manage {
		common = append(common, frontend.WithManagement())
	}
	for _, e := range l.all {
		if e.name == "status" {
			e.Server.Handler = metrics.status(ctx)
			continue
		}
		options, err := shared.of(ctx, e.name, metrics)
		if err != nil {
			return stopped(ctx, err)
		}
		options = append(options, common...)
		switch e.name {
		case "alibaba":
			e.Server.Handler = alikms.NewHandler(&alikms.Service{Store: store}, access.authenticate, options...)
		case "tencent":
			e.Server.Handler = tencentkms.NewHandler(&tencentkms.Service{Store: store}, access.authenticate, options...)
		case "instance":
			e.Server.Handler = dkms.NewHandler(&dkms.Service{Store: store}, access.clientKey, options...)
		}
		if err := metrics.AddHandler(e.name, e.Server.Handler); err != nil {
			return err
		}
	}
	if o.rewrap {
		go store.rewrap(ctx, logger)
	}
	return l.serve(ctx, out, keys, o.drain)
}

// stopped returns nil for a program that was asked to stop before it served.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
