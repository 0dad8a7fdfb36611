// SPDX-License-Identifier: Apache-2.0

//go:build !purego && !boringcrypto

package signer

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// math/big's public operation, which serves RSA_3072 on processors without the kernel,
// is the operation written out, and refuses what is no signature.
func TestBigPublic(t *testing.T) {
	for _, spec := range []keyspec.KeySpec{keyspec.RSA2048, keyspec.RSA3072} {
		key := rsaKey(t, spec)
		public := newBigPublic(&key.PublicKey)
		size := key.Size()
		for _, signature := range []*big.Int{
			big.NewInt(0), big.NewInt(1), big.NewInt(2), new(big.Int).Rsh(key.N, 1), new(big.Int).Sub(key.N, big.NewInt(1)),
		} {
			s := signature.FillBytes(make([]byte, size))
			got, want := make([]byte, size), make([]byte, size)
			require.True(t, public.Recover(got, s))
			require.True(t, slowPublic{&key.PublicKey}.Recover(want, s))
			require.Equal(t, want, got)
		}
		untouched := bytes.Repeat([]byte{0xa5}, size)
		message := bytes.Clone(untouched)
		require.False(t, public.Recover(message, key.N.Bytes()), "the modulus")
		require.False(t, public.Recover(message, make([]byte, size-1)), "a byte short")
		require.False(t, public.Recover(message, make([]byte, size+1)), "a byte long")
		require.Equal(t, untouched, message)
	}
	// The verifier's copy of the key is its own.
	key := rsaKey(t, keyspec.RSA2048)
	pub := &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
	public := newBigPublic(pub)
	pub.N.SetInt64(3)
	require.Equal(t, key.N, public.n)
}
