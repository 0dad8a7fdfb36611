// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// What is decoded is bounded in depth, in number and in size.
func TestDecodings_bounded(t *testing.T) {
	t.Parallel()
	sig := []byte("deadbeef%2B 0011")
	for range 8 {
		sig = []byte(hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString(sig))))
	}
	require.Less(t, len(sig), maxEncoded)
	all := decodings(sig)
	require.Greater(t, len(all), maxNested)
	require.LessOrEqual(t, len(all), maxDecodings)
	for i, d := range all {
		require.LessOrEqual(t, len(d.causes), maxNested)
		require.LessOrEqual(t, len(d.sig), len(sig))
		if i > 0 {
			require.GreaterOrEqual(t, len(d.causes), len(all[i-1].causes), "the fewest first")
		}
	}
	require.Len(t, decodings(bytes.Repeat([]byte("a"), maxEncoded+1)), 1)
	require.Greater(t, len(decodings(bytes.Repeat([]byte("a"), maxEncoded))), 1)
}

// Text that is several encodings at once leads to a few forms only, so that the
// verifications go far enough.
func TestForms_few(t *testing.T) {
	t.Parallel()
	most := 0
	for _, k := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K, keyspec.ECSM2} {
		for size := range 400 {
			for _, fill := range []string{"0", "1", "3", "A", "a", " a", "%30"} {
				sig := bytes.Repeat([]byte(fill), size)
				most = max(most, len(formsOf(k, sig, false, true)))
			}
		}
	}
	require.Positive(t, most)
	require.LessOrEqual(t, most, 12)
}
