// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"crypto"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// forOrigins runs a subtest with a signer of the pair from New, from New with
// Deterministic, and from FromCrypto on a crypto.Signer of another library.
func forOrigins(t *testing.T, p keyspec.Pair, test func(t *testing.T, s signer.Signer)) {
	elsewhere := shared(t, &fromCrypto, p, func() (signer.Signer, error) {
		return signer.FromCrypto(testKey(t, p.KeySpec).(crypto.Signer), p.Algorithm)
	})
	for name, s := range map[string]signer.Signer{
		"New":           newSigner(t, p),
		"Deterministic": newSigner(t, p, signer.Deterministic()),
		"FromCrypto":    elsewhere,
	} {
		t.Run(p.String()+"/"+name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}
