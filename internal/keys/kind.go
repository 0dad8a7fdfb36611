// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto/ecdsa"
	"crypto/rsa"
	encasn1 "encoding/asn1"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
)

// A Kind is one of the five kinds of keys, spelled as the keyspec.KeySpec that
// names it. The zero value is none of them.
type Kind string

// The five kinds.
const (
	RSA2048 Kind = "RSA_2048"
	RSA3072 Kind = "RSA_3072"
	P256    Kind = "EC_P256"  // secp256r1 of SEC 2
	P256K   Kind = "EC_P256K" // secp256k1 of SEC 2
	SM2     Kind = "EC_SM2"   // sm2p256v1 of GB/T 32918.5
)

// curves has the three kinds that are curves, by name and by object identifier.
var curves = []struct {
	kind Kind
	name string
	oid  encasn1.ObjectIdentifier
}{
	{P256, "P-256", encasn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}},
	{P256K, "secp256k1", encasn1.ObjectIdentifier{1, 3, 132, 0, 10}},
	{SM2, "SM2", encasn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}}, // GB/T 33560
}

// Curve returns the name of the kind's curve: "P-256", "secp256k1" or "SM2", and
// "" for RSA.
func (k Kind) Curve() string {
	for _, c := range curves {
		if c.kind == k {
			return c.name
		}
	}
	return ""
}

// CurveOf returns the kind whose curve has this object identifier, or "".
func CurveOf(oid encasn1.ObjectIdentifier) Kind {
	for _, c := range curves {
		if c.oid.Equal(oid) {
			return c.kind
		}
	}
	return ""
}

// KindOf returns the kind of a private or a public key that this package
// returned.
func KindOf(key any) Kind {
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return KindOf(&k.PublicKey)
	case *rsa.PublicKey:
		if k.N.BitLen() == 2048 {
			return RSA2048
		}
		return RSA3072
	case *secp256k1.PrivateKey, *secp256k1.PublicKey:
		return P256K
	case *sm2.PrivateKey:
		return SM2
	case *ecdsa.PrivateKey:
		return P256
	case *ecdsa.PublicKey:
		if k.Curve == sm2.P256() {
			return SM2
		}
		return P256
	}
	return ""
}
