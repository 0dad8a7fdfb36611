// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"crypto"
	"crypto/rsa"
	"crypto/subtle"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"

	"github.com/kmsigner/kmsigner/internal/keys"
)

const malformedPKCS1 = "the PKCS #1 private key is malformed"

// parsePKCS1 reads an RSAPrivateKey (RFC 8017, appendix A.1.2). crypto/x509 is not
// used because it ignores what follows the last field, lets GODEBUG=x509rsacrt decide
// whether the CRT values count, and has errors in words of its own.
func parsePKCS1(body cryptobyte.String) (crypto.PrivateKey, error) {
	var version int
	if !body.ReadASN1Integer(&version) {
		return nil, invalid("Key", malformedPKCS1)
	}
	switch version {
	case 0:
	case 1:
		return nil, invalid("Key", "the RSA key has more than two prime factors")
	default:
		return nil, invalid("Key", fmt.Sprintf("the RSA private key has version %d, not 0", version))
	}
	var n, e, d, p, q, dp, dq, qinv big.Int
	for _, field := range []*big.Int{&n, &e, &d, &p, &q, &dp, &dq, &qinv} {
		if !body.ReadASN1Integer(field) {
			return nil, invalid("Key", malformedPKCS1)
		}
	}
	if !body.Empty() {
		return nil, invalid("Key", malformedPKCS1)
	}
	exponent, err := publicExponent(&e)
	if err != nil {
		return nil, err
	}
	checked, err := keys.Private(&rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: &n, E: exponent},
		D:         &d,
		Primes:    []*big.Int{&p, &q},
	})
	if err != nil {
		return nil, err
	}
	key := checked.(*rsa.PrivateKey)
	if !equal(key.Precomputed.Dp, &dp) || !equal(key.Precomputed.Dq, &dq) || !equal(key.Precomputed.Qinv, &qinv) {
		return nil, invalid("Key", "the CRT values of the RSA key do not fit its factors")
	}
	return key, nil
}

// parsePKCS1Public reads an RSAPublicKey (RFC 8017, appendix A.1.1).
func parsePKCS1Public(body cryptobyte.String) (crypto.PublicKey, error) {
	var n, e big.Int
	if !body.ReadASN1Integer(&n) || !body.ReadASN1Integer(&e) || !body.Empty() {
		return nil, invalid("Key", "the PKCS #1 public key is malformed")
	}
	exponent, err := publicExponent(&e)
	if err != nil {
		return nil, err
	}
	return keys.Public(&rsa.PublicKey{N: &n, E: exponent})
}

// publicExponent makes e fit the int of rsa.PublicKey, on 32-bit machines too.
func publicExponent(e *big.Int) (int, error) {
	if e.BitLen() > 31 {
		return 0, invalid("Key", "the RSA public exponent is above 2^31-1")
	}
	return int(e.Int64()), nil
}

// equal compares two secrets; what it gives away is whether their lengths differ.
func equal(a, b *big.Int) bool {
	if b.Sign() < 0 {
		return false
	}
	return subtle.ConstantTimeCompare(a.Bytes(), b.Bytes()) == 1
}
