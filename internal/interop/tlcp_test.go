// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"testing"

	gm "github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"
)

// TestTLCP makes the calls of gotlcp 912b3a9, which the module proxy does not have:
// signHandshake of a client with nil options, the key exchange of a server with those of
// gmsm. It verifies as gotlcp does.
func TestTLCP(t *testing.T) {
	t.Parallel()
	pub := sm2.Public().(*ecdsa.PublicKey)
	transcript := sha256.Sum256(message) // any 32 bytes
	wrapped, err := tlcpKey{sm2}.Sign(nil, transcript[:], nil)
	require.NoError(t, err)
	require.True(t, gm.VerifyASN1WithSM2(pub, nil, transcript[:], wrapped))

	bare, err := sm2.Sign(nil, transcript[:], nil)
	require.NoError(t, err)
	require.False(t, gm.VerifyASN1WithSM2(pub, nil, transcript[:], bare), "what the wrapper is for")

	for _, message := range [][]byte{message, transcript[:]} {
		sig, err := sm2.Sign(nil, message, gm.NewSM2SignerOption(true, nil))
		require.NoError(t, err)
		require.True(t, gm.VerifyASN1WithSM2(pub, nil, message, sig), "a server needs none")
		sig, err = tlcpKey{sm2}.Sign(nil, message, gm.NewSM2SignerOption(true, nil))
		require.NoError(t, err)
		require.True(t, gm.VerifyASN1WithSM2(pub, nil, message, sig))
	}
}
