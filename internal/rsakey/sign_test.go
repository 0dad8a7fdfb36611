// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/rsamodel"
	"github.com/kmsigner/kmsigner/internal/testrun"
)

// forEachKey runs a test on every kernel and test key, several at a time. In a plain run the
// models, which are slow, have two of the keys; those that are spared have them in a long one, too.
func forEachKey(t *testing.T, test func(t *testing.T, key *rsa.PrivateKey, k *Key)) {
	for name, kernel := range kernelsHere(t) {
		for which, key := range testKeys(t, kernel.primeBits()) {
			if strings.HasPrefix(name, "model") && which != "published" && which != "extreme, 3" && (!testrun.Long() || spared(name)) {
				continue
			}
			t.Run(name+"/"+which, func(t *testing.T) {
				t.Parallel()
				k := newKey(key, kernel)
				require.NotNil(t, k)
				test(t, key, k)
			})
		}
	}
}

// spared reports whether a run does without a kernel, or with less of it: the slow models of 3,072
// bits do what those of 2,048 bits do, with more digits. A long run spares those whose size the
// machine has assembly for, and a nightly run none.
func spared(kernel string) bool {
	if !strings.HasPrefix(kernel, "model 3072") || testrun.Nightly() {
		return false
	}
	assembly := rsaifma.Supported()
	if strings.HasSuffix(kernel, ", 64") {
		assembly = rsaadx.Supported()
	}
	return assembly || !testrun.Long()
}

func bytesOf(key *rsa.PrivateKey, m *big.Int) []byte { return m.FillBytes(make([]byte, key.Size())) }

// edges returns the messages at which a reduction or a recombination can go wrong.
func edges(key *rsa.PrivateKey) []*big.Int {
	one, p, q, n := big.NewInt(1), key.Primes[0], key.Primes[1], key.N
	power := new(big.Int).Lsh(one, uint(p.BitLen()))
	all := []*big.Int{new(big.Int), one, big.NewInt(2)}
	for _, x := range []*big.Int{p, q, n, power, new(big.Int).Rsh(n, 1), new(big.Int).Mul(p, p), new(big.Int).Mul(q, q)} {
		all = append(all, x, new(big.Int).Sub(x, one), new(big.Int).Add(x, one))
	}
	return slices.DeleteFunc(all, func(x *big.Int) bool { return x.Cmp(n) >= 0 })
}

// requireSignature checks with math/big: the only signature of m is the number below n
// whose power e is m. That is cheaper to see than m^d.
func requireSignature(t *testing.T, key *rsa.PrivateKey, m *big.Int, signature []byte) {
	t.Helper()
	require.Len(t, signature, key.Size(), "%x", m)
	s := new(big.Int).SetBytes(signature)
	require.Negative(t, s.Cmp(key.N))
	require.Zero(t, s.Exp(s, big.NewInt(int64(key.E)), key.N).Cmp(m), "%x", m)
}

func TestSignIsMathBig(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		messages := edges(key)
		if !testrun.Long() && (key.E != 3 || strings.Contains(t.Name(), "/model_3072")) {
			messages = messages[1:3]
		}
		for range rsamodel.Rounds(10, 10_000) {
			messages = append(messages, rsamodel.Pick(key.N))
		}
		for i, m := range messages {
			got := k.Sign(bytesOf(key, m))
			requireSignature(t, key, m, got)
			if i%10 == 0 {
				require.Equal(t, bytesOf(key, new(big.Int).Exp(m, key.D, key.N)), got)
			}
		}
	})
}

// TestSignIsCryptoRSA: the signature of PKCS #1 v1.5 is the power of a known encoding.
func TestSignIsCryptoRSA(t *testing.T) {
	forEachKey(t, func(t *testing.T, key *rsa.PrivateKey, k *Key) {
		digest := sha256.Sum256([]byte(t.Name()))
		want, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		require.NoError(t, err)
		m := new(big.Int).SetBytes(want)
		m.Exp(m, big.NewInt(int64(key.E)), key.N)
		require.Equal(t, want, k.Sign(bytesOf(key, m)))
	})
}

// TestBatch: batches of every size to three times eight, with edges among the messages.
func TestBatch(t *testing.T) {
	which, sizes := []string{"extreme", "published"}, []int{0, 1, worthEight - 1, worthEight, eight + 1, 3 * eight}
	if !testrun.Long() {
		which, sizes = which[:1], []int{worthEight + 1}
	}
	for name, kernel := range kernelsHere(t) {
		if spared(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, which := range which {
				key := testKeys(t, kernel.primeBits())[which]
				k := newKey(key, kernel)
				all := edges(key)
				slices.Reverse(all) // the greatest first
				for _, size := range sizes {
					messages, got := make([][]byte, size), make([][]byte, size)
					for i := range messages {
						messages[i] = bytesOf(key, all[i%len(all)])
					}
					k.SignBatch(messages, got)
					for i := range got {
						requireSignature(t, key, all[i%len(all)], got[i])
					}
				}
			}
		})
	}
}

func TestSignAtOnce(t *testing.T) {
	kernels := kernelsHere(t)
	for _, name := range slices.Sorted(maps.Keys(kernels)) {
		if spared(name) {
			continue
		}
		kernel := kernels[name]
		if strings.HasSuffix(name, ", 64") {
			continue // nothing else is shared than with the other models
		}
		key := testKeys(t, kernel.primeBits())["published"]
		k := newKey(key, kernel)
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				m := big.NewInt(int64(i + 2))
				want := bytesOf(key, new(big.Int).Exp(m, key.D, key.N))
				messages := slices.Repeat([][]byte{bytesOf(key, m)}, eight)
				got := make([][]byte, eight)
				k.SignBatch(messages, got)
				for _, signature := range append(got, k.Sign(messages[0])) {
					if string(signature) != string(want) {
						t.Errorf("%s: message %d: another signature", name, i)
					}
				}
			})
		}
		all.Wait()
	}
}

// TestPower: the function of the timing test does what a signature does.
func TestPower(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		key := testKeys(t, kernel.primeBits())["published"]
		k := newKey(key, kernel)
		if slices.Contains(adxKernels, kernel) {
			k = NewWithoutIFMA(key)
			require.Equal(t, kernel, k.kernel)
		}
		half := func(x *big.Int) []byte { return x.FillBytes(make([]byte, key.Size()/2)) }
		message := bytesOf(key, big.NewInt(3))
		got := k.Power(message, half(key.Precomputed.Dp), half(key.Precomputed.Dq))
		power := new(big.Int).Exp(big.NewInt(3), key.D, key.Primes[0])
		power.Lsh(power, uint(kernel.bitsOfR())).Mod(power, key.Primes[0]) // Montgomery form
		digits := make([]uint64, 4)
		kernel.digitsOf(power, digits)
		var want [32]byte
		putWords(want[:], digits)
		require.Equal(t, want, got, name)
	}
}
