package signer

import (
	"reflect"
	"runtime"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Both paths of EC_P256K make the same bytes, so only the code that runs tells
// whether Portable was heard.
func TestPortableLeavesOurArithmetic(t *testing.T) {
	key, err := testkeys.Key(keyspec.ECP256K)
	require.NoError(t, err)
	path := func(opts ...Option) (name string, batch bool) {
		s, err := New(key, keyspec.ECDSASHA256, opts...)
		require.NoError(t, err)
		signing := s.(*signer).sign
		return runtime.FuncForPC(reflect.ValueOf(signing.one).Pointer()).Name(), signing.batch != nil
	}
	name, batch := path()
	require.NotContains(t, name, "signDecred")
	require.True(t, batch)
	name, batch = path(Portable())
	require.Contains(t, name, "signDecred")
	require.False(t, batch)
}
