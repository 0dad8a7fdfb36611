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
	postgres, postgresPasswordFile     string
	kekFiles                           []string
	maxStale                           time.Duration
	redis, redisPasswordFile           string
	redisTimeout                       time.Duration
	init, rewrap, manage               bool
	drain                              time.Duration
}

func parse(args []string) (*options, error) {
	o := &options{flags: flag.NewFlagSet("frontend", flag.ContinueOnError), clients: clientCerts{}}
	f := o.flags
	f.SetOutput(io.Discard)
	f.StringVar(&o.alibaba, "alibaba", "127.0.0.1:8081", "the `ADDRESS` of the Alibaba Cloud KMS front end")
	f.StringVar(&o.tencent, "tencent", "127.0.0.1:8082", "the `ADDRESS` of the Tencent Cloud KMS front end")
	f.StringVar(&o.instance, "instance", "", "the `ADDRESS` of the front end for the KMS Instance API; \"\" for none")
	f.StringVar(&o.status, "status", "", "the `ADDRESS` of /healthz, /readyz and /metrics; \"\" for none")
	f.StringVar(&o.certFile, "cert", "", "the `FILE` with the certificate of the server, in PEM, for HTTPS")
	f.StringVar(&o.keyFile, "key", "", "the `FILE` with the private key of the certificate, in PEM")
	f.StringVar(&o.accessFile, "access-file", "", "the `FILE` of access keys and permissions, read again on SIGHUP")
	f.StringVar(&o.accessKey, "access-key", "", "the access key of the clients, `ID:SECRET`, to try things out")
	f.Func("client-cert", "a client of the KMS Instance API, `ID=FILE.pem`, to try things out", o.clients.read)
	f.StringVar(&o.dir, "dir", "", "keep the keys in this `FOLDER`, which -init makes; without it they are in memory")
	f.StringVar(&o.passwordFile, "password-file", "", "the `FILE` whose first line is the password of the folder")
	f.StringVar(&o.postgres, "postgres", "", "keep the keys in this database, a `DSN` without a password")
	f.StringVar(&o.postgresPasswordFile, "postgres-password-file", "",
		"the `FILE` whose first line is the password of the database")
	f.Func("kek-file", "the `FILE` whose first line is the key-encryption key, 64 hexadecimal digits; "+
		"more than once: the present one, then former ones", func(file string) error {
		o.kekFiles = append(o.kekFiles, file)
		return nil
	})
	f.BoolVar(&o.rewrap, "rewrap", false, "end the use of the former key-encryption keys, while serving")
	f.DurationVar(&o.maxStale, "max-stale", 0, "the `TIME` for which known keys go on without the database")
	f.StringVar(&o.redis, "redis", "", "count requests and keep nonces in this Redis, a `URL` without a password")
	f.StringVar(&o.redisPasswordFile, "redis-password-file", "", "the `FILE` whose first line is the password of Redis")
	f.DurationVar(&o.redisTimeout, "redis-timeout", 50*time.Millisecond, "the `TIME` after which Redis does not answer")
	f.BoolVar(&o.init, "init", false,
		"make the keyring in the folder, which must not hold one; in the database, its tables and keys")
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
	case o.dir != "" && o.postgres != "":
		return errors.New("-dir and -postgres exclude each other")
	case o.dir == "" && o.postgres == "" && o.init:
		return errors.New("-init needs -dir or -postgres")
	case (o.postgres == "") != (len(o.kekFiles) == 0):
		return errors.New("-postgres and -kek-file need each other")
	case o.postgres == "" && (o.postgresPasswordFile != "" || o.maxStale != 0):
		return errors.New("-postgres-password-file and -max-stale need -postgres")
	case len(o.kekFiles) < 2 && o.rewrap:
		return errors.New("-rewrap needs a -kek-file for the present and one for the former key")
	case o.redis == "" && o.redisPasswordFile != "":
		return errors.New("-redis-password-file needs -redis")
	case o.redisTimeout <= 0 || o.maxStale < 0:
		return errors.New("-redis-timeout has to be positive, -max-stale must not be negative")
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
