package keys

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"

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
	for _, p := range k.Primes {
		// The bound keeps the work on a hostile key small.
		if p == nil || p.Cmp(one) <= 0 || p.BitLen() > k.N.BitLen() {
			return nil, refuse("an RSA prime factor is missing, below 2 or above the modulus")
		}
	}
	if k.D == nil || k.D.Sign() <= 0 || k.D.BitLen() > k.N.BitLen() {
		return nil, refuse("the RSA private exponent is missing, below 1 or above the modulus")
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Set(k.N), E: k.E},
		D:         new(big.Int).Set(k.D),
		Primes:    []*big.Int{new(big.Int).Set(k.Primes[0]), new(big.Int).Set(k.Primes[1])},
	}
	key.Precompute()
	if err := key.Validate(); err != nil {
		return nil, rsaFault(key, err)
	}
	return key, nil
}

// TrialSign makes a signature with a key that [Private] returned, which crypto/rsa
// verifies before it hands it out, and refuses a key that makes none: a factor of
// it is not prime, which Private cannot see without the cost of a signature. (With
// such a key crypto/rsa signs nothing, so that nothing wrong is ever signed.) Go's
// FIPS 140-only mode refuses some good keys there; the cause says so.
func TrialSign(key *rsa.PrivateKey) error {
	digest := sha256.Sum256(nil)
	if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
		return &errors.Error{
			Code: errors.InvalidParameter, Param: "Key",
			Reason: "the RSA key makes no signature: a factor is not prime, or crypto/rsa refuses it",
			Err:    err, // a constant text of crypto/rsa
		}
	}
	return nil
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
	}
	return nil
}
