// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rsa"
	"math/big"
	"testing"
)

// FuzzSign compares a signature of any message, alone and in a batch, with math/big's,
// on the kernels of this machine.
func FuzzSign(f *testing.F) {
	type made struct {
		key *rsa.PrivateKey
		k   *Key
	}
	var keys []made
	kernels := kernelsHere(f)
	for _, name := range []string{"IFMA 2048", "IFMA 3072", "ADX 2048", "ADX 3072", "model 2048", "model 2048, 64"} {
		kernel := kernels[name]
		if kernel == nil {
			continue
		}
		for _, which := range []string{"published", "extreme", "extreme, q p"} {
			key := testKeys(f, kernel.primeBits())[which]
			keys = append(keys, made{key, newKey(key, kernel)})
		}
	}
	f.Add(uint8(0), []byte{})
	f.Add(uint8(1), []byte{1})
	f.Add(uint8(2), keys[2].key.Primes[0].Bytes())
	f.Add(uint8(0), keys[0].key.Primes[1].Bytes())
	f.Add(uint8(1), new(big.Int).Sub(keys[1].key.N, big.NewInt(1)).Bytes())
	f.Add(uint8(0xf8), []byte("a batch of eight"))
	f.Fuzz(func(t *testing.T, which uint8, message []byte) {
		key := keys[int(which)%len(keys)]
		m := new(big.Int).SetBytes(message[:min(len(message), key.key.Size())])
		m.Mod(m, key.key.N)
		b := bytesOf(key.key, m)
		want := bytesOf(key.key, new(big.Int).Exp(m, key.key.D, key.key.N))
		if got := key.k.Sign(b); string(got) != string(want) {
			t.Fatalf("%x: %x, not %x", b, got, want)
		}
		if which >= 0xf8 {
			messages, got := make([][]byte, eight), make([][]byte, eight)
			for i := range messages {
				messages[i] = b
			}
			key.k.SignBatch(messages, got)
			for i := range got {
				if string(got[i]) != string(want) {
					t.Fatalf("%x: %x in lane %d, not %x", b, got[i], i, want)
				}
			}
		}
	})
}
