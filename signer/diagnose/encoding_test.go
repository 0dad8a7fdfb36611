// SPDX-License-Identifier: Apache-2.0

package diagnose_test

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// A transform spoils a good signature's encoding.
type transform func(t testing.TB, der []byte) []byte

func toRaw(t testing.TB, der []byte) []byte {
	t.Helper()
	raw, err := signer.ToRaw(der)
	require.NoError(t, err)
	return raw
}

func numbers(t testing.TB, der []byte) (r, s *big.Int) {
	raw := toRaw(t, der)
	return new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
}

// orderOf is the order of the pair's group, from another library.
func orderOf(p keyspec.Pair) []byte {
	if p == p256Pair {
		return elliptic.P256().Params().N.Bytes()
	}
	return secp256k1.Params().N.Bytes()
}

func mustDER(t testing.TB, raw []byte) []byte {
	t.Helper()
	der, err := signer.ToDER(raw)
	require.NoError(t, err)
	return der
}

// reference encodes r and s with cryptobyte's encoder of big integers.
func reference(t testing.TB, r, s *big.Int) []byte {
	t.Helper()
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	der, err := b.Bytes()
	require.NoError(t, err)
	return der
}

// element is a BER element with the length in one byte.
func element(tag byte, contents ...[]byte) []byte {
	body := slices.Concat(contents...)
	return append([]byte{tag, byte(len(body))}, body...)
}

// encodings are what happens to the signature after it was made well.
var encodings = []struct {
	name  string
	spoil transform
	opts  *diagnose.Options
	want  []diagnose.Code
}{
	{"as it is", func(_ testing.TB, der []byte) []byte { return der }, nil, []diagnose.Code{diagnose.Valid}},
	{"raw, as expected", toRaw, &diagnose.Options{ExpectRaw: true}, []diagnose.Code{diagnose.Valid}},
	{"raw", toRaw, nil, []diagnose.Code{diagnose.RawNotDER}},
	{"DER for raw", func(_ testing.TB, der []byte) []byte { return der }, &diagnose.Options{ExpectRaw: true},
		[]diagnose.Code{diagnose.DERNotRaw}},
	{"hex", func(_ testing.TB, der []byte) []byte { return []byte(hex.EncodeToString(der)) }, nil,
		[]diagnose.Code{diagnose.HexText}},
	{"hex with colons", func(_ testing.TB, der []byte) []byte {
		return []byte(strings.TrimSuffix(strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", der), " ", ":")), ":") + "\n")
	}, nil, []diagnose.Code{diagnose.HexText}},
	{"hex of raw with 0x", func(t testing.TB, der []byte) []byte { return fmt.Appendf(nil, "0x%X", toRaw(t, der)) }, nil,
		[]diagnose.Code{diagnose.HexText, diagnose.RawNotDER}},
	{"base64", func(_ testing.TB, der []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(der)) }, nil,
		[]diagnose.Code{diagnose.Base64Text}},
	{"base64 in lines", func(_ testing.TB, der []byte) []byte {
		text := base64.StdEncoding.EncodeToString(der)
		return []byte(text[:64] + "\r\n" + text[64:] + "\r\n")
	}, nil, []diagnose.Code{diagnose.Base64Text}},
	{"base64url of raw, as in JWS", func(t testing.TB, der []byte) []byte {
		return []byte(base64.RawURLEncoding.EncodeToString(toRaw(t, der)))
	}, nil, []diagnose.Code{diagnose.Base64Text, diagnose.RawNotDER}},
	{"swapped raw", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return append(raw[32:], raw[:32]...)
	}, nil, []diagnose.Code{diagnose.RawNotDER, diagnose.Swapped}},
	{"swapped DER", func(t testing.TB, der []byte) []byte {
		r, s := numbers(t, der)
		return reference(t, s, r)
	}, nil, []diagnose.Code{diagnose.Swapped}},
	{"little-endian raw", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		slices.Reverse(raw[:32])
		slices.Reverse(raw[32:])
		return raw
	}, nil, []diagnose.Code{diagnose.RawNotDER, diagnose.LittleEndian}},
	{"little-endian DER", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		slices.Reverse(raw[:32])
		slices.Reverse(raw[32:])
		return mustDER(t, raw)
	}, nil, []diagnose.Code{diagnose.LittleEndian}},
	{"superfluous zeros", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return element(0x30, element(2, []byte{0, 0}, raw[:32]), element(2, []byte{0, 0}, raw[32:]))
	}, nil, []diagnose.Code{diagnose.NonMinimalInteger}},
	{"length in two bytes", func(_ testing.TB, der []byte) []byte {
		return append([]byte{0x30, 0x81, der[1]}, der[2:]...)
	}, nil, []diagnose.Code{diagnose.NonMinimalLength}},
	{"indefinite length", func(_ testing.TB, der []byte) []byte {
		return slices.Concat([]byte{0x30, 0x80}, der[2:], []byte{0, 0})
	}, nil, []diagnose.Code{diagnose.NonMinimalLength}},
	{"a byte behind", func(_ testing.TB, der []byte) []byte { return append(bytes.Clone(der), 1) }, nil,
		[]diagnose.Code{diagnose.TrailingBytes}},
	{"a byte behind s", func(_ testing.TB, der []byte) []byte {
		return append([]byte{0x30, der[1] + 1}, append(bytes.Clone(der[2:]), 1)...)
	}, nil, []diagnose.Code{diagnose.TrailingBytes}},
	{"Ethereum's v", func(t testing.TB, der []byte) []byte { return append(toRaw(t, der), 27) }, nil,
		[]diagnose.Code{diagnose.RecoveryID}},
	{"Bitcoin's compact form", func(t testing.TB, der []byte) []byte { return append([]byte{31}, toRaw(t, der)...) }, nil,
		[]diagnose.Code{diagnose.RecoveryID}},
	{"raw with a zero before s", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return slices.Concat(raw[:32], []byte{0}, raw[32:])
	}, nil, []diagnose.Code{diagnose.LeadingZeros}},
	{"raw with zeros before both", func(t testing.TB, der []byte) []byte {
		raw := toRaw(t, der)
		return slices.Concat([]byte{0}, raw[:32], []byte{0}, raw[32:])
	}, nil, []diagnose.Code{diagnose.LeadingZeros}},
	{"cut", func(_ testing.TB, der []byte) []byte { return der[:len(der)-1] }, nil, []diagnose.Code{diagnose.Malformed}},
	{"empty", func(testing.TB, []byte) []byte { return nil }, nil, []diagnose.Code{diagnose.Malformed}},
	{"zeros", func(testing.TB, []byte) []byte { return make([]byte, 64) }, nil, []diagnose.Code{diagnose.Malformed}},
	{"not below n", func(testing.TB, []byte) []byte { return bytes.Repeat([]byte{0xff}, 64) }, nil,
		[]diagnose.Code{diagnose.Malformed}},
	{"a number of 48 bytes", func(t testing.TB, der []byte) []byte {
		r, s := numbers(t, der)
		return reference(t, new(big.Int).Lsh(r, 128), s)
	}, nil, []diagnose.Code{diagnose.Malformed}},
}

func TestSignature_encoding(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		for _, tt := range encodings {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				good := primitiveSign(t, testKey(t, p.KeySpec), properDigest(s, diagnosed))
				sig := tt.spoil(t, good)
				before := bytes.Clone(sig)
				d := diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), sig, tt.opts)
				requireDiagnosis(t, d, tt.want...)
				require.Equal(t, before, sig, "the signature is not written to")
				require.Equal(t, d, diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), sig, tt.opts),
					"diagnoses are comparable")
			})
		}
	}
}

// signatureWith signs until r or s has the property.
func signatureWith(t testing.TB, key crypto.PrivateKey, digest []byte, property func(raw []byte) bool) []byte {
	t.Helper()
	for range 20_000 {
		var der []byte
		if k, ok := key.(*secp256k1.PrivateKey); ok {
			s, err := signer.New(k, keyspec.ECDSASHA256) // hedged, decred's is not
			require.NoError(t, err)
			der, err = s.SignDigest(background, digest)
			require.NoError(t, err)
		} else {
			der = primitiveSign(t, key, digest)
		}
		if property(toRaw(t, der)) {
			return der
		}
	}
	t.Fatal("no such signature")
	return nil
}

// What big-integer encoders do to one signature in 256, for r, for s, for both.
func TestSignature_leadingZeros(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair)
	digest := properDigest(s, diagnosed)
	for _, at := range []int{0, 32} { // r, s
		der := signatureWith(t, testKey(t, keyspec.ECP256), digest,
			func(raw []byte) bool { return raw[at] == 0 && raw[at+1] != 0 })
		raw := toRaw(t, der)
		short := slices.Delete(bytes.Clone(raw), at, at+1)
		require.Len(t, short, 63)
		requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), short, nil),
			diagnose.LeadingZeros)
		requireDiagnosis(t, diagnose.Signature(s.Public(), keyspec.ECDSASHA256, []byte(diagnosed), short,
			&diagnose.Options{ExpectRaw: true}), diagnose.LeadingZeros)
	}
}

func TestSignature_negative(t *testing.T) {
	t.Parallel()
	for _, p := range ecPairs {
		s := newSigner(t, p)
		der := signatureWith(t, testKey(t, p.KeySpec), properDigest(s, diagnosed),
			func(raw []byte) bool { return raw[0] >= 0x80 && raw[32] > 0 })
		raw := toRaw(t, der)
		negative := element(0x30, element(2, raw[:32]), element(2, raw[32:]))
		requireDiagnosis(t, diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), negative, nil),
			diagnose.NegativeInteger)
	}
}

func TestSignature_highS(t *testing.T) {
	t.Parallel()
	for _, p := range []keyspec.Pair{p256Pair, p256kPair} {
		s := newSigner(t, p)
		n := new(big.Int).SetBytes(orderOf(p))
		low, err := signer.NormalizeS(p.KeySpec, primitiveSign(t, testKey(t, p.KeySpec), properDigest(s, diagnosed)))
		require.NoError(t, err)
		r, num := numbers(t, low)
		high := reference(t, r, n.Sub(n, num))
		with := func(sig []byte, opts diagnose.Options) diagnose.Diagnosis {
			return diagnose.Signature(s.Public(), p.Algorithm, []byte(diagnosed), sig, &opts)
		}
		d := with(high, diagnose.Options{})
		requireDiagnosis(t, d, diagnose.Valid)
		require.Equal(t, p == p256kPair, strings.Contains(d.Sentence, "RequireLowS"), "a note where low s is the custom")
		lowS := diagnose.Options{RequireLowS: true}
		requireDiagnosis(t, with(high, lowS), diagnose.HighS)
		requireDiagnosis(t, with(toRaw(t, high), lowS), diagnose.RawNotDER, diagnose.HighS)
		requireDiagnosis(t, with(toRaw(t, high), diagnose.Options{RequireLowS: true, ExpectRaw: true}), diagnose.HighS)
		requireDiagnosis(t, with(low, lowS), diagnose.Valid)
		requireDiagnosis(t, with([]byte(hex.EncodeToString(toRaw(t, high))), lowS), diagnose.HexText, diagnose.RawNotDER,
			diagnose.HighS)
	}
}
