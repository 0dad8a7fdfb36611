// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"

	"github.com/kmsigner/kmsigner/errors"
)

var one = big.NewInt(1)

func rsaPrivate(k *rsa.PrivateKey) (crypto.PrivateKey, error) {
	if err := rsaCheck(&k.PublicKey); err != nil {
		return nil, err
	}
	if len(k.Primes) != 2 {
		return nil, refuse(fmt.Sprintf("the RSA key has %d prime factors, not 2", len(k.Primes)))
	}
	// The bounds keep the work on a hostile key small.
	p, q := k.Primes[0], k.Primes[1]
	if p == nil || q == nil || p.Sign() <= 0 || q.Sign() <= 0 {
		return nil, refuse("an RSA factor is missing or below 1")
	}
	// FIPS 186-5, appendix A.1.1, wants half of the modulus; a third is in Wycheproof's
	// vectors.
	least, most := k.N.BitLen()/4, 3*k.N.BitLen()/4+1
	if min(p.BitLen(), q.BitLen()) < least || max(p.BitLen(), q.BitLen()) > most {
		return nil, refuse(fmt.Sprintf("the RSA factors have %d and %d bits, not at least %d each and %d together",
			p.BitLen(), q.BitLen(), least, k.N.BitLen()))
	}
	if k.D == nil || k.D.Sign() <= 0 || k.D.BitLen() > k.N.BitLen() {
		return nil, refuse("the RSA private exponent is missing, below 1 or above the modulus")
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Set(k.N), E: k.E},
		D:         new(big.Int).Set(k.D),
		Primes:    []*big.Int{new(big.Int).Set(p), new(big.Int).Set(q)},
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, rsaFault(key, err)
	}
	// crypto/rsa checks products and inverses, which a composite factor can pass. A
	// Carmichael number even signs: only this test finds it. It is the one of Baillie,
	// Pomerance, Selfridge and Wagstaff, which no known composite passes.
	for _, factor := range key.Primes {
		if !factor.ProbablyPrime(0) {
			return nil, refuse("an RSA factor is not prime")
		}
	}
	return key, nil
}

// rsaFault names what is wrong with a key that Validate refused. Only a key that
// is useless anyway gets here, so that math/big may see it: the check of a good
// key is crypto/rsa's, in constant time.
func rsaFault(key *rsa.PrivateKey, cause error) error {
	if key.D.Cmp(key.N) >= 0 {
		return refuse("the RSA private exponent is not below the modulus")
	}
	if new(big.Int).Mul(key.Primes[0], key.Primes[1]).Cmp(key.N) != 0 {
		return refuse("the RSA factors do not multiply to the modulus")
	}
	for _, factor := range key.Primes {
		order := new(big.Int).Sub(factor, one)
		product := new(big.Int).Mul(key.D, big.NewInt(int64(key.E)))
		if product.Mod(product, order).Cmp(one) != 0 {
			return refuse("the RSA private exponent is not the inverse of the public one")
		}
	}
	return &errors.Error{
		Code: errors.InvalidParameter, Param: "Key",
		Reason: "the RSA key is not valid",
		Err:    cause, // a constant text of crypto/rsa
	}
}

func rsaPublic(k *rsa.PublicKey) (crypto.PublicKey, error) {
	if err := rsaCheck(k); err != nil {
		return nil, err
	}
	return Clone(k), nil
}

func rsaCheck(k *rsa.PublicKey) error {
	switch {
	case k.N == nil:
		return refuse("the RSA key has no modulus")
	case k.N.Sign() < 0:
		return refuse("the RSA modulus is negative")
	case k.N.BitLen() != 2048 && k.N.BitLen() != 3072:
		return refuse(fmt.Sprintf("the RSA modulus has %d bits, not 2048 or 3072", k.N.BitLen()))
	case k.N.Bit(0) == 0:
		return refuse("the RSA modulus is even")
	case k.E < 3:
		return refuse(fmt.Sprintf("the RSA public exponent is %d, below 3", k.E))
	case k.E%2 == 0:
		return refuse(fmt.Sprintf("the RSA public exponent is %d, an even number", k.E))
	case k.E > 1<<31-1:
		return refuse("the RSA public exponent is above 2^31-1")
	case hasSmallFactor(k.N):
		return refuse("the RSA modulus has a factor below 752")
	}
	return nil
}

// smallPrimes is the product of the odd primes below 752, of which SP 800-89, section
// 5.3.3, wants none in a modulus.
var smallPrimes = sync.OnceValue(func() *big.Int {
	product := big.NewInt(1)
	for p := int64(3); p < 752; p += 2 {
		if prime := big.NewInt(p); prime.ProbablyPrime(0) {
			product.Mul(product, prime)
		}
	}
	return product
})

func hasSmallFactor(n *big.Int) bool {
	rest := new(big.Int).Mod(n, smallPrimes())
	return rest.GCD(nil, nil, rest, smallPrimes()).Cmp(one) != 0
}
