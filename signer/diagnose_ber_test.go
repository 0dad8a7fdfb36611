package signer

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// The loose reader agrees with the strict one wherever that accepts, and finds a
// deviation wherever it does not.
func FuzzLooseDER(f *testing.F) {
	for _, text := range []string{
		"", "3006020101020101", "3006020181020101", "300702020001020101", "308106020101020101",
		"30800201010201010000", "300602010102010100", "3080020101020101", "300602018002010130",
		"30840000000602010102010130", "3006028001020101", "30068081010102", "3085000000000602010102010130",
	} {
		der, err := hex.DecodeString(text)
		require.NoError(f, err)
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		raw, deviations, ok := parseLooseDER(in)
		require.Equal(t, before, in)
		strict, err := parseDER(in)
		if err == nil {
			require.True(t, ok)
			require.Equal(t, *strict, raw)
			require.Empty(t, deviations)
		} else if ok && !isZero(raw[:32]) && !isZero(raw[32:]) {
			require.Len(t, deviations, 1, err)
		}
	})
}
