// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"net/url"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// maxNested is how many encodings around a signature are undone, one inside the
	// other.
	maxNested = 3
	// maxDecodings bounds what a signature is decoded to.
	maxDecodings = 24
	// maxEncoded is the size in bytes of the longest signature that is decoded.
	maxEncoded = 1 << 16
)

// A decoded is what a signature is in bytes, with the causes that explain its encoding.
type decoded struct {
	sig    []byte
	causes []cause
}

// A decoding undoes one encoding around a signature, or reports that it is not there.
type decoding struct {
	decode  func(sig []byte) ([]byte, bool)
	code    Code
	is, fix string
}

var allDecodings = [...]decoding{
	{fromHex, HexText, "hexadecimal text", "Decode it to bytes before verifying."},
	{fromBase64, Base64Text, "base64 text", "Decode it to bytes before verifying."},
	{fromPercent, URLEscapes, "text with the escapes of a URL in it, such as %2B",
		"Undo the escapes of the URL before decoding."},
	{fromBlanks, URLBlanks, "text with blanks where base64 has plus signs",
		"Escape the plus signs as %2B in a URL, or send base64url."},
	{fromASN1, Wrapped, "inside an ASN.1 BIT STRING or OCTET STRING",
		"Take the contents: those of a BIT STRING begin after the zero byte that counts its unused bits."},
}

// decodings returns the signature as it is and as what it may be an encoding of, the
// fewest encodings first.
func decodings(sig []byte) []decoded {
	all := []decoded{{sig: sig}}
	if len(sig) > maxEncoded {
		return all
	}
	for i := 0; i < len(all); i++ {
		outer := all[i]
		if len(outer.causes) == maxNested {
			break
		}
		for _, d := range allDecodings {
			out, ok := d.decode(outer.sig)
			if !ok || slices.ContainsFunc(all, func(known decoded) bool { return bytes.Equal(known.sig, out) }) {
				continue
			}
			if len(all) == maxDecodings {
				return all
			}
			sentence := "The signature is " + d.is + "."
			if i > 0 {
				sentence = "What that decodes to is " + d.is + "."
			}
			all = append(all, decoded{out, append(slices.Clip(outer.causes), cause{d.code, sentence, d.fix})})
		}
	}
	return all
}

// fromPercent undoes percent-encoding, RFC 3986, section 2.1. A plus stays a plus.
func fromPercent(text []byte) ([]byte, bool) {
	if !bytes.Contains(text, []byte("%")) {
		return nil, false
	}
	out, err := url.PathUnescape(string(text))
	return []byte(out), err == nil
}

// fromBlanks puts back the plus signs that the decoder of a form, or of the query of a
// URL, took for blanks.
func fromBlanks(text []byte) ([]byte, bool) {
	trimmed := bytes.Trim(text, " \t\r\n")
	if !bytes.Contains(trimmed, []byte(" ")) {
		return nil, false
	}
	_, ok := printable(trimmed)
	return bytes.ReplaceAll(trimmed, []byte(" "), []byte("+")), ok
}

// fromASN1 returns the contents of a BIT STRING or an OCTET STRING. The zero byte that
// counts the unused bits of a BIT STRING may also stand alone before a SEQUENCE.
func fromASN1(sig []byte) ([]byte, bool) {
	if bytes.HasPrefix(sig, []byte{0, 0x30}) {
		return sig[1:], true
	}
	input := cryptobyte.String(sig)
	var contents []byte
	ok := input.PeekASN1Tag(asn1.OCTET_STRING) && input.ReadASN1Bytes(&contents, asn1.OCTET_STRING) ||
		input.PeekASN1Tag(asn1.BIT_STRING) && input.ReadASN1BitStringAsBytes(&contents)
	return contents, ok && input.Empty() && len(contents) > 0
}
