// SPDX-License-Identifier: Apache-2.0

package jwtsigner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/signer"
)

// Keyfunc returns a jwt.Keyfunc for jwt.Parse and jwt.ParseWithClaims that verifies tokens
// with these Verifiers, each with its own algorithm only. If several have the algorithm
// of a token, a signature by one of them is valid: while keys are rotated, pass the old and
// the new. To choose by kid, write a function that looks up one Verifier and returns
// Keyfunc(v)(token).
//
// The function returns InvalidParameter of "Key", wrapping jwt.ErrInvalidKeyType, for a
// token whose alg is that of no Verifier, for nil Verifiers, for those of SM2, and for no
// Verifiers at all; jwt.Parse wraps that in jwt.ErrTokenUnverifiable.
//
// It sets the token's Method to the Verifier's, since the one that the parser chose by
// the alg header verifies with golang-jwt's own types of keys.
func Keyfunc(verifiers ...signer.Verifier) jwt.Keyfunc {
	verifiers = slices.Clone(verifiers)
	return func(token *jwt.Token) (any, error) {
		if token == nil {
			return nil, keyError("the token is nil", jwt.ErrInvalidKeyType)
		}
		alg, _ := token.Header["alg"].(string)
		var keys jwt.VerificationKeySet
		var known []string
		for _, v := range verifiers {
			if isNil(v) {
				return nil, keyError("a Verifier is nil", jwt.ErrInvalidKeyType)
			}
			m, err := MethodOf(v)
			if err != nil {
				return nil, keyError("a Verifier cannot verify tokens", fmt.Errorf("%w: %w", jwt.ErrInvalidKeyType, err))
			}
			if string(m) == alg {
				token.Method = m
				keys.Keys = append(keys.Keys, v)
			}
			if !slices.Contains(known, string(m)) {
				known = append(known, string(m))
			}
		}
		if len(keys.Keys) == 0 {
			return nil, keyError(fmt.Sprintf("the token's alg is %q, the keys are of %q", alg, strings.Join(known, ", ")),
				jwt.ErrInvalidKeyType)
		}
		return keys, nil
	}
}
