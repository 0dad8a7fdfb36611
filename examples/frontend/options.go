// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	flags *flag.FlagSet
	help  bool

	alibaba, tencent, instance, status string // addresses
	certFile, keyFile                  string
	accessKey, accessFile              string
	clients                            clientCerts
	dir, passwordFile                  string
	init, manage                       bool
	drain                              time.Duration
}

func parse(args []string) (*options, error) {
	o := &options{flags: flag.NewFlagSet("frontend", flag.ContinueOnError), clients: clientCerts{}}
	f := o.flags
	f.SetOutput(io.Discard)
	f.StringVar(&o.alibaba, "alibaba", "127.0.0.1:8081", "the `ADDRESS` of the Alibaba Cloud KMS front end")
	f.StringVar(&o.tencent, "tencent", "127.0.0.1:8082", "the `ADDRESS` of the Tencent Cloud KMS front end")
	f.StringVar(&o.instance, "instance", "", "the `ADDRESS` of the front end for the KMS Instance API; without it there is none")
	f.StringVar(&o.status, "status", "", "the `ADDRESS` of /healthz and /readyz; without it there is none")
	f.StringVar(&o.certFile, "cert", "", "the `FILE` with the certificate of the server, in PEM, for HTTPS")
	f.StringVar(&o.keyFile, "key", "", "the `FILE` with the private key of the certificate, in PEM")
	f.StringVar(&o.accessFile, "access-file", "", "the `FILE` of access keys and permissions, read again on SIGHUP")
	f.StringVar(&o.accessKey, "access-key", "", "the access key of the clients, `ID:SECRET`, to try things out")
	f.Func("client-cert", "a client of the KMS Instance API, `ID=FILE.pem`, to try things out", o.clients.read)
	f.StringVar(&o.dir, "dir", "", "keep the keys in this `FOLDER`, which -init makes; without it they are in memory")
	f.StringVar(&o.passwordFile, "password-file", "", "the `FILE` whose first line is the password of the folder")
	f.BoolVar(&o.init, "init", false, "make the keyring in the folder, which must not hold one")
	f.BoolVar(&o.manage, "manage", false, "let the clients make, change and schedule the deletion of keys")
	f.DurationVar(&o.drain, "drain", 0, "the `TIME` to serve on after SIGTERM, not ready, such as 15s")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		o.help = true
		return o, nil
	}
	if err == nil {
		err = o.check()
	}
	return o, err
}

// check returns an error for options that do not go together.
func (o *options) check() error {
	switch {
	case o.flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", o.flags.Arg(0))
	case o.accessKey != "" && o.accessFile != "":
		return errors.New("-access-key and -access-file exclude each other")
	case o.accessFile != "" && len(o.clients) > 0:
		return errors.New("-client-cert and -access-file exclude each other: the file names certificates, too")
	case o.accessFile == "" && (o.instance == "") != (len(o.clients) == 0):
		return errors.New("-instance and -client-cert need each other")
	case (o.certFile == "") != (o.keyFile == ""):
		return errors.New("-cert and -key need each other")
	case o.dir == "" && o.init:
		return errors.New("-init needs -dir")
	case o.dir == "" && o.passwordFile != "":
		return errors.New("-password-file needs -dir")
	case o.dir != "" && o.passwordFile == "":
		return errors.New("-dir needs -password-file")
	case o.drain < 0:
		return errors.New("-drain is negative")
	}
	return nil
}

func (o *options) usage(out io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintln(&text, "usage: frontend -access-key ID:SECRET | -access-file FILE [options]")
	o.flags.SetOutput(&text)
	o.flags.PrintDefaults()
	_, err := text.WriteTo(out)
	return err
}

// readSecret returns the first line of a file.
func readSecret(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret, _, _ := strings.Cut(string(data), "\n")
	secret = strings.TrimSuffix(secret, "\r")
	if secret == "" {
		return "", fmt.Errorf("%s: its first line is empty", file)
	}
	return secret, nil
}
