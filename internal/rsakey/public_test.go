// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"bytes"
	"crypto/fips140"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// TestRecoverIsMathBig: the public operation on edges and on random signatures, for every
// test key and kernel.
func TestRecoverIsMathBig(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		public := k.public
		signatures := edges(key)
		for range rsamodel.Rounds(200, 100_000) {
			signatures = append(signatures, rsamodel.Pick(key.N))
		}
		got := make([]byte, key.Size())
		for _, s := range signatures {
			require.True(t, public.Recover(got, bytesOf(key, s)))
			want := new(big.Int).Exp(s, big.NewInt(int64(key.E)), key.N)
			require.Equal(t, bytesOf(key, want), got, "%x", s)
		}
	})
}

// TestRecoverBatch: batches of all sizes recover what Recover does, and leave the other messages.
func TestRecoverBatch(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		above := bytesOf(key, new(big.Int).Add(key.N, big.NewInt(1)))
		signatures := [][]byte{above, key.N.Bytes(), nil, above[1:], append([]byte{0}, above...)}
		for _, s := range append(edges(key), rsamodel.Pick(key.N), rsamodel.Pick(key.N), rsamodel.Pick(key.N)) {
			signatures = append(signatures, bytesOf(key, s))
		}
		for n := range 2*eight + 2 {
			if n%eight != 1 && !testrun.Long() {
				continue
			}
			var batch, got, want [][]byte
			var ok []bool
			for i := range n {
				s := signatures[(i*5+n)%len(signatures)]
				message := bytes.Repeat([]byte{byte(i + 1)}, key.Size())
				batch, got, want = append(batch, s), append(got, bytes.Clone(message)), append(want, message)
				ok = append(ok, k.public.Recover(message, s))
			}
			require.Equal(t, ok, append([]bool(nil), k.public.RecoverBatch(got, batch)...))
			require.Equal(t, want, got)
		}
	})
}

// TestRecoverRefuses: what is not below the modulus, or not as long.
func TestRecoverRefuses(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		marker := bytes.Repeat([]byte{0xa5}, key.Size())
		message := bytes.Clone(marker)
		above := bytesOf(key, new(big.Int).Add(key.N, big.NewInt(1)))
		for name, signature := range map[string][]byte{
			"n": key.N.Bytes(), "n+1": above, "ones": bytes.Repeat([]byte{0xff}, key.Size()),
			"none": nil, "short": marker[1:], "long": append([]byte{0}, marker...),
		} {
			require.False(t, k.public.Recover(message, signature), name)
			require.Equal(t, marker, message, name)
		}
	})
}

func TestNewPublicKey(t *testing.T) {
	for _, primeBits := range []int{1024, 1536} {
		key := &testKeys(t, primeBits)["published"].PublicKey
		require.Equal(t, (rsaifma.Supported() || rsaadx.Supported()) && !fips140.Enabled(), NewPublicKey(key) != nil)
		kernel := modelKernel(primeBits / 512 * 10)
		require.NotNil(t, newPublicKey(key, kernel))
		even := &rsa.PublicKey{N: new(big.Int).Sub(key.N, big.NewInt(1)), E: key.E}
		require.Nil(t, newPublicKey(even, kernel))
		short := &rsa.PublicKey{N: new(big.Int).Rsh(key.N, 1), E: key.E}
		require.Nil(t, newPublicKey(short, kernel))
		require.Nil(t, newPublicKey(key, nil))
	}
}

// TestMismatchEight: eight checks at once are eight checks.
func TestMismatchEight(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		if !k.Lanes() {
			return
		}
		public, e := k.public, big.NewInt(int64(key.E))
		power := func(s *big.Int) []byte { return bytesOf(key, new(big.Int).Exp(s, e, key.N)) }
		above := new(big.Int).Add(key.N, big.NewInt(1))
		type check struct{ signature, message []byte }
		checks := []check{
			{bytesOf(key, above), bytesOf(key, big.NewInt(1))}, // the right power, and too large
			{key.N.Bytes(), make([]byte, key.Size())},
		}
		for _, s := range append(edges(key), rsamodel.Pick(key.N), rsamodel.Pick(key.N), rsamodel.Pick(key.N)) {
			other := power(s)
			other[len(other)/2] ^= 8
			checks = append(checks, check{bytesOf(key, s), power(s)}, check{bytesOf(key, s), other})
		}
		one, all := newScratchPublic(k.kernel), newScratchPublicEight(k.kernel)
		wrong := 0
		for count := 1; len(checks) > 0; count = count%eight + 1 {
			count = min(count, len(checks))
			var signatures, messages [][]byte
			for _, c := range checks[:count] {
				signatures, messages = append(signatures, c.signature), append(messages, c.message)
			}
			bad := public.mismatchEight(all, signatures, messages)
			for lane := range count {
				want := public.mismatch(one, signatures[lane], messages[lane])
				require.Equal(t, want, bad[lane])
				wrong += int(want & 1)
			}
			checks = checks[count:]
		}
		require.Equal(t, 2+len(edges(key))+3, wrong)
	})
}
