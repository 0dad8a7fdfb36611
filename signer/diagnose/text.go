// SPDX-License-Identifier: Apache-2.0

package diagnose

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

// textLimit bounds the size of what is tried as the text of something else.
const textLimit = 1 << 20

// base64Variants are the four that are in use: both alphabets of RFC 4648, with
// and without padding.
var base64Variants = [...]*base64.Encoding{
	base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding,
}

// fromHex decodes hexadecimal text, of either case, with white space, colons
// between the bytes, and 0x before them. It reports whether text is that.
func fromHex(text []byte) ([]byte, bool) {
	text, ok := printable(text)
	if !ok {
		return nil, false
	}
	text = bytes.ReplaceAll(text, []byte(":"), nil)
	if len(text) > 1 && text[0] == '0' && text[1]|0x20 == 'x' {
		text = text[2:]
	}
	out, err := hex.AppendDecode(nil, text)
	return out, err == nil && len(out) > 0
}

// fromBase64 decodes base64 text with white space in it. It reports whether text
// is that.
func fromBase64(text []byte) ([]byte, bool) {
	text, ok := printable(text)
	if !ok {
		return nil, false
	}
	for _, variant := range base64Variants {
		if out, err := variant.AppendDecode(nil, text); err == nil && len(out) > 0 {
			return out, true
		}
	}
	return nil, false
}

// printable returns text without white space, and whether the rest is ASCII.
func printable(text []byte) ([]byte, bool) {
	if len(text) > textLimit {
		return nil, false
	}
	out := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c < ' ' || c > '~':
			return nil, false
		default:
			out = append(out, c)
		}
	}
	return out, true
}
