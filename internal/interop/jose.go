// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/kmsigner/kmsigner/signer"
)

// joseSign signs with ES256, RS256 or PS256, whichever is the key's.
func joseSign(s signer.Signer, alg jose.SignatureAlgorithm, payload []byte) (string, error) {
	by, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: cryptosigner.Opaque(s)}, nil)
	if err != nil {
		return "", err
	}
	object, err := by.Sign(payload)
	if err != nil {
		return "", err
	}
	return object.CompactSerialize()
}
