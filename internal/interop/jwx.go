// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"github.com/kmsigner/kmsigner/signer"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// jwxSign signs with ES256, RS256 or PS256, whichever is the key's.
func jwxSign(s signer.Signer, alg jwa.SignatureAlgorithm, payload []byte) ([]byte, error) {
	return jws.Sign(payload, jws.WithKey(alg, s))
}
