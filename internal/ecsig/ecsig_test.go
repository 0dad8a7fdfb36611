// SPDX-License-Identifier: Apache-2.0

package ecsig

import (
	"crypto/elliptic"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// The orders are those of three other libraries, and the comparisons of strings are
// those of numbers.
func TestOrder(t *testing.T) {
	for k, n := range map[keyspec.KeySpec]*big.Int{
		keyspec.ECP256:  elliptic.P256().Params().N,
		keyspec.ECP256K: secp256k1.Params().N,
		keyspec.ECSM2:   sm2.P256().Params().N,
	} {
		require.Equal(t, n.Bytes(), []byte(Order(k)), k)
		low := new(big.Int).Rsh(n, 1)
		require.Equal(t, low.FillBytes(make([]byte, 32)), []byte(half(k)), k)

		one := big.NewInt(1)
		signature := func(r, s *big.Int) *Signature {
			var x Signature
			r.FillBytes(x.R())
			s.FillBytes(x.S())
			return &x
		}
		below := new(big.Int).Sub(n, one)
		require.True(t, signature(below, below).BelowOrder(k))
		require.False(t, signature(n, below).BelowOrder(k))
		require.False(t, signature(below, n).BelowOrder(k))
		require.False(t, signature(below, low).HasHighS(k))
		require.True(t, signature(one, new(big.Int).Add(low, one)).HasHighS(k))
		require.False(t, signature(one, one).HasZero())
		require.True(t, signature(new(big.Int), one).HasZero())
		require.True(t, signature(one, new(big.Int)).HasZero())
	}
	for _, k := range []keyspec.KeySpec{"", keyspec.RSA2048, keyspec.RSA3072} {
		require.Empty(t, Order(k))
		require.Empty(t, half(k))
	}
}

func TestParse(t *testing.T) {
	raw := strings.Repeat("11", 64)
	for text, want := range map[string]string{
		"3006020101020101":                 "",
		"":                                 "not a DER SEQUENCE",
		raw:                                "64 bytes may be r‖s, which signer.ToDER converts",
		"300602010102010100":               "bytes follow the DER SEQUENCE",
		"3003020101":                       "not two minimal, non-negative DER INTEGERs",
		"3006020181020101":                 "not two minimal, non-negative DER INTEGERs",
		"300702020001020101":               "not two minimal, non-negative DER INTEGERs",
		"3006020100020101":                 "an INTEGER is zero or has more than 256 bits",
		"3009020101020101020101":           "the DER SEQUENCE has more than two elements",
		"30260221" + raw[:64] + "11020101": "an INTEGER is zero or has more than 256 bits",
	} {
		der, err := hex.DecodeString(text)
		require.NoError(t, err)
		x, err := Parse(der)
		if want != "" {
			require.ErrorContains(t, err, want, text)
			require.Nil(t, x)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, der, x.DER())
	}
}
