// SPDX-License-Identifier: Apache-2.0

// Frontend serves keys as Alibaba Cloud KMS and as Tencent Cloud KMS do, so that
// programs with the providers' SDKs sign with keys of your own.
//
//	go run ./examples/frontend -access-key ID:SECRET [-alibaba ADDRESS] [-tencent ADDRESS]
//		[-dir FOLDER -password-file FILE [-init]]
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
// On standard output it writes a line of JSON for each key, then a line for each
// listener; port 0 picks a free one. The log goes to standard error. On SIGTERM
// and on an interrupt it stops listening, finishes the requests that it has begun,
// and exits with 0.
//
// With -cert FILE and -key FILE, in PEM, it serves HTTPS. Otherwise it serves plain
// HTTP: for anything but a loopback address, put TLS in front. An access key on a
// command line is visible to other users of the machine; a service of your own has an
// Authenticator that reads it from elsewhere.
package main

import (
	"context"
	"errors"
	"flag"
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
		fmt.Fprintln(os.Stderr, "frontend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("frontend", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	alibaba := flags.String("alibaba", "127.0.0.1:8081", "the `ADDRESS` of the Alibaba Cloud KMS front end")
	tencent := flags.String("tencent", "127.0.0.1:8082", "the `ADDRESS` of the Tencent Cloud KMS front end")
	instance := flags.String("instance", "", "the `ADDRESS` of the front end for the KMS Instance API; without it there is none")
	clients := clientCerts{}
	flags.Func("client-cert", "a client of the KMS Instance API, `ID=FILE.pem`", clients.read)
	certFile := flags.String("cert", "", "the `FILE` with the certificate of the server, in PEM, for HTTPS")
	keyFile := flags.String("key", "", "the `FILE` with the private key of the certificate, in PEM")
	accessKey := flags.String("access-key", "", "the access key of the clients, `ID:SECRET`")
	dir := flags.String("dir", "", "keep the keys in this `FOLDER`, which -init makes; without it they are in memory")
	passwordFile := flags.String("password-file", "", "the `FILE` whose first line is the password of the folder")
	manage := flags.Bool("manage", false, "let the clients make, change and schedule the deletion of keys")
	init := flags.Bool("init", false, "make the keyring in the folder, which must not hold one")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, "usage: frontend -access-key ID:SECRET [options]")
		flags.SetOutput(out)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	// Not a flag.Value: the error of one would print the secret.
	id, secret, _ := strings.Cut(*accessKey, ":")
	if id == "" || secret == "" {
		return errors.New("-access-key has to be ID:SECRET")
	}

	if (*instance == "") != (len(clients) == 0) {
		return errors.New("-instance and -client-cert need each other")
	}
	secure, err := tlsConfig(*certFile, *keyFile)
	if err != nil {
		return err
	}

	// Addresses first: whether they are free shows at once, keys take their time.
	a, err := listen("alibaba", *alibaba, secure)
	if err != nil {
		return err
	}
	defer a.Close()
	t, err := listen("tencent", *tencent, secure)
	if err != nil {
		return err
	}
	defer t.Close()
	endpoints := []*endpoint{a, t}
	if *instance != "" {
		i, err := listen("instance", *instance, secure)
		if err != nil {
			return err
		}
		defer i.Close()
		endpoints = append(endpoints, i)
	}
	ring, err := openKeyring(*dir, *passwordFile, *init)
	if err != nil {
		return err
	}
	defer ring.Close()
	keys, err := prepareKeys(ctx, ring)
	switch {
	case ctx.Err() != nil:
		return nil // asked to stop before it served
	case err != nil:
		return err
	}

	logger := slog.New(slog.NewTextHandler(log, nil))
	accessKeys := frontend.StaticKeys(map[string]string{id: secret})
	options := []frontend.Option{frontend.WithLogger(logger)}
	if *manage {
		options = append(options, frontend.WithManagement())
	}
	a.Handler = alikms.NewHandler(&alikms.Service{Store: ring}, accessKeys, options...)
	t.Handler = tencentkms.NewHandler(&tencentkms.Service{Store: ring}, accessKeys, options...)
	if *instance != "" {
		endpoints[2].Handler = dkms.NewHandler(&dkms.Service{Store: ring}, dkms.StaticClientKeys(clients), options...)
	}
	return serve(ctx, out, logger, keys, endpoints...)
}
