// SPDX-License-Identifier: Apache-2.0

package testkeys

import (
	"crypto/rsa"
	"math/big"

	"github.com/kmsigner/kmsigner/keyspec"
)

// UnsoundRSA returns RSA keys of 2048 bits, by what is wrong with their factors. The
// factors multiply to the modulus, and the private exponent is the inverse of the
// public one for what would be the order if both were prime. Each is a new copy.
func UnsoundRSA() map[string]*rsa.PrivateKey {
	good, _ := Key(keyspec.RSA2048)
	prime := good.(*rsa.PrivateKey).Primes[0]

	// (6k+1)(12k+1)(18k+1) with three primes is a Carmichael number (J. Chernick, 1939):
	// RSA works with it as with a prime, whatever the message.
	k, _ := new(big.Int).SetString("38c368f64dd1a3b097f557d654e7bf5166dae7694a81edf4f732ee95e74455644c62b8ffc11987b043977", 16)
	carmichael := big.NewInt(1)
	for _, m := range []int64{6, 12, 18} {
		factor := new(big.Int).Mul(k, big.NewInt(m))
		carmichael.Mul(carmichael, factor.Add(factor, big.NewInt(1)))
	}
	square := primeOf(512, 761)
	square.Mul(square, square)
	return map[string]*rsa.PrivateKey{
		"a factor of 3 bits":           withFactors(big.NewInt(5), primeOf(2046, 2333)),
		"factors of 500 and 1548 bits": withFactors(primeOf(500, 191), primeOf(1548, 455)),
		"a Carmichael number":          withFactors(prime, carmichael),
		"the square of a prime":        withFactors(prime, square),
	}
}

// UnequalRSA returns an RSA key of 2048 bits with primes of 1000 and 1048 bits, which is
// unusual and sound.
func UnequalRSA() *rsa.PrivateKey {
	return withFactors(primeOf(1000, 1081), primeOf(1048, 1085))
}

// primeOf returns 3 * 2^(bits-2) + add, which is prime where it is called.
func primeOf(bits uint, add int64) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(3), bits-2)
	return n.Add(n, big.NewInt(add))
}

// withFactors makes a key of two numbers that are taken for primes.
func withFactors(first, second *big.Int) *rsa.PrivateKey {
	one := big.NewInt(1)
	order := new(big.Int).Mul(new(big.Int).Sub(first, one), new(big.Int).Sub(second, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(first, second), E: 65537},
		D:         new(big.Int).ModInverse(big.NewInt(65537), order),
		Primes:    []*big.Int{new(big.Int).Set(first), new(big.Int).Set(second)},
	}
	key.Precompute()
	return key
}
