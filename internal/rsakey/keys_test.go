// SPDX-License-Identifier: Apache-2.0

package rsakey

import (
	"crypto/fips140"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/rsaadx"
	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// extreme is the first prime below 2^bits and, above 2^(bits-1), the first that makes
// a modulus of full length with it: digits of all ones and digits of zero.
var extreme = map[int]struct{ below, above int64 }{
	1024: {179, 1155},
	1536: {7769, 5205},
}

// testKeys returns RSA keys with primes of so many bits: ordinary ones, and the
// extreme primes in both orders with several public exponents.
func testKeys(t testing.TB, primeBits int) map[string]*rsa.PrivateKey {
	power := new(big.Int).Lsh(big.NewInt(1), uint(primeBits))
	high := new(big.Int).Sub(power, big.NewInt(extreme[primeBits].below))
	low := new(big.Int).Add(new(big.Int).Rsh(power, 1), big.NewInt(extreme[primeBits].above))
	spec := keyspec.RSA2048
	if primeBits == 1536 {
		spec = keyspec.RSA3072
	}
	published, err := testkeys.Key(spec)
	require.NoError(t, err)
	key := published.(*rsa.PrivateKey)
	return map[string]*rsa.PrivateKey{
		"published":         key,
		"published, q p":    keyOf(t, key.Primes[1], key.Primes[0], 65537),
		"extreme":           keyOf(t, high, low, 65537),
		"extreme, q p":      keyOf(t, low, high, 65537),
		"extreme, 3":        keyOf(t, high, low, 3),
		"extreme, 2^31-1":   keyOf(t, low, high, 1<<31-1),
		"published, 10^9+7": keyOf(t, key.Primes[0], key.Primes[1], 1_000_000_007),
	}
}

func keyOf(t testing.TB, p, q *big.Int, e int) *rsa.PrivateKey {
	one := big.NewInt(1)
	order := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	d := new(big.Int).ModInverse(big.NewInt(int64(e)), order)
	require.NotNil(t, d, "e and the order have a common factor")
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: e},
		D:         d, Primes: []*big.Int{p, q},
	}
	key.Precompute()
	require.NoError(t, key.Validate())
	return key
}

func TestNewRefusesOtherKeys(t *testing.T) {
	model := modelKernel(20)
	keys := testKeys(t, 1024)
	published := keys["published"]
	require.NotNil(t, newKey(published, model))

	require.Nil(t, newKey(published, nil), "no kernel")
	require.Nil(t, newKey(testKeys(t, 1536)["published"], model), "other primes")
	require.Nil(t, newKey(&rsa.PrivateKey{PublicKey: published.PublicKey, D: published.D, Primes: published.Primes}, model), "not precomputed")

	// 2,048 bits that are not two halves of 1,024.
	p := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 1024), big.NewInt(643))
	q := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 1023), big.NewInt(1155))
	uneven := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 3}, D: p, Primes: []*big.Int{q, p}}
	uneven.Precomputed.Qinv = p
	require.Nil(t, newKey(uneven, model))

	three := &rsa.PrivateKey{PublicKey: published.PublicKey, D: published.D, Primes: append(published.Primes[:2:2], big.NewInt(3))}
	require.Nil(t, New(three))
	require.Nil(t, New(&rsa.PrivateKey{PublicKey: published.PublicKey, D: published.D}))
}

func TestNewTakesWhatTheMachineCan(t *testing.T) {
	for _, bits := range []int{1024, 1536} {
		k := New(testKeys(t, bits)["published"])
		require.Equal(t, (rsaifma.Supported() || rsaadx.Supported()) && !fips140.Enabled(), k != nil)
		require.Equal(t, rsaifma.Supported() && !fips140.Enabled(), k != nil && k.Lanes())
	}
	require.Nil(t, kernelOf(512))
	require.Nil(t, kernelOf(2048))
}
