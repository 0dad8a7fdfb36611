// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"

	"github.com/kmsigner/kmsigner/keyspec"
	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// pkcs1Padding takes EM apart as EMSA-PKCS1-v1_5, RFC 8017, section 9.2.
func pkcs1Padding(em []byte, alg keyspec.Algorithm) []padding {
	padded, ok := bytes.CutPrefix(em, []byte{0, 1})
	if !ok {
		return nil
	}
	rest := bytes.TrimLeft(padded, "\xff")
	if len(padded)-len(rest) < 8 || len(rest) == 0 || rest[0] != 0 {
		return nil
	}
	t := rest[1:]
	p := padding{certain: true, wrongHash: WrongDigestInfo}
	digest, hash, strict, ok := parseDigestInfo(t)
	switch {
	case !ok:
		digest = t
		p.causes = []cause{{NoDigestInfo,
			"The PKCS #1 padding is around the bare digest, without the DigestInfo that names the hash function.",
			"Sign with SHA-256 named: SHA256withRSA in place of NONEwithRSA, pkeyutl with -pkeyopt digest:sha256."}}
	case !strict:
		p.causes = []cause{{WrongDigestInfo,
			"The DigestInfo is not in the form that RFC 8017 gives it: DER, with NULL as the parameters of the hash function.",
			"Encode it as RFC 8017, section 9.2, note 1, does, byte for byte."}}
	}
	if alg != keyspec.RSAPKCS1SHA256 {
		p.causes = []cause{{PKCS1NotPSS,
			"The signature is PKCS #1 v1.5, not PSS.",
			"Sign with PSS, or verify with RSA_PKCS1_SHA_256."}}
	}
	p.hash, p.shown = hash, hex.EncodeToString(digest)
	p.holds = func(d []byte) bool { return bytes.Equal(digest, d) }
	return []padding{p}
}

// parseDigestInfo reads SEQUENCE { SEQUENCE { hash OID, NULL }, digest OCTET STRING },
// RFC 8017, appendix A.2.4. It is strict if it has the NULL, which some leave out.
// The hash is the name of the function, or the identifier of an unknown one.
func parseDigestInfo(t []byte) (digest []byte, hash string, strict, ok bool) {
	input := cryptobyte.String(t)
	var info, algorithm, value cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !input.ReadASN1(&info, tag.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1(&algorithm, tag.SEQUENCE) ||
		!info.ReadASN1(&value, tag.OCTET_STRING) || !info.Empty() ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) {
		return nil, "", false, false
	}
	hash = oid.String()
	for _, h := range append(otherHashes[:], hashSHA256) {
		if h.oid == hash {
			hash = h.name
		}
	}
	return value, hash, bytes.Equal(algorithm, []byte{5, 0}), true
}
