// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

func TestParseLeniently(t *testing.T) {
	one, high := big.NewInt(1), big.NewInt(0x81)
	for text, want := range map[string]struct {
		r, s  *big.Int
		fault string
	}{
		"3006020101020101":   {one, one, ""},
		"300702020081020101": {high, one, ""},
		"3006020181020101": {high, one,
			"an INTEGER is negative: a number whose top bit is set needs a zero byte before it"},
		"300702020001020101":   {one, one, "an INTEGER begins with a superfluous zero byte"},
		"300602010102010100":   {one, one, "bytes follow the SEQUENCE"},
		"30080201010201010500": {one, one, "bytes follow the two INTEGERs"},
		"308106020101020101":   {one, one, "a length is in the long form"},
		"300702810101020101":   {one, one, "a length is in the long form"},
		"":                     {nil, nil, "its 0 bytes are neither DER nor r‖s"},
		"30":                   {nil, nil, "its 1 bytes are neither DER nor r‖s"},
		"3081":                 {nil, nil, "its 2 bytes are neither DER nor r‖s"},
		"3003020101":           {nil, nil, "its 5 bytes are neither DER nor r‖s"},
		"3006020101040101":     {nil, nil, "its 8 bytes are neither DER nor r‖s"},
		"30040200 0200":        {nil, nil, "its 6 bytes are neither DER nor r‖s"},
		"3106020101020101":     {nil, nil, "its 8 bytes are neither DER nor r‖s"},
		"3007020101020101":     {nil, nil, "its 8 bytes are neither DER nor r‖s"},
	} {
		sig, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(text), []byte(" "), nil)))
		require.NoError(t, err)
		r, s, fault := parseLeniently(sig)
		require.Equal(t, want.fault, fault, text)
		require.Equal(t, want.r, r, text)
		require.Equal(t, want.s, s, text)
	}
	raw := append(one.FillBytes(make([]byte, 32)), high.FillBytes(make([]byte, 32))...)
	r, s, fault := parseLeniently(raw)
	require.Equal(t, []*big.Int{one, high}, []*big.Int{r, s})
	require.Contains(t, fault, "r‖s of 64 bytes")
}

// Without a fault it is strict DER, with one it is not, and whatever it is it does
// not panic.
func FuzzParseLeniently(f *testing.F) {
	for _, v := range Golden() {
		if v.Raw != nil {
			f.Add(v.Signature)
		}
	}
	f.Add([]byte{0x30, 0x81})
	f.Add(bytes.Repeat([]byte{1}, 64))
	f.Fuzz(func(t *testing.T, sig []byte) {
		r, s, fault := parseLeniently(sig)
		_, err := signer.ToRaw(sig)
		require.Equal(t, err == nil, fault == "")
		require.Equal(t, r == nil, s == nil)
	})
}
