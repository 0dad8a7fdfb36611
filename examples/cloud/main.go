// SPDX-License-Identifier: Apache-2.0

// Cloud signs a text or a file and verifies the signature. Where the key is, one flag says:
//
//	go run . [-alg ALGORITHM] [-text TEXT | FILE]                         the fixed key of a program's tests
//	go run . -keys folder -dir FOLDER -password-file FILE -key KEY        a keyring on this machine
//	go run . -keys alibaba -region REGION -key KEY                        Alibaba Cloud KMS
//	go run . -keys instance -endpoint HOST -client-key FILE -ca FILE -password-file FILE -key KEY
//	                                                                      an instance of Alibaba Cloud KMS
//	go run . -keys tencent -region REGION -key KEY                        Tencent Cloud KMS
//
// KEY is the id of a key, or where there are aliases "alias/NAME"; for the fixed key it is a key spec. The access keys
// of the clouds are read from the environment variables that their SDKs name: ALIBABA_CLOUD_ACCESS_KEY_ID and
// ALIBABA_CLOUD_ACCESS_KEY_SECRET, or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY. With -endpoint, requests go
// to another address than the region's; "http://127.0.0.1:8081" is a front end of examples/frontend.
//
// It prints the pair and the fingerprint of the public key, and the signature. An error is one line on standard error,
// and exit 1.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cloud:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	keys, key, version   string
	algorithm            keyspec.Algorithm
	dir, passwordFile    string
	region, endpoint     string
	clientKey, authority string
	text, file           string
}

func parse(args []string, help io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("cloud", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&o.keys, "keys", "fixed", "`WHERE` the key is: fixed, folder, alibaba, instance or tencent")
	flags.StringVar(&o.key, "key", "", "the id or alias of the `KEY`; for the fixed key a key spec, EC_P256 by default")
	flags.StringVar(&o.version, "version", "", "the `ID` of a version of the key, instead of the one that signs now")
	algorithm := flags.String("alg", string(keyspec.ECDSASHA256), "the `ALGORITHM`")
	flags.StringVar(&o.dir, "dir", "", "the `FOLDER` of the keyring")
	flags.StringVar(&o.passwordFile, "password-file", "",
		"the `FILE` whose first line is the password of the folder or of the client key")
	flags.StringVar(&o.region, "region", "", "the `REGION`, such as cn-hangzhou (Alibaba) or ap-guangzhou (Tencent)")
	flags.StringVar(&o.endpoint, "endpoint", "", "the `HOST` of the service, or http://HOST:PORT")
	flags.StringVar(&o.clientKey, "client-key", "", "the `FILE` of the instance's client key")
	flags.StringVar(&o.authority, "ca", "", "the `FILE` with the certificate of the instance's CA")
	flags.StringVar(&o.text, "text", "what is signed", "the `TEXT` that is signed, unless a file is named")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(help, "usage: cloud [options] [FILE]")
			flags.SetOutput(help)
			flags.PrintDefaults()
		}
		return o, err
	}
	if flags.NArg() > 1 {
		return o, fmt.Errorf("one FILE at a time, got %d", flags.NArg())
	}
	o.file = flags.Arg(0)
	var err error
	o.algorithm, err = keyspec.ParseAlgorithm(*algorithm)
	return o, err
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	var message io.Reader = strings.NewReader(o.text)
	if o.file != "" {
		f, err := os.Open(o.file)
		if err != nil {
			return err
		}
		defer f.Close()
		message = f
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	sig, err := signAndVerify(ctx, s, message)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "key        %v\n", s)
	fmt.Fprintf(out, "signature  %s\n", base64.StdEncoding.EncodeToString(sig))
	fmt.Fprintf(out, "verified   with the public key\n")
	return nil
}

// signAndVerify is the same for every Signer. It reads the message once.
func signAndVerify(ctx context.Context, s signer.Signer, message io.Reader) ([]byte, error) {
	digest := s.NewDigest()
	if _, err := io.Copy(digest, message); err != nil {
		return nil, err
	}
	sig, err := s.SignDigest(ctx, digest.Sum(nil))
	if err != nil {
		return nil, err
	}
	v, err := signer.NewVerifier(s.Public(), s.Algorithm())
	if err != nil {
		return nil, err
	}
	return sig, v.VerifyDigest(digest.Sum(nil), sig)
}
