// SPDX-License-Identifier: Apache-2.0

// First is the first program of the README: it signs a message with a new SM2 key
// and verifies the signature.
package main

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func main() {
	key, err := keyspec.GenerateKey(keyspec.ECSM2)
	check(err)
	s, err := signer.New(key, keyspec.SM2DSA)
	check(err)
	sig, err := signer.SignMessage(context.Background(), s, strings.NewReader("hello"))
	check(err)
	v, err := signer.NewVerifier(s.Public(), keyspec.SM2DSA)
	check(err)
	check(signer.VerifyMessage(v, strings.NewReader("hello"), sig))
	fmt.Printf("%v\n%x\n", s, sig)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
