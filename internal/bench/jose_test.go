// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// go-jose's adapter of a crypto.Signer takes ours as they are. For PS256 it asks for
// rsa.PSSSaltLengthAuto, and JWS wants a salt as long as the hash.
func TestGoJoseAdapter(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		if p.KeySpec == keyspec.ECP256K || p.KeySpec == keyspec.ECSM2 {
			continue // which go-jose does not know
		}
		t.Run(p.String(), func(t *testing.T) {
			private, err := testkeys.Key(p.KeySpec)
			require.NoError(t, err)
			key, err := signer.New(private, p.Algorithm)
			require.NoError(t, err)
			algorithm := jose.SignatureAlgorithm(joseAlgorithm(p))
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: cryptosigner.Opaque(key)}, nil)
			require.NoError(t, err)
			made, err := s.Sign([]byte(`{"iss":"joe"}`))
			require.NoError(t, err)
			compact, err := made.CompactSerialize()
			require.NoError(t, err)

			parsed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{algorithm})
			require.NoError(t, err)
			payload, err := parsed.Verify(key.Public())
			require.NoError(t, err)
			require.Equal(t, `{"iss":"joe"}`, string(payload))
		})
	}
}
