// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"slices"
	"strconv"

	"github.com/kmsigner/kmsigner/errors"
)

// A KeySpec names a kind of key, in the spelling of Alibaba Cloud KMS.
type KeySpec string

// The five key specs.
const (
	// RSA2048 is RSA with a modulus of 2048 bits and two primes.
	RSA2048 KeySpec = "RSA_2048"
	// RSA3072 is RSA with a modulus of 3072 bits and two primes.
	RSA3072 KeySpec = "RSA_3072"
	// ECP256 is the curve secp256r1 of SEC 2, P-256 of FIPS 186-5.
	ECP256 KeySpec = "EC_P256"
	// ECP256K is the curve secp256k1 of SEC 2, Bitcoin's and Ethereum's.
	ECP256K KeySpec = "EC_P256K"
	// ECSM2 is the curve sm2p256v1 of GB/T 32918.5.
	ECSM2 KeySpec = "EC_SM2"
)

// An Algorithm names a signature algorithm together with its hash function.
type Algorithm string

// The four algorithms.
const (
	// RSAPSSSHA256 is RSASSA-PSS (RFC 8017, section 8.1) with SHA-256,
	// MGF1-SHA-256 and a salt of 32 bytes.
	RSAPSSSHA256 Algorithm = "RSA_PSS_SHA_256"
	// RSAPKCS1SHA256 is RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2) with SHA-256.
	RSAPKCS1SHA256 Algorithm = "RSA_PKCS1_SHA_256"
	// ECDSASHA256 is ECDSA (FIPS 186-5, section 6) with SHA-256.
	ECDSASHA256 Algorithm = "ECDSA_SHA_256"
	// SM2DSA is the signature algorithm of GB/T 32918.2 with SM3; what is signed
	// is SM3(Z(A) || M), see package sm2z.
	SM2DSA Algorithm = "SM2DSA"
)

// Parse returns the KeySpec that s spells, and InvalidParameter of "KeySpec" for every
// other string, other letter cases included.
func Parse(s string) (KeySpec, error) {
	if k := KeySpec(s); k.Valid() {
		return k, nil
	}
	return "", invalid("KeySpec", "no key spec is named "+quote(s)+"; there are "+names(All()))
}

// ParseAlgorithm returns the Algorithm that s spells, and InvalidParameter of "Algorithm"
// for every other string, other letter cases included.
func ParseAlgorithm(s string) (Algorithm, error) {
	for _, p := range pairs {
		if string(p.Algorithm) == s {
			return p.Algorithm, nil
		}
	}
	return "", invalid("Algorithm", "no algorithm is named "+quote(s)+
		"; there are "+names([]Algorithm{RSAPSSSHA256, RSAPKCS1SHA256, ECDSASHA256, SM2DSA}))
}

// All returns the five key specs: RSA_2048, RSA_3072, EC_P256, EC_P256K, EC_SM2.
// The slice is the caller's.
func All() []KeySpec {
	return []KeySpec{RSA2048, RSA3072, ECP256, ECP256K, ECSM2}
}

// Valid reports whether k is one of the five.
func (k KeySpec) Valid() bool { return slices.Contains(All(), k) }

// Algorithms returns the algorithms that a key of this spec can sign with, in
// the order of [Pairs], and nil for a KeySpec that is not valid. The slice is
// the caller's.
func (k KeySpec) Algorithms() []Algorithm {
	var as []Algorithm
	for _, p := range pairs {
		if p.KeySpec == k {
			as = append(as, p.Algorithm)
		}
	}
	return as
}

// Supports reports whether a key of this spec can sign with a.
func (k KeySpec) Supports(a Algorithm) bool {
	return slices.Contains(pairs[:], Pair{k, a})
}

// quote shows a text of unknown origin in an error: printable, and never a page of it.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// names lists names in a sentence.
func names[T ~string](all []T) string {
	list := string(all[0])
	for i, n := range all[1:] {
		if i == len(all)-2 {
			list += " and " + string(n)
		} else {
			list += ", " + string(n)
		}
	}
	return list
}

func invalid(param, reason string) error {
	return &errors.Error{Code: errors.InvalidParameter, Param: param, Reason: reason}
}
