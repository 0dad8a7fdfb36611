// SPDX-License-Identifier: Apache-2.0

package ecsig

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseLoose(t *testing.T) {
	for text, want := range map[string]Deviations{
		"3006020101020101":             {},
		"3006020181020101":             {Negative: true},
		"300702020001020101":           {Padded: true},
		"308106020101020101":           {Length: true},
		"308400000006020101020101":     {Length: true},
		"300702810101020101":           {Length: true},
		"30800201010201010000":         {Length: true},
		"308002010102010100000500":     {Length: true, Inside: true},
		"30080201010201010500":         {Inside: true},
		"30060201010201010500":         {Behind: true},
		"300902018102020001000000":     {Negative: true, Padded: true, Inside: true, Behind: true},
		"3007020200810201010000":       {Behind: true},
		"300a020200810281010105000000": {Length: true, Inside: true, Behind: true},
	} {
		sig, err := hex.DecodeString(text)
		require.NoError(t, err)
		_, got, ok := ParseLoose(sig)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "30", "3081", "3003020101", "3006020101040101", "300402000200", "3106020101020101",
		"3007020101020101",
		"3085000000000602010102010130", "3006028001020101", "3026022101" + hex.EncodeToString(make([]byte, 32)) + "020101"} {
		sig, err := hex.DecodeString(text)
		require.NoError(t, err)
		_, _, ok := ParseLoose(sig)
		require.False(t, ok, text)
	}
}

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
		x, deviations, ok := ParseLoose(in)
		require.Equal(t, before, in)
		strict, err := Parse(in)
		if err == nil {
			require.True(t, ok)
			require.Equal(t, *strict, x)
			require.Equal(t, Deviations{}, deviations)
			require.Equal(t, in, x.DER())
		} else if ok && !x.HasZero() {
			require.NotEqual(t, Deviations{}, deviations, err)
		}
	})
}
