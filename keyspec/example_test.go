// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"encoding/hex"
	"fmt"
	"log"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
)

// The seven pairs of a key spec and an algorithm.
func ExamplePairs() {
	for _, p := range keyspec.Pairs() {
		fmt.Println(p, p.MaxSignatureSize())
	}
	// Output:
	// RSA_2048/RSA_PSS_SHA_256 256
	// RSA_2048/RSA_PKCS1_SHA_256 256
	// RSA_3072/RSA_PSS_SHA_256 384
	// RSA_3072/RSA_PKCS1_SHA_256 384
	// EC_P256/ECDSA_SHA_256 72
	// EC_P256K/ECDSA_SHA_256 72
	// EC_SM2/SM2DSA 72
}

func ExampleParse() {
	k, err := keyspec.Parse("EC_SM2")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(k, "signs with", k.Algorithms())

	_, err = keyspec.Parse("EC_P384")
	fmt.Println(err)
	// Output:
	// EC_SM2 signs with [SM2DSA]
	// kmsigner: InvalidParameter: KeySpec: no key spec is named "EC_P384"; there are RSA_2048, RSA_3072, EC_P256, EC_P256K and EC_SM2
}

func ExamplePair_Validate() {
	err := keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.ECDSASHA256}.Validate()
	fmt.Println(err)
	// Output:
	// kmsigner: InvalidParameter: Algorithm: RSA_2048 signs with RSA_PSS_SHA_256 or RSA_PKCS1_SHA_256, not with ECDSA_SHA_256
}

// A published key, for TESTING only.
const testingKey = `-----BEGIN EC PARAMETERS-----
BgUrgQQACg==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIKbFHXmSt0qq3ivf9CSKzbFRrQDPkLxzLh0hDHTAKFo4oAcGBSuBBAAK
oUQDQgAEvkiszhgYVra9e3etIaquPtXQkMvD1JMS7aYxbUImK9yCOS/b95Yu+jnm
KgIsd1D6wh8xz65DSeZFzKUvFghN5g==
-----END EC PRIVATE KEY-----
`

// Whatever a key comes as, it leaves as PKCS #8.
func ExampleParsePrivateKey() {
	key, err := keyspec.ParsePrivateKey([]byte(testingKey), nil)
	if err != nil {
		log.Fatal(err)
	}
	spec, err := keyspec.Of(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, %T\n", spec, key)

	pkcs8, err := keyspec.MarshalPrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(pkcs8))
	// Output:
	// EC_P256K, *secp256k1.PrivateKey
	// -----BEGIN PRIVATE KEY-----
	// MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgpsUdeZK3SqreK9/0JIrN
	// sVGtAM+QvHMuHSEMdMAoWjihRANCAAS+SKzOGBhWtr17d60hqq4+1dCQy8PUkxLt
	// pjFtQiYr3II5L9v3li76OeYqAix3UPrCHzHPrkNJ5kXMpS8WCE3m
	// -----END PRIVATE KEY-----
}

// A refusal names the fact.
func ExampleParsePrivateKey_refused() {
	_, err := keyspec.ParsePrivateKey([]byte(testingKey[:200]), nil)
	fmt.Println(errors.Is(err, errors.InvalidParameter))
	fmt.Println(err)
	// Output:
	// true
	// kmsigner: InvalidParameter: Key: the PEM block "EC PRIVATE KEY" has no end line: the file is truncated
}

// A key at rest is encrypted.
func ExampleMarshalEncryptedPrivateKey() {
	key, err := keyspec.GenerateKey(keyspec.ECSM2)
	if err != nil {
		log.Fatal(err)
	}
	file, err := keyspec.MarshalEncryptedPrivateKey(key, []byte("correct horse battery staple"))
	if err != nil {
		log.Fatal(err)
	}

	_, err = keyspec.ParsePrivateKey(file, nil)
	fmt.Println(err)
	again, err := keyspec.ParsePrivateKey(file, []byte("correct horse battery staple"))
	fmt.Printf("%T %v\n", again, err)
	// Output:
	// kmsigner: InvalidParameter: Password: the key is encrypted and there is no password
	// *sm2.PrivateKey <nil>
}

// A key as wallets and many SM2 tools show it: 64 hexadecimal digits.
func ExamplePrivateKeyFromScalar() {
	scalar, err := hex.DecodeString("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8") // TESTING
	if err != nil {
		log.Fatal(err)
	}
	key, err := keyspec.PrivateKeyFromScalar(keyspec.ECSM2, scalar)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%T\n", key)

	_, err = keyspec.PrivateKeyFromScalar(keyspec.ECSM2, []byte("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"))
	fmt.Println(err)
	// Output:
	// *sm2.PrivateKey
	// kmsigner: InvalidParameter: Key: the scalar is hexadecimal text: decode it (encoding/hex) to 32 bytes
}

// The public key that other libraries take, and its point.
func ExampleECDSA() {
	key, err := keyspec.GenerateKey(keyspec.ECP256K)
	if err != nil {
		log.Fatal(err)
	}
	pub := key.(*secp256k1.PrivateKey).PubKey() // or the Public of a Signer

	std, err := keyspec.ECDSA(pub) // for go-ethereum, jwx, sigstore, …
	if err != nil {
		log.Fatal(err)
	}
	point, err := keyspec.Point(pub)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%T on %s\n%d bytes, %02x…\n", std, std.Curve.Params().Name, len(point), point[0])

	again, err := keyspec.PublicKeyFromPoint(keyspec.ECP256K, point)
	fmt.Println(again.(*secp256k1.PublicKey).IsEqual(pub), err)
	// Output:
	// *ecdsa.PublicKey on secp256k1
	// 65 bytes, 04…
	// true <nil>
}
