// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"crypto/fips140"
	"reflect"
	"runtime"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Both paths of a curve make the same bytes, so only the code that runs tells whether
// Portable was heard, and the build and run modes that ask for the primitive.
func TestPortableLeavesOurArithmetic(t *testing.T) {
	for spec, c := range map[keyspec.KeySpec]struct {
		own  string // the function that signs with our arithmetic
		here bool   // whether it signs in this build and mode without Portable
	}{
		keyspec.ECP256:  {"signOwnP256.", !primitivesOnly && !fips140.Enabled()},
		keyspec.ECP256K: {"signOwn.", true},
		keyspec.ECSM2:   {"signOwnSM2.", !primitivesOnly && !fips140.Enabled()},
	} {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		check := func(own bool, opts ...Option) {
			t.Helper()
			s, err := New(key, spec.Algorithms()[0], opts...)
			require.NoError(t, err)
			sign := s.(*signer).sign
			name := runtime.FuncForPC(reflect.ValueOf(sign.one).Pointer()).Name()
			if own {
				require.Contains(t, name, c.own)
			} else {
				require.NotContains(t, name, c.own)
			}
			require.Equal(t, own, sign.batch != nil)
		}
		check(c.here)
		check(c.here, Deterministic())
		check(false, Portable())
		check(false, Portable(), Deterministic())
	}
}
