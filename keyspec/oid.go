// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	encasn1 "encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kmsigner/kmsigner/internal/keys"
)

type oid = encasn1.ObjectIdentifier

var (
	// The content type of GM/T 0010 for data.
	oidSM2Data = oid{1, 2, 156, 10197, 6, 1, 4, 2, 1}
	oidRSAPSS  = oid{1, 2, 840, 113549, 1, 1, 10} // id-RSASSA-PSS, RFC 4055
	oidSM2     = oid{1, 2, 156, 10197, 1, 301}    // GB/T 33560; the curve, and in some files the algorithm
)

// otherAlgorithms names the algorithms and curves of keys that no KeySpec stands
// for, so that the error can name them.
var otherAlgorithms = map[string]string{
	"1.2.840.113549.1.1.7":    "RSAES-OAEP",
	"1.2.840.113549.1.3.1":    "Diffie-Hellman",
	"1.2.840.10040.4.1":       "DSA",
	"1.2.840.10046.2.1":       "Diffie-Hellman",
	"1.3.132.1.12":            "ECDH",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.112":             "Ed25519",
	"1.3.101.113":             "Ed448",
	"1.2.156.10197.1.302":     "SM9",
	"1.2.156.10197.1.302.1":   "SM9",
	"1.2.156.10197.1.302.3":   "SM9",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
	"1.2.840.10045.3.1.1":     "P-192",
	"1.3.132.0.33":            "P-224",
	"1.3.132.0.34":            "P-384",
	"1.3.132.0.35":            "P-521",
	"1.3.36.3.3.2.8.1.1.7":    "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.11":   "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.13":   "brainpoolP512r1",
}

// nameOf returns the name behind an OID, or the OID itself, shortened: it comes
// out of a file.
func nameOf(o oid) string {
	if name, ok := otherAlgorithms[o.String()]; ok {
		return name
	}
	return "OID " + quote(o.String())
}

// keyAlgorithm returns what the AlgorithmIdentifier of a key says: RSA, or a curve.
func keyAlgorithm(alg algorithmIdentifier) (curve keys.Kind, isRSA bool, err error) {
	switch {
	case alg.oid.Equal(keys.OIDRSA):
		// RFC 3279, section 2.3.1: the parameters are NULL, not absent.
		if !isNull(alg.params) {
			return "", false, invalid("Key", "the parameters of rsaEncryption are not NULL")
		}
		return "", true, nil
	case alg.oid.Equal(oidRSAPSS):
		return "", false, invalid("Key",
			"the RSA key is bound to RSASSA-PSS (id-RSASSA-PSS); only keys of rsaEncryption are read")
	case alg.oid.Equal(keys.OIDECPublicKey):
		curve, err = namedCurve(alg.params)
		return curve, false, err
	case alg.oid.Equal(oidSM2):
		if alg.params.Empty() {
			return keys.SM2, false, nil
		}
		curve, err = namedCurve(alg.params)
		if err == nil && curve != keys.SM2 {
			err = invalid("Key", "the key is an SM2 key on curve "+curve.Curve())
		}
		return curve, false, err
	}
	return "", false, invalid("Key", "the algorithm of the key is "+nameOf(alg.oid)+", which no key spec names")
}

// namedCurve reads ECParameters (RFC 5480, section 2.1.1), of which only the
// choice namedCurve is taken.
func namedCurve(params cryptobyte.String) (keys.Kind, error) {
	if params.PeekASN1Tag(asn1.SEQUENCE) {
		return "", invalid("Key", "the curve is given by explicit parameters, not by its name")
	}
	var o oid
	if !params.ReadASN1ObjectIdentifier(&o) || !params.Empty() {
		return "", invalid("Key", "the key does not name its curve")
	}
	if curve := keys.CurveOf(o); curve != "" {
		return curve, nil
	}
	return "", invalid("Key", "the key is on curve "+nameOf(o))
}
