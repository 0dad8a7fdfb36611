// SPDX-License-Identifier: Apache-2.0

// Hsm signs with keys that never leave an HSM, as a program of its own and for the
// clients of Alibaba Cloud's SDK.
//
//	go run .
//
// The HSM is SoftHSM2 (Debian's softhsm2), with a new token in a temporary folder.
// With another HSM that has PKCS #11, only the module, the label and the PIN change.
//
// With a real HSM the keys are there already: crypto11's FindKeyPair finds them
// by their id. Keep the PIN where you keep other secrets, and limit who may use a
// key with frontend.WithAuthorize.
package main

import (
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"

	"github.com/ThalesGroup/crypto11"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/alikms"
	"github.com/kmsigner/kmsigner/signer/frontend"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func main() {
	dir, err := os.MkdirTemp("", "kmsigner-hsm")
	check(err)
	run(os.Stdout, dir)
	check(os.RemoveAll(dir))
}

func check(err error) {
	if err != nil {
		log.Fatal("hsm: ", err)
	}
}

func run(out io.Writer, dir string) {
	module, pin, err := newToken(dir)
	check(err)
	ctx, message := context.Background(), "what is signed"
	accessKeys := frontend.StaticKeys(map[string]string{"id": "secret"})

	token, err := crypto11.Configure(&crypto11.Config{Path: module, TokenLabel: "kmsigner", Pin: pin})
	check(err)
	defer token.Close()
	ecKey, err := token.GenerateECDSAKeyPair([]byte("ec"), elliptic.P256()) // made inside, where it stays
	check(err)
	rsaKey, err := token.GenerateRSAKeyPair([]byte("rsa"), 2048)
	check(err)
	s, err := signer.FromCrypto(ecKey, keyspec.ECDSASHA256, signer.VerifyAfterSign()) // to sign in this program
	check(err)
	ring := keyring.New() // to sign for the clients of a KMS
	v, err := ring.ImportSigner(ctx, rsaKey)
	check(err)
	check(ring.SetAlias(ctx, "alias/rsa", v.KeyID))
	server := frontend.NewServer(alikms.NewHandler(&alikms.Service{Store: ring}, accessKeys))

	sig, err := signer.SignMessage(ctx, s, strings.NewReader(message))
	check(err)
	fmt.Fprintf(out, "%v\n  in this program  %s\n", s, base64.StdEncoding.EncodeToString(sig))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go server.Serve(listener)
	defer server.Close()
	for _, algorithm := range v.KeySpec.Algorithms() {
		verifier, err := v.Verifier(algorithm)
		check(err)
		digest := verifier.NewDigest()
		digest.Write([]byte(message))
		value, err := sign(listener.Addr().String(), "alias/rsa", v.VersionID, algorithm, digest.Sum(nil))
		check(err)
		check(signer.VerifyMessage(verifier, strings.NewReader(message), value))
		fmt.Fprintf(out, "%s/%s\n  through the SDK  %s\n", v.KeySpec, algorithm, base64.StdEncoding.EncodeToString(value))
	}
}
