// SPDX-License-Identifier: Apache-2.0

package keyspec

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const tagSequence = 0x30

// sequence opens data, which must be exactly one DER SEQUENCE.
func sequence(data []byte) (cryptobyte.String, error) {
	in := cryptobyte.String(data)
	var body cryptobyte.String
	switch {
	case len(data) > 0 && !in.PeekASN1Tag(asn1.SEQUENCE):
		return nil, invalid("Key", "the key is not DER")
	case in.ReadASN1(&body, asn1.SEQUENCE) && in.Empty():
		return body, nil
	case body != nil:
		return nil, invalid("Key", fmt.Sprintf("%d bytes follow the DER of the key", len(in)))
	case truncated(data):
		return nil, invalid("Key", "the DER of the key is truncated")
	}
	return nil, invalid("Key", "the key is not DER")
}

// truncated reports whether a SEQUENCE in data announces more bytes than follow.
func truncated(data []byte) bool {
	if len(data) < 2 {
		return true
	}
	length, rest := int(data[1]), data[2:]
	if length < 0x80 {
		return length > len(rest)
	}
	octets := length & 0x7f
	if octets == 0 || octets > 4 {
		return false
	}
	if octets > len(rest) {
		return true
	}
	var announced uint64
	for _, b := range rest[:octets] {
		announced = announced<<8 | uint64(b)
	}
	return announced > uint64(len(rest)-octets)
}

// A form is what the contents of a DER SEQUENCE look like from outside.
type form int

const (
	unknownForm form = iota
	pkcs1Private
	pkcs1Public
	sec1
	pkcs8Plain
	pkcs8Encrypted
	spki
	certificate
	pkcs12
	cfca
)

// formOf tells the forms apart by the tags of the first three elements.
func formOf(body cryptobyte.String) form {
	whole := body
	var tags [3]asn1.Tag
	for i := range tags {
		var element cryptobyte.String
		var tag asn1.Tag
		if !body.ReadAnyASN1(&element, &tag) {
			break
		}
		tags[i] = tag
	}
	switch tags {
	case [3]asn1.Tag{asn1.INTEGER, asn1.INTEGER, asn1.INTEGER}:
		return pkcs1Private
	case [3]asn1.Tag{asn1.INTEGER, asn1.INTEGER}:
		return pkcs1Public
	case [3]asn1.Tag{asn1.INTEGER, asn1.SEQUENCE, asn1.OCTET_STRING}:
		return pkcs8Plain
	case [3]asn1.Tag{asn1.SEQUENCE, asn1.OCTET_STRING}:
		return pkcs8Encrypted
	case [3]asn1.Tag{asn1.SEQUENCE, asn1.BIT_STRING}:
		return spki
	case [3]asn1.Tag{asn1.SEQUENCE, asn1.SEQUENCE, asn1.BIT_STRING}:
		return certificate
	case [3]asn1.Tag{asn1.INTEGER, asn1.SEQUENCE, asn1.SEQUENCE}:
		if isCFCAKey(whole) {
			return cfca
		}
		return pkcs12
	}
	if tags[0] == asn1.INTEGER && tags[1] == asn1.OCTET_STRING {
		return sec1
	}
	return unknownForm
}

// isCFCAKey tells the .sm2 files of the China Financial Certification Authority from
// PKCS #12, whose version is 3 and whose contents are PKCS #7.
func isCFCAKey(body cryptobyte.String) bool {
	var version int
	var content cryptobyte.String
	var contentType oid
	return body.ReadASN1Integer(&version) && version == 1 &&
		body.ReadASN1(&content, asn1.SEQUENCE) && content.ReadASN1ObjectIdentifier(&contentType) &&
		contentType.Equal(oidSM2Data)
}

// refuseForm names what DER holds that is not what is wanted.
func refuseForm(f form, wanted half) error {
	found, ok := map[form]string{
		pkcs1Private:   "private key (PKCS #1)",
		pkcs1Public:    "public key (PKCS #1)",
		sec1:           "private key (SEC 1)",
		pkcs8Plain:     "private key (PKCS #8)",
		pkcs8Encrypted: "private key (PKCS #8, encrypted)",
		spki:           "public key",
		certificate:    "certificate",
		pkcs12:         "PKCS #12 container",
	}[f]
	switch {
	case f == cfca:
		return invalid("Key", isCFCA)
	case !ok:
		return invalid("Key", "the DER is no "+string(wanted))
	}
	reason := "the DER holds a " + found + " where a " + string(wanted) + " is wanted"
	switch {
	case f == pkcs12:
		reason += `; "` + fromPKCS12(wanted, "FILE") + `" converts it`
	case f == certificate && wanted == publicHalf:
		reason += `; "openssl x509 -inform DER -in FILE -pubkey -noout" or the PublicKey of x509.ParseCertificate has it`
	}
	return invalid("Key", reason)
}

// An algorithmIdentifier is X.509's AlgorithmIdentifier (RFC 5280, section
// 4.1.1.2).
type algorithmIdentifier struct {
	oid    oid
	params cryptobyte.String // one whole element, or empty
}

func readAlgorithm(in *cryptobyte.String, out *algorithmIdentifier) bool {
	var body cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&out.oid) {
		return false
	}
	if body.Empty() {
		return true
	}
	var tag asn1.Tag
	return body.ReadAnyASN1Element(&out.params, &tag) && body.Empty()
}

// isNull reports whether an element is NULL.
func isNull(element cryptobyte.String) bool {
	return string(element) == "\x05\x00"
}
