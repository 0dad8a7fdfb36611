// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log"
	"strings"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
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

// A key behind a call, here a map that stands for a cloud. The context reaches the
// call, and an error of this library keeps its code.
func ExampleFromFunc() {
	cloud := map[string]signer.Signer{"key-1": signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256})}
	pub := cloud["key-1"].Public() // the provider's GetPublicKey

	s, err := signer.FromFunc(pub, keyspec.ECDSASHA256, func(ctx context.Context, digest []byte) ([]byte, error) {
		key, ok := cloud["key-1"]
		if !ok {
			return nil, &errors.Error{Code: errors.KeyNotFound, Param: "KeyId", Reason: "the cloud has no such key"}
		}
		return key.SignDigest(ctx, digest) // the provider's Sign
	}, signer.VerifyAfterSign())
	if err != nil {
		log.Fatal(err)
	}
	_, err = signer.SignMessage(context.Background(), s, strings.NewReader("message"))
	fmt.Println(err)

	delete(cloud, "key-1")
	_, err = signer.SignMessage(context.Background(), s, strings.NewReader("message"))
	fmt.Println(errors.CodeOf(err))
	// Output:
	// <nil>
	// KeyNotFound
}

// The signature of an Ethereum transaction. Its digest is a Keccak-256, not the SHA-256
// that SignMessage makes.
func ExampleRecoverable() {
	s := signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256})
	digest, err := hex.DecodeString("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53")
	if err != nil {
		log.Fatal(err)
	}
	der, err := s.SignDigest(context.Background(), digest)
	if err != nil {
		log.Fatal(err)
	}
	rsv, err := signer.Recoverable(s.Public(), digest, der)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(rsv), rsv[64]) // for types.Transaction.WithSignature of go-ethereum
	// Output:
	// 65 1
}

// One RSA key for crypto/x509 and crypto/tls, which choose the padding.
func ExampleBothPaddings() {
	key := signertest.Key(keyspec.RSA2048)
	pss, err := signer.New(key, keyspec.RSAPSSSHA256)
	if err != nil {
		log.Fatal(err)
	}
	pkcs1, err := signer.New(key, keyspec.RSAPKCS1SHA256)
	if err != nil {
		log.Fatal(err)
	}
	s, err := signer.BothPaddings(pss, pkcs1)
	if err != nil {
		log.Fatal(err)
	}

	request := &x509.CertificateRequest{DNSNames: []string{"example.com"}, SignatureAlgorithm: x509.SHA256WithRSAPSS}
	_, err = x509.CreateCertificateRequest(nil, request, s)
	fmt.Println(err)
	// Output:
	// <nil>
}
