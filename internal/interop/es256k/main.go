// SPDX-License-Identifier: Apache-2.0

//go:build jwx_es256k

// The program signs with jwx and ES256K, verifies, and prints the token. jwx has the
// algorithm only if it is built with the tag jwx_es256k.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"fmt"
	"log"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

func main() {
	s := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256})
	token, err := sign(s, []byte("payload"))
	check(err)
	pub, err := keyspec.ECDSA(s.Public())
	check(err)
	key, err := jwk.Import(pub)
	check(err)
	_, err = jws.Verify(token, jws.WithKey(jwa.ES256K(), key))
	check(err)
	fmt.Printf("%s", token)
}

// A jwxKey shows jwx the public key of EC_P256K as an *ecdsa.PublicKey.
type jwxKey struct {
	signer.Signer
	pub *ecdsa.PublicKey
}

func (k jwxKey) Public() crypto.PublicKey { return k.pub }

func sign(s signer.Signer, payload []byte) ([]byte, error) {
	pub, err := keyspec.ECDSA(s.Public())
	if err != nil {
		return nil, err
	}
	return jws.Sign(payload, jws.WithKey(jwa.ES256K(), jwxKey{s, pub}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
