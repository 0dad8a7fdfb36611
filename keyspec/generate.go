// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
)

// GenerateKey returns a new private key of this spec, made from crypto/rand, in
// the Go type of the package's table. An RSA key has two primes of equal size and
// the public exponent 65537 (FIPS 186-5, appendix A.1); it takes some hundred
// milliseconds. A scalar is uniform in [1, n-1], for SM2 in [1, n-2].
//
// GenerateKey returns InvalidParameter of "KeySpec" for a KeySpec that is not valid. A
// failure of the random source is Internal.
func GenerateKey(k KeySpec) (crypto.PrivateKey, error) {
	var key crypto.PrivateKey
	var err error
	switch k {
	case RSA2048:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case RSA3072:
		key, err = rsa.GenerateKey(rand.Reader, 3072)
	case ECP256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case ECP256K:
		key, err = secp256k1.GeneratePrivateKey()
	case ECSM2:
		key, err = sm2.GenerateKey(rand.Reader)
	default:
		_, err := Parse(string(k))
		return nil, err
	}
	if err != nil {
		return nil, internal("no key could be generated", err)
	}
	return key, nil
}
