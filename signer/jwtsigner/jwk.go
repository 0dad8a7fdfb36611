// SPDX-License-Identifier: Apache-2.0

package jwtsigner

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/kmsigner/kmsigner/keyspec"
)

// A JWK is a public JSON Web Key (RFC 7517; RFC 7518, section 6; RFC 8812, section 3.1)
// for one method. Marshal it with encoding/json.
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
	Use string `json:"use"` // sig
	Alg string `json:"alg"`
	Kid string `json:"kid"` // the thumbprint; may be replaced
}

// A JWKSet is what an issuer publishes (RFC 7517, section 5).
type JWKSet struct {
	Keys []JWK `json:"keys"`
}

// NewJWK returns the JSON Web Key of a public key, in one of the types that package keyspec
// lists, for tokens of the method m. Kid is the SHA-256 thumbprint of the key (RFC 7638);
// put it into the kid header of the tokens, too. The two methods of one RSA key have one
// thumbprint.
//
// It returns InvalidParameter: of "Key" for a public key that package keyspec rejects, for
// a private key, and for one that does not fit m; of "Method" for a Method that is none of
// the four.
func NewJWK(pub crypto.PublicKey, m Method) (JWK, error) {
	if _, private := pub.(crypto.Signer); private {
		return JWK{}, keyError("this is a private key: pass its Public()", nil)
	}
	spec, err := keyspec.Of(pub)
	if err != nil {
		return JWK{}, err
	}
	algorithm := keyspec.ECDSASHA256
	switch {
	case m == PS256:
		algorithm = keyspec.RSAPSSSHA256
	case m == RS256:
		algorithm = keyspec.RSAPKCS1SHA256
	}
	if err := m.fits(pair{spec, algorithm}); err != nil {
		return JWK{}, err
	}
	key := JWK{Use: "sig", Alg: string(m)}
	if public, ok := pub.(*rsa.PublicKey); ok {
		key.Kty = "RSA"
		key.N = encode(public.N.Bytes())
		key.E = encode(big.NewInt(int64(public.E)).Bytes())
	} else {
		point, err := keyspec.Point(pub)
		if err != nil {
			return JWK{}, err
		}
		key.Kty, key.Crv = "EC", "P-256"
		if spec == keyspec.ECP256K {
			key.Crv = "secp256k1"
		}
		key.X, key.Y = encode(point[1:33]), encode(point[33:])
	}
	key.Kid = key.thumbprint()
	return key, nil
}

// thumbprint is RFC 7638, section 3: the required members in the order of their names,
// without spaces. A map marshals in that order.
func (k JWK) thumbprint() string {
	members := map[string]string{"kty": k.Kty}
	if k.Kty == "RSA" {
		members["n"], members["e"] = k.N, k.E
	} else {
		members["crv"], members["x"], members["y"] = k.Crv, k.X, k.Y
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err) // strings marshal
	}
	sum := sha256.Sum256(text)
	return encode(sum[:])
}

type pair struct {
	spec      keyspec.KeySpec
	algorithm keyspec.Algorithm
}

func (p pair) KeySpec() keyspec.KeySpec     { return p.spec }
func (p pair) Algorithm() keyspec.Algorithm { return p.algorithm }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
