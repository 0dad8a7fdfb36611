// SPDX-License-Identifier: Apache-2.0

package jwtsigner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
)

func Example() {
	key, err := keyspec.GenerateKey(keyspec.ECP256)
	check(err)
	s, err := signer.New(key, keyspec.ECDSASHA256)
	check(err)
	jwk, err := jwtsigner.NewJWK(s.Public(), jwtsigner.ES256)
	check(err)

	token := jwt.NewWithClaims(jwtsigner.ES256, jwt.RegisteredClaims{Subject: "alice"})
	token.Header["kid"] = jwk.Kid
	text, err := token.SignedString(jwtsigner.WithContext(context.Background(), s))
	check(err)

	v, err := signer.NewVerifier(s.Public(), keyspec.ECDSASHA256)
	check(err)
	parsed, err := jwt.Parse(text, jwtsigner.Keyfunc(v))
	check(err)
	subject, err := parsed.Claims.GetSubject()
	check(err)
	fmt.Println(parsed.Valid, subject)
	// Output: true alice
}

func ExampleJWKSet() {
	key, err := keyspec.PrivateKeyFromScalar(keyspec.ECP256K, append(make([]byte, 31), 1))
	check(err)
	s, err := signer.New(key, keyspec.ECDSASHA256)
	check(err)
	jwk, err := jwtsigner.NewJWK(s.Public(), jwtsigner.ES256K)
	check(err)
	document, err := json.MarshalIndent(jwtsigner.JWKSet{Keys: []jwtsigner.JWK{jwk}}, "", "  ")
	check(err)
	fmt.Println(string(document))
	// Output:
	// {
	//   "keys": [
	//     {
	//       "kty": "EC",
	//       "crv": "secp256k1",
	//       "x": "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g",
	//       "y": "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg",
	//       "use": "sig",
	//       "alg": "ES256K",
	//       "kid": "2JF8vg9etJzjFwZwmkvhBLLZ0bfMVVOPivYR5lFtcec"
	//     }
	//   ]
	// }
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
