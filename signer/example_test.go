package signer_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
)

// The key of RFC 6979, appendix A.2.5: published, worth nothing.
const testingKey = `TESTING KEY, never protect anything with it.
-----BEGIN PRIVATE KEY-----
MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCDJr6nYRbp1FmtcIVdn
sdaTTlDD2zbomxJ7imIrEg9nIQ==
-----END PRIVATE KEY-----
`

// Make a key, sign a message, verify it.
func Example() {
	key, err := keyspec.GenerateKey(keyspec.ECSM2)
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.New(key, keyspec.SM2DSA)
	if err != nil {
		log.Fatal(err)
	}
	sig, err := signer.SignMessage(context.Background(), s, strings.NewReader("a message"))
	if err != nil {
		log.Fatal(err)
	}

	v, err := signer.NewVerifier(s.Public(), keyspec.SM2DSA)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer.VerifyMessage(v, strings.NewReader("a message"), sig))
	fmt.Println(errors.CodeOf(signer.VerifyMessage(v, strings.NewReader("another"), sig)))
	// Output:
	// <nil>
	// InvalidSignature
}

// The same signature every time, for tests: this one is printed in RFC 6979.
func ExampleDeterministic() {
	key, err := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.New(key, keyspec.ECDSASHA256, signer.Deterministic())
	if err != nil {
		log.Fatal(err)
	}
	sig, err := signer.SignMessage(context.Background(), s, strings.NewReader("sample"))
	if err != nil {
		log.Fatal(err)
	}
	raw, err := signer.ToRaw(sig)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(hex.EncodeToString(raw[:32]))
	fmt.Println(hex.EncodeToString(raw[32:]))
	// Output:
	// efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
	// f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8
}

// A digest that was made elsewhere is signed as it is, not hashed again.
func ExampleSigner_signDigest() {
	key, _ := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	s, err := signer.New(key, keyspec.ECDSASHA256, signer.Deterministic())
	if err != nil {
		log.Fatal(err)
	}
	digest := sha256.Sum256([]byte("sample"))
	sig, err := s.SignDigest(context.Background(), digest[:])
	fmt.Println(len(sig), err)

	_, err = s.SignDigest(context.Background(), []byte("sample"))
	fmt.Println(err)
	// Output:
	// 72 <nil>
	// kmsigner: InvalidParameter: Digest: a digest is 32 bytes, got 6
}

// A key that an HSM, a PKCS #11 module or a cloud KMS holds comes as a
// crypto.Signer. Here the standard library plays the HSM.
func ExampleFromCrypto() {
	key, _ := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	var hsm crypto.Signer = key.(*ecdsa.PrivateKey)

	s, err := signer.FromCrypto(hsm, keyspec.ECDSASHA256, signer.VerifyAfterSign())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s)
	// Output: EC_P256/ECDSA_SHA_256 SHA256:Wnp4zKSg9CDZvGK7Zpw8J1njn3I9OuENy+DwgVoH7NQ
}

// The user id is part of what SM2 signs: two sides with different ids disagree.
func ExampleWithID() {
	key, err := keyspec.GenerateKey(keyspec.ECSM2)
	if err != nil {
		log.Fatal(err)
	}
	alice, err := sm2z.NewID([]byte("alice@example.com"))
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.New(key, keyspec.SM2DSA, signer.WithID(alice))
	if err != nil {
		log.Fatal(err)
	}
	sig, err := signer.SignMessage(context.Background(), s, strings.NewReader("a message"))
	if err != nil {
		log.Fatal(err)
	}
	for _, id := range []sm2z.ID{alice, sm2z.DefaultID(), sm2z.EmptyID()} {
		v, err := signer.NewVerifier(s.Public(), keyspec.SM2DSA, signer.WithID(id))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(id, "verifies:", signer.VerifyMessage(v, strings.NewReader("a message"), sig) == nil)
	}
	// Output:
	// "alice@example.com" verifies: true
	// default "1234567812345678" verifies: false
	// empty verifies: false
}

// A JWS in ES256 (RFC 7518) needs r‖s where this library makes DER.
func ExampleToRaw() {
	key, _ := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	s, err := signer.New(key, keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(`{"alg":"ES256"}`)) + "." + encode([]byte(`{"sub":"alice"}`))
	der, err := signer.SignMessage(context.Background(), s, strings.NewReader(input))
	if err != nil {
		log.Fatal(err)
	}
	raw, err := signer.ToRaw(der)
	if err != nil {
		log.Fatal(err)
	}
	jws := input + "." + encode(raw)
	fmt.Println(len(raw), strings.Count(jws, "."))
	// Output: 64 2
}

// Many digests, on all processors, in order.
func ExampleSignDigests() {
	key, _ := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	s, err := signer.New(key, keyspec.ECDSASHA256)
	if err != nil {
		log.Fatal(err)
	}
	var digests [][]byte
	for i := range 100 {
		digest := sha256.Sum256(fmt.Append(nil, "invoice ", i))
		digests = append(digests, digest[:])
	}
	signatures, err := signer.SignDigests(context.Background(), s, digests)
	fmt.Println(len(signatures), err)
	// Output: 100 <nil>
}
