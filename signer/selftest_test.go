package signer

import (
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

func TestSelfTest(t *testing.T) {
	require.NoError(t, SelfTest())
}

// A machine that computes another signature, of any pair, or refuses the valid row
// of gmsm's issue 560, does not pass, and hears which pair it is.
func TestSelfTest_fails(t *testing.T) {
	for i, pair := range keyspec.Pairs() {
		answers := slices.Clone(knownAnswers[:])
		answers[i] = strings.Repeat("0", 64)
		err := selfTest(answers, gmsm560Signature)
		require.ErrorIs(t, err, errors.Internal)
		require.ErrorContains(t, err, "self-test of "+pair.String()+": ")
		require.NotContains(t, err.Error(), "\n", "the other pairs pass")
	}
	other := strings.Replace(gmsm560Signature, "be0ea64e", "be0ea64f", 1)
	require.NotEqual(t, gmsm560Signature, other)
	err := selfTest(knownAnswers[:], other)
	require.ErrorIs(t, err, errors.Internal)
	require.ErrorContains(t, err, "issue 560")
}
