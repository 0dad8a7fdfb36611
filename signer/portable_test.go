// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/fips140"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Both paths of a curve make the same bytes, so only the code that runs tells whether
// Portable was heard, and the build and run modes that ask for the primitive.
func TestPortableLeavesOurArithmetic(t *testing.T) {
	own := !purego && !boringCrypto() && !fips140.Enabled()
	for spec, c := range map[keyspec.KeySpec]struct {
		own  string // the function that signs with our arithmetic
		here bool   // whether it signs in this build and mode without Portable
	}{
		keyspec.ECP256:  {"signOwnP256.", own},
		keyspec.ECP256K: {"signOwnP256K.", true},
		keyspec.ECSM2:   {"signOwnSM2.", own},
	} {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		check := func(own bool, signing []Option, verifying ...Option) {
			t.Helper()
			s, err := New(key, spec.Algorithms()[0], append(signing, verifying...)...)
			require.NoError(t, err)
			sign := s.(*signer).sign
			if own {
				require.Contains(t, nameOf(sign.one), c.own)
			} else {
				require.NotContains(t, nameOf(sign.one), c.own)
			}
			require.Equal(t, own, sign.batch != nil)

			v, err := NewVerifier(s.Public(), spec.Algorithms()[0], verifying...)
			require.NoError(t, err)
			require.Equal(t, own, v.(*verifier).verify.batch != nil)
		}
		check(c.here, nil)
		check(c.here, []Option{Deterministic()})
		check(false, nil, Portable())
		check(false, []Option{Deterministic()}, Portable())
	}
}
