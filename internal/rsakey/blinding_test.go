// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rsa"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// TestBlinding: what is raised to the private exponent is m r^e for an r that changes, and
// the two halves of a blinding belong together.
func TestBlinding(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		s, message := newScratch(k.kernel), big.NewInt(0x5eed)
		e, inR := big.NewInt(int64(key.E)), new(big.Int).Lsh(big.NewInt(1), uint(2*k.kernel.bitsOfR()))
		inR.ModInverse(inR, key.N)
		plain := func(montgomery []uint64) *big.Int {
			x := k.kernel.numberOf(montgomery)
			return x.Mul(x, inR).Mod(x, key.N)
		}
		seen := make(map[string]bool)
		for use := range 4 {
			k.blind(s, bytesOf(key, message))
			b := s.blinding
			r := plain(b.unblind)
			r.ModInverse(r, key.N)
			require.Greater(t, r.BitLen(), 8*key.Size()-64, "r is as long as the modulus")
			power := new(big.Int).Exp(r, e, key.N)
			require.Zero(t, power.Cmp(plain(b.blind)))

			blinded := k.kernel.numberOf(s.public.z)
			power.Mul(power, message).Mod(power, key.N)
			require.Zero(t, power.Cmp(blinded.Mod(blinded, key.N)))
			require.False(t, seen[string(blinded.Bytes())])
			seen[string(blinded.Bytes())] = true

			if k.Lanes() {
				batch := newScratchEight(k.kernel)
				batch.one = s
				k.blindEight(batch, slices.Repeat([][]byte{bytesOf(key, message)}, eight))
				for lane := range eight {
					blinded := rsamodel.Number(batch.wide[lane:], eight, uint(k.kernel.radix))
					require.Zero(t, power.Cmp(blinded.Mod(blinded, key.N)))
				}
			}
			k.renew(s, use != 1)
			require.Equal(t, use != 1, s.blinding == b, "a wrong result ends a blinding")
		}
	})
}

// TestBlindingAtFault: a fault in any product of the blinding or of the check withholds
// the signature, or comes too late for it, and does not last.
func TestBlindingAtFault(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		if spared(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key := testKeys(t, kernel.primeBits())["published"]
			m := new(big.Int).Rsh(key.N, 2)
			message, want := bytesOf(key, m), bytesOf(key, new(big.Int).Exp(m, key.D, key.N))
			count := &fault{at: -1}
			require.Equal(t, want, faultyKey(newKey(key, kernel), count.in(kernel, fullProduct)).Sign(message))

			step, withheld := 1, 0
			if !testrun.Long() {
				step = 19
			}
			for at := 0; at < count.count; at += step {
				f := &fault{at: at, digit: at % kernel.digits, bit: uint(at % int(kernel.radix))}
				k := faultyKey(newKey(key, kernel), f.in(kernel, fullProduct))
				for use := range 3 {
					got := k.Sign(message)
					if got == nil {
						withheld++
						continue
					}
					require.Equal(t, want, got, "fault at %d, use %d", at, use)
				}
			}
			// The last two products renew the blinding: the next signature is withheld.
			require.GreaterOrEqual(t, withheld, count.count/step-2)
			require.LessOrEqual(t, withheld, (count.count+step-1)/step)
		})
	}
}
