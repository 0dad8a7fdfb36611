// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/stretchr/testify/require"
)

func toHex(sig []byte) []byte { return []byte(hex.EncodeToString(sig)) }

func toBase64(sig []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(sig)) }

func toBase64URL(sig []byte) []byte { return []byte(base64.RawURLEncoding.EncodeToString(sig)) }

// escaped is what stands in a URL.
func escaped(text []byte) []byte { return []byte(url.QueryEscape(string(text))) }

// asForm is what a decoder of a query makes of base64 that was not escaped.
func asForm(t testing.TB, text []byte) []byte {
	t.Helper()
	values, err := url.ParseQuery("Signature=" + strings.ReplaceAll(string(text), "=", "%3D"))
	require.NoError(t, err)
	return []byte(values.Get("Signature"))
}

// hasPlus makes signatures until one has a plus sign in base64, and not where it would be
// trimmed.
func hasPlus(t testing.TB, sign func() []byte) []byte {
	t.Helper()
	for range 1000 {
		sig := sign()
		if text := toBase64(sig); bytes.Contains(text[1:len(text)-1], []byte("+")) && text[0] != '+' {
			return sig
		}
	}
	t.Fatal("no such signature")
	return nil
}

// Encodings inside encodings, and what a URL does to base64, for every pair.
func TestSignature_nested(t *testing.T) {
	t.Parallel()
	for _, p := range keyspec.Pairs() {
		s := newSigner(t, p)
		i := 0
		sig := hasPlus(t, func() []byte {
			i++
			sig, err := signer.SignMessage(background, s, strings.NewReader(strings.Repeat(diagnosed, i)))
			require.NoError(t, err)
			return sig
		})
		msg := []byte(strings.Repeat(diagnosed, i))
		for name, tt := range map[string]struct {
			sig  []byte
			want []diagnose.Code
		}{
			"base64 of hex":       {toBase64(toHex(sig)), []diagnose.Code{diagnose.Base64Text, diagnose.HexText}},
			"hex of base64":       {toHex(toBase64(sig)), []diagnose.Code{diagnose.HexText, diagnose.Base64Text}},
			"base64 twice":        {toBase64(toBase64(sig)), []diagnose.Code{diagnose.Base64Text, diagnose.Base64Text}},
			"base64 of base64url": {toBase64(toBase64URL(sig)), []diagnose.Code{diagnose.Base64Text, diagnose.Base64Text}},
			"hex twice":           {toHex(toHex(sig)), []diagnose.Code{diagnose.HexText, diagnose.HexText}},
			"base64 three times": {toBase64(toBase64(toBase64(sig))),
				[]diagnose.Code{diagnose.Base64Text, diagnose.Base64Text, diagnose.Base64Text}},
			"escapes of a URL": {escaped(toBase64(sig)), []diagnose.Code{diagnose.URLEscapes, diagnose.Base64Text}},
			"escapes, twice": {escaped(escaped(toBase64(sig))),
				[]diagnose.Code{diagnose.URLEscapes, diagnose.URLEscapes, diagnose.Base64Text}},
			"escapes, base64 of hex": {escaped(toBase64(toHex(sig))), nil}, // below
			"blanks for plus":        {asForm(t, toBase64(sig)), []diagnose.Code{diagnose.URLBlanks, diagnose.Base64Text}},
			"blanks for plus, a line": {append(asForm(t, toBase64(sig)), '\n'),
				[]diagnose.Code{diagnose.URLBlanks, diagnose.Base64Text}},
			"bytes as escapes": {[]byte("%" + strings.TrimSuffix(strings.ReplaceAll(string(grouped(toHex(sig))), " ",
				"%"), "%")), []diagnose.Code{diagnose.URLEscapes}},
		} {
			if tt.want == nil {
				tt.want = []diagnose.Code{diagnose.Base64Text, diagnose.HexText}
				if bytes.Contains(tt.sig, []byte("%")) {
					tt.want = slices.Insert(tt.want, 0, diagnose.URLEscapes)
				}
			}
			t.Run(p.String()+"/"+name, func(t *testing.T) {
				requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, msg, tt.sig, nil), tt.want...)
			})
		}
		// Four times is not tried.
		d := diagnose.Signature(s.Public(), p.Algorithm, msg, toHex(toHex(toHex(toHex(sig)))), nil)
		requireDiagnosis(t, d, diagnose.Malformed)
	}
}

// grouped puts a blank after each pair of digits.
func grouped(digits []byte) []byte {
	var out []byte
	for pair := range slices.Chunk(digits, 2) {
		out = append(append(out, pair...), ' ')
	}
	return out
}

// The structures of SKF tokens and SDF cards, and the remains of a BIT STRING.
func TestSignature_blobs(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		der := primitiveSign(t, testKey(t, p.KeySpec), properDigest(s, diagnosed))
		raw, zeros := toRaw(t, der), make([]byte, 32)
		blob := slices.Concat(zeros, raw[:32], zeros, raw[32:])
		reversed := reverse(blob) // s first, too
		little := slices.Concat(reversed[64:], reversed[:64])
		for name, tt := range map[string]struct {
			sig  []byte
			want []diagnose.Code
		}{
			"blob":           {blob, []diagnose.Code{diagnose.TokenBlob}},
			"blob in hex":    {toHex(blob), []diagnose.Code{diagnose.HexText, diagnose.TokenBlob}},
			"blob in base64": {toBase64(blob), []diagnose.Code{diagnose.Base64Text, diagnose.TokenBlob}},
			"blob, base64 of hex": {toBase64(toHex(blob)),
				[]diagnose.Code{diagnose.Base64Text, diagnose.HexText, diagnose.TokenBlob}},
			"blob, left-aligned":  {slices.Concat(raw[:32], zeros, raw[32:], zeros), []diagnose.Code{diagnose.TokenBlob}},
			"blob, little-endian": {little, []diagnose.Code{diagnose.TokenBlob, diagnose.LittleEndian}},
			"blob, swapped": {slices.Concat(zeros, raw[32:], zeros, raw[:32]),
				[]diagnose.Code{diagnose.TokenBlob, diagnose.Swapped}},
			"blob with other bytes": {slices.Concat(zeros, raw[:32], raw), []diagnose.Code{diagnose.Malformed}},
			"unused bits":           {append([]byte{0}, der...), []diagnose.Code{diagnose.Wrapped}},
			"unused bits, hex":      {toHex(append([]byte{0}, der...)), []diagnose.Code{diagnose.HexText, diagnose.Wrapped}},
			"a BIT STRING":          {element(3, []byte{0}, der), []diagnose.Code{diagnose.Wrapped}},
			"an OCTET STRING":       {element(4, der), []diagnose.Code{diagnose.Wrapped}},
			"a BIT STRING of raw":   {element(3, []byte{0}, raw), []diagnose.Code{diagnose.Wrapped, diagnose.RawNotDER}},
			"half a byte unused":    {element(3, []byte{4}, der), []diagnose.Code{diagnose.Malformed}},
			"an INTEGER":            {element(2, der), []diagnose.Code{diagnose.Malformed}},
		} {
			t.Run(p.String()+"/"+name, func(t *testing.T) {
				requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), tt.sig, nil), tt.want...)
			})
		}
	}
	s := newSigner(t, pkcs1Pair)
	sig, err := signer.SignMessage(background, s, strings.NewReader(diagnosed))
	require.NoError(t, err)
	wrapped := slices.Concat([]byte{3, 0x82, 1, 1, 0}, sig)
	requireDiagnosis(t, diagnose.Signature(s.Public(), s.Algorithm(), []byte(diagnosed), wrapped, nil), diagnose.Wrapped)
}

// As many causes as are combined.
func TestSignature_sevenCauses(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	raw := toRaw(t, primitiveSign(t, testKey(t, keyspec.ECP256), hashed(crypto.SHA384, diagnosed+"\n")))
	text := escaped(toBase64(toHex(append(raw[32:], raw[:32]...))))
	text = bytes.ReplaceAll(text, []byte("N"), []byte("%4E")) // there may be no padding to escape
	requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), text, nil),
		diagnose.URLEscapes, diagnose.Base64Text, diagnose.HexText, diagnose.RawNotDER, diagnose.Swapped, diagnose.OtherHash,
		diagnose.TrailingNewline)
}
