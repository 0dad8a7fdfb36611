// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
)

// What scrypt is allowed takes 256 MiB at the most, all that golang.org/x/crypto
// allocates counted: 128·N·r bytes of blocks, 256·r of scratch, 128·r·p of output.
func TestScryptBounds(t *testing.T) {
	for _, tt := range []struct {
		n, r, p int64
		allowed bool
	}{
		{1 << 14, 8, 1, true}, // OpenSSL
		{1 << 17, 8, 1, true},
		{1 << 17, 8, 8, true},
		{1 << 20, 1, 8, true},
		{8, 1 << 17, 6, true}, // 256 MiB exactly
		{8, 1 << 17, 7, false},
		{2, 1 << 18, 4, true},
		{2, 1 << 18, 5, false},
		{2, 1 << 20, 2, false}, // took 775 MiB
		{4, 1 << 19, 4, false}, // 645 MiB
		{8, 1 << 18, 4, false}, // 453 MiB
		{1 << 18, 8, 1, false},
		{1 << 21, 1, 1, false},
		{1 << 14, 8, 65, false}, // the work
		{2, 1, 1 << 62, false},
		{1 << 62, 1, 1, false},
		{2, 1 << 62, 1, false},
		{1 << 62, 1 << 62, 1 << 62, false},
	} {
		var b cryptobyte.Builder
		for _, v := range []int64{tt.n, tt.r, tt.p} {
			b.AddASN1Int64(v)
		}
		err := checkScrypt(cryptobyte.String(b.BytesOrPanic()), 32)
		if !tt.allowed {
			require.ErrorContains(t, err, "too much memory or time", "%+v", tt)
			continue
		}
		require.NoError(t, err, "%+v", tt)
		memory := new(big.Int).Mul(big.NewInt(128*tt.r), big.NewInt(tt.n+tt.p+2))
		require.LessOrEqual(t, memory.Int64(), int64(256<<20))
	}
}
