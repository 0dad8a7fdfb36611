// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/registers"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/stretchr/testify/require"
)

// TestRegistersAreCleared looks into the vector registers after every operation, for
// digits and words of the key's secret numbers. What the kernels leave there stays until
// other code needs the registers, and the next signal writes it to memory.
func TestRegistersAreCleared(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		if strings.Contains(name, "model") || !rsaifma.Supported() { // registers.Dump needs AVX-512
			continue
		}
		t.Run(name, func(t *testing.T) {
			registers.Quiet(t)
			key := testKeys(t, kernel.primeBits())["published"]
			k, secrets := newKey(key, kernel), secretsOf(key, kernel)
			message := bytesOf(key, new(big.Int).Rsh(key.N, 1))
			half := bytes.Repeat([]byte{0xa5}, key.Size()/2)
			batch, signatures := slices.Repeat([][]byte{message}, eight), make([][]byte, eight)
			// The last products of a signature renew the blinding, which is as secret.
			one, all := newScratch(kernel), newScratchEight(kernel)
			k.scratch.New = func() any { return one }
			k.scratchEight.New = func() any { return all }
			known := func() map[uint64]string {
				known := maps.Clone(secrets)
				for _, s := range []*scratch{one, all.one} {
					if s.blinding == nil {
						continue
					}
					for i := range 2 * kernel.digits {
						known[s.blinding.blind[i]] = fmt.Sprintf("digit %d of r^e", i)
						known[s.blinding.unblind[i]] = fmt.Sprintf("digit %d of 1 / r", i)
					}
				}
				delete(known, 0)
				return known
			}
			operations := map[string]func(k *Key){
				"newKey":    func(k *Key) { newKey(key, k.kernel) },
				"Sign":      func(k *Key) { k.Sign(message) },
				"SignBatch": func(k *Key) { k.SignBatch(batch, signatures) },
				"Power":     func(k *Key) { k.Power(message, half, half) },
			}
			for operation, f := range operations {
				for range 5 {
					f(k)
					found, masks := leftIn(known)
					require.Empty(t, found, operation)
					if kernel.radix == radix52 { // the others use no masks
						require.Zero(t, masks[1]|masks[2], operation)
					}
				}
			}

			if kernel.radix == radix64 {
				return // it leaves powers in vector registers, not the secrets of this table
			}
			// The test would see them: without the clearing they are there.
			careless := *kernel
			careless.clearRegisters = func() {}
			k = faultyKey(k, &careless)
			for operation, f := range operations {
				var found []string
				for try := 0; try < 100 && len(found) == 0; try++ { // a signal may have come in between
					f(k)
					found, _ = leftIn(known)
				}
				require.NotEmpty(t, found, operation)
			}
		})
	}
}

// secretsOf names the digits and words of the secret numbers of a key.
func secretsOf(key *rsa.PrivateKey, kernel *kernel) map[uint64]string {
	secrets := make(map[uint64]string)
	for name, x := range map[string]*big.Int{
		"p": key.Primes[0], "q": key.Primes[1], "qInv": key.Precomputed.Qinv,
		"dP": key.Precomputed.Dp, "dQ": key.Precomputed.Dq,
	} {
		digits := make([]uint64, kernel.digits)
		kernel.digitsOf(x, digits)
		for i, digit := range digits {
			secrets[digit] = fmt.Sprintf("digit %d of %s", i, name)
		}
		for i, word := range wordsOf(x, kernel.primeBits()) {
			secrets[word] = fmt.Sprintf("word %d of %s", i, name)
		}
	}
	delete(secrets, 0)
	return secrets
}

// leftIn reads the registers and returns which of the known secrets are there, and the masks. A map
// hashes its keys in vector registers: known is asked afterwards.
func leftIn(known func() map[uint64]string) (found []string, masks [8]uint64) {
	var z [32][8]uint64
	registers.Dump(&z, &masks)
	secrets := known()
	for i, lanes := range z {
		for lane, word := range lanes {
			if name, ok := secrets[word]; ok {
				found = append(found, fmt.Sprintf("Z%d lane %d: %s", i, lane, name))
			}
		}
	}
	return found, masks
}
