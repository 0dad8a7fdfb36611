// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/stretchr/testify/require"
)

// The signatures of PKCS #1 v1.5 that NIST and Wycheproof publish with their private
// keys. A row's message for us is the power of its signature.

func number(t *testing.T, hexadecimal string) *big.Int {
	n, ok := new(big.Int).SetString(hexadecimal, 16)
	require.True(t, ok, hexadecimal)
	return n
}

// checkRow signs on every kernel that takes the key, and returns 1 if there is one.
func checkRow(t *testing.T, kernels map[string]*kernel, key *rsa.PrivateKey, want []byte) (taken int) {
	key.Precompute()
	m := new(big.Int).SetBytes(want)
	m.Exp(m, big.NewInt(int64(key.E)), key.N)
	for name, kernel := range kernels {
		if spared(name) && len(kernels) > 4 {
			continue // there is assembly
		}
		if k := newKey(key, kernel); k != nil {
			require.Equal(t, want, k.Sign(bytesOf(key, m)), name)
			taken = 1
		}
	}
	return taken
}

func TestNISTRows(t *testing.T) {
	var file struct {
		Tests []struct {
			N, E, D, P, Q string
			S             vectors.Hex
		}
	}
	vectors.ReadJSON(t, "nist-cavp/rsa_pkcs1_sha256_siggen.json", &file)
	kernels, count := kernelsHere(t), 0
	for _, row := range file.Tests {
		count += checkRow(t, kernels, &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: number(t, row.N), E: int(number(t, row.E).Int64())},
			D:         number(t, row.D), Primes: []*big.Int{number(t, row.P), number(t, row.Q)},
		}, row.S)
	}
	require.Equal(t, 20, count)
}

func TestWycheproofRows(t *testing.T) {
	kernels := kernelsHere(t)
	// Of 43 and 26 rows, those whose key has factors of other lengths, two thirds and
	// one third of the modulus, are crypto/rsa's.
	for file, rows := range map[string]int{"2048": 40, "3072": 24} {
		count := 0
		for _, group := range vectors.Wycheproof(t, "rsa_pkcs1_"+file+"_sig_gen_test.json") {
			key, err := x509.ParsePKCS8PrivateKey(group.PrivateKeyPkcs8)
			require.NoError(t, err)
			for _, row := range group.Tests {
				count += checkRow(t, kernels, key.(*rsa.PrivateKey), row.Sig)
			}
		}
		require.Equal(t, rows, count, file)
	}
}
