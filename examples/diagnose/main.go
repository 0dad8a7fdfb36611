// SPDX-License-Identifier: Apache-2.0

// Diagnose says why a signature does not verify. It is package signer/diagnose on the
// command line.
//
//	go run ./examples/diagnose -pub FILE -sig FILE [options] MESSAGE-FILE
//
//	-pub FILE     public key, SubjectPublicKeyInfo in PEM or DER
//	-alg ALG      RSA_PSS_SHA_256, RSA_PKCS1_SHA_256, ECDSA_SHA_256 or SM2DSA;
//	              needed for RSA only, the other keys have one algorithm
//	-sig FILE     the signature
//	-under ID     SM2: the user id that the verifier expects, if not the default
//	-id ID        SM2: a user id that the signer may have used; may be repeated
//	-other FILE   another public key to try; may be repeated
//	-low-s        the verifier refuses a high s
//	-raw          the verifier takes r‖s, not DER
//
// It prints the diagnosis and exits with 0 for a valid signature, 1 for an invalid
// one, and 2 with one line on stderr if it was called wrongly or cannot read a file.
// -h explains the options. Without any argument it shows itself on an example.
package main

import (
	"crypto"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitValid   = 0
	exitInvalid = 1
	exitUsage   = 2
)

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		if err := demonstrate(stdout); err != nil {
			fmt.Fprintln(stderr, err)
			return exitUsage
		}
		return exitValid
	}
	c, err := parse(args, stdout)
	if errors.Is(err, flag.ErrHelp) {
		return exitValid
	}
	if err != nil {
		fmt.Fprintln(stderr, "diagnose:", err)
		return exitUsage
	}
	d := diagnose.Signature(c.pub, c.alg, c.msg, c.sig, &c.opts)
	fmt.Fprintln(stdout, d)
	switch d.Code {
	case diagnose.Valid:
		return exitValid
	case diagnose.BadKey, diagnose.BadAlgorithm, diagnose.BadOption:
		return exitUsage
	}
	return exitInvalid
}

// call is what the command line asks for, with the files read.
type call struct {
	pub      crypto.PublicKey
	alg      keyspec.Algorithm
	msg, sig []byte
	opts     diagnose.Options
}

// parse returns flag.ErrHelp after it wrote what -h asks for.
func parse(args []string, help io.Writer) (c call, err error) {
	flags := flag.NewFlagSet("diagnose", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	flags.Func("pub", "`FILE` of the public key, PEM or DER", func(name string) (err error) {
		c.pub, err = readKey(name)
		return err
	})
	flags.Func("alg", "`ALGORITHM`; needed for RSA only", func(text string) (err error) {
		c.alg, err = keyspec.ParseAlgorithm(text)
		return err
	})
	flags.Func("sig", "`FILE` of the signature", func(name string) (err error) {
		c.sig, err = os.ReadFile(name)
		return err
	})
	flags.Func("under", "SM2: the user `ID` that the verifier expects, if not the default", func(text string) (err error) {
		c.opts.ID, err = parseID(text)
		return err
	})
	flags.Func("id", "SM2: a user `ID` that the signer may have used; may be repeated", func(text string) error {
		id, err := parseID(text)
		c.opts.TryIDs = append(c.opts.TryIDs, id)
		return err
	})
	flags.Func("other", "`FILE` of another public key to try; may be repeated", func(name string) error {
		key, err := readKey(name)
		c.opts.TryKeys = append(c.opts.TryKeys, key)
		return err
	})
	flags.BoolVar(&c.opts.RequireLowS, "low-s", false, "the verifier refuses a high s")
	flags.BoolVar(&c.opts.ExpectRaw, "raw", false, "the verifier takes r‖s, not DER")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(help, "usage: diagnose -pub FILE -sig FILE [options] MESSAGE-FILE")
			flags.SetOutput(help)
			flags.PrintDefaults()
		}
		return call{}, err
	}
	if c.pub == nil || c.sig == nil || flags.NArg() != 1 {
		return call{}, fmt.Errorf("-pub, -sig and one message file are needed; -h explains")
	}
	if c.msg, err = os.ReadFile(flags.Arg(0)); err != nil {
		return call{}, err
	}
	if c.alg == "" {
		c.alg, err = onlyAlgorithm(c.pub)
	}
	return c, err
}

func readKey(name string) (crypto.PublicKey, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return keyspec.ParsePublicKey(data)
}

func parseID(text string) (sm2z.ID, error) {
	if text == "" {
		return sm2z.EmptyID(), nil
	}
	return sm2z.NewID([]byte(text))
}

func onlyAlgorithm(pub crypto.PublicKey) (keyspec.Algorithm, error) {
	spec, err := keyspec.Of(pub)
	if err != nil {
		return "", err
	}
	algorithms := spec.Algorithms()
	if len(algorithms) > 1 {
		return "", fmt.Errorf("-alg is needed: %s has %v", spec, algorithms)
	}
	return algorithms[0], nil
}
