// SPDX-License-Identifier: Apache-2.0

// Quickstart signs a file with all seven pairs of kmsigner and prints the results.
//
//	go run ./examples/quickstart [-keys DIR] [-out DIR] [FILE]
//
// It makes a key for each key spec; with -keys it loads the keys in DIR and stores
// the missing ones there. It reads FILE once, in constant memory, and prints for
// each pair the digest, the signature, its size, the time that signing took, and
// the verifier's verdict. Without FILE it signs a text of its own. With -out it
// also writes public keys, digests and signatures to DIR, the text of its own as
// message.txt, and prints the openssl commands that verify them. An error is one
// line on stderr, and exit 1.
package main

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func main() {
	keys, out, file, err := parse(os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(os.Stdout, keys, out, file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// parse returns flag.ErrHelp after it wrote what -h asks for.
func parse(args []string, help io.Writer) (keys, out, file string, err error) {
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&keys, "keys", "", "load keys from the folder `DIR`, and keep new ones there")
	flags.StringVar(&out, "out", "", "write public keys, digests and signatures to the folder `DIR`")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(help, "usage: quickstart [-keys DIR] [-out DIR] [FILE]")
			flags.SetOutput(help)
			flags.PrintDefaults()
		}
		return "", "", "", err
	}
	switch flags.NArg() {
	case 0:
		return keys, out, "", nil
	case 1:
		return keys, out, flags.Arg(0), nil
	}
	return "", "", "", fmt.Errorf("one FILE at a time, got %d", flags.NArg())
}

// ownText is signed if the command line names no file.
//
//go:embed message.txt
var ownText string

func run(w io.Writer, keys, out, file string) error {
	var message io.Reader = strings.NewReader(ownText)
	name := "a text of its own"
	if file != "" {
		f, err := open(file) // before any key is made and stored
		if err != nil {
			return err
		}
		defer f.Close()
		message, name = f, file
	}
	signers, err := makeSigners(keys)
	if err != nil {
		return err
	}
	digests, err := digest(w, message, name, signers)
	if err != nil {
		return err
	}
	if file == "" && out != "" {
		if file, err = exportText(out); err != nil {
			return err
		}
	}
	for i, s := range signers {
		if err := sign(w, s, digests[i], out, file); err != nil {
			return err
		}
	}
	return nil
}

// open refuses a folder, which the system opens but does not read.
func open(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", file)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// makeSigners returns a signer for each of the seven pairs; the two algorithms of
// an RSA key share the key.
func makeSigners(dir string) ([]signer.Signer, error) {
	var signers []signer.Signer
	for _, spec := range keyspec.All() {
		key, err := loadOrMake(dir, spec)
		if err != nil {
			return nil, err
		}
		for _, alg := range spec.Algorithms() {
			s, err := signer.New(key, alg)
			if err != nil {
				return nil, err
			}
			signers = append(signers, s)
		}
	}
	return signers, nil
}

// digest reads the message once, whatever its size, and returns its digest for each
// signer. Six of the seven sign the same SHA-256; EC_SM2 signs SM3(Z(A) || M),
// which only its own signer can compute.
func digest(w io.Writer, message io.Reader, name string, signers []signer.Signer) ([][]byte, error) {
	sha256, sm3 := signers[0].NewDigest(), signers[len(signers)-1].NewDigest()
	start := time.Now()
	size, err := io.Copy(io.MultiWriter(sha256, sm3), message)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(w, "%s, %d bytes, read and digested in %s\n", name, size, milliseconds(time.Since(start)))
	digests := make([][]byte, len(signers))
	for i, s := range signers {
		if s.Algorithm() == keyspec.SM2DSA {
			digests[i] = sm3.Sum(nil)
		} else {
			digests[i] = sha256.Sum(nil)
		}
	}
	return digests, nil
}

// sign signs one digest, verifies the signature, and says so.
func sign(w io.Writer, s signer.Signer, digest []byte, out, file string) error {
	start := time.Now()
	sig, err := s.SignDigest(context.Background(), digest)
	if err != nil {
		return err
	}
	took := time.Since(start)

	v, err := signer.NewVerifier(s.Public(), s.Algorithm())
	if err != nil {
		return err
	}
	if err := v.VerifyDigest(digest, sig); err != nil {
		return fmt.Errorf("our verifier refuses the signature of %s: %w", s, err)
	}
	fmt.Fprintf(w, "\n%s\n", s)
	fmt.Fprintf(w, "  digest     %s\n", hex.EncodeToString(digest))
	fmt.Fprintf(w, "  signature  %s\n", base64.StdEncoding.EncodeToString(sig))
	fmt.Fprintf(w, "  size       %d bytes, made in %s\n", len(sig), milliseconds(took))
	fmt.Fprintf(w, "  verifier   accepts it\n")
	if out == "" {
		return nil
	}
	command, err := export(out, s, digest, sig, file)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "  openssl    %s\n", command)
	return nil
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d)/float64(time.Millisecond))
}
