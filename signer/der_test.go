// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// The group orders, from SEC 2 and FIPS 186-5.
var orders = map[keyspec.KeySpec]string{
	keyspec.ECP256:  "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	keyspec.ECP256K: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
}

func orderOf(p keyspec.Pair) []byte {
	n, _ := hex.DecodeString(orders[p.KeySpec])
	return n
}

func mustDER(t testing.TB, raw []byte) []byte {
	t.Helper()
	der, err := signer.ToDER(raw)
	require.NoError(t, err)
	return der
}

// reference encodes r and s with another encoder, cryptobyte.
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

// negateS replaces s by n-s on secp256k1.
func negateS(t testing.TB, der []byte) []byte {
	t.Helper()
	raw, err := signer.ToRaw(der)
	require.NoError(t, err)
	n, _ := new(big.Int).SetString(orders[keyspec.ECP256K], 16)
	return reference(t, new(big.Int).SetBytes(raw[:32]), n.Sub(n, new(big.Int).SetBytes(raw[32:])))
}

func TestRawAndDER(t *testing.T) {
	edge := []*big.Int{big.NewInt(1), big.NewInt(0x7f), big.NewInt(0x80), big.NewInt(0xff), big.NewInt(0x100)}
	for _, bits := range []uint{127, 128, 247, 248, 254, 255} {
		edge = append(edge, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	edge = append(edge, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))
	for _, r := range edge {
		for _, s := range edge {
			raw := make([]byte, 64)
			r.FillBytes(raw[:32])
			s.FillBytes(raw[32:])
			der := reference(t, r, s)

			got, err := signer.ToDER(raw)
			require.NoError(t, err)
			require.Equal(t, der, got)
			back, err := signer.ToRaw(der)
			require.NoError(t, err)
			require.Equal(t, raw, back)
		}
	}
}

func TestToRaw_invalid(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                      "",
		"only a tag":                 "30",
		"an empty sequence":          "3000",
		"a set":                      "3106020101020101",
		"one integer":                "3003020101",
		"three integers":             "3009020101020101020101",
		"trailing byte":              "300602010102010100",
		"trailing byte inside":       "300702010102010100",
		"length one short":           "3005020101020101",
		"length one long":            "3007020101020101",
		"long form of a length":      "308106020101020101",
		"long form of a length of r": "300702810101020101",
		"indefinite length":          "30800201010201010000",
		"r zero":                     "3006020100020101",
		"s zero":                     "3006020101020100",
		"r negative":                 "3006020181020101",
		"s negative":                 "3006020101020181",
		"r with a superfluous zero":  "300702020001020101",
		"s with a superfluous zero":  "300702010102020001",
		"r without content":          "30050200020101",
		"r an OCTET STRING":          "3006040101020101",
		"r of 257 bits":              "30260221010000000000000000000000000000000000000000000000000000000000000000020101",
		"s of 33 bytes":              "30260201010221010000000000000000000000000000000000000000000000000000000000000000",
		"raw":                        strings.Repeat("11", 64),
		"hex text":                   "33303036303230313031303230313031",
		"integers outside":           "3003020101020101",
		"tag number in long form":    "3f30060201010201 01",
	} {
		der, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		require.NoError(t, err, name)
		raw, err := signer.ToRaw(der)
		requireCode(t, err, errors.InvalidParameter, "Signature", name)
		require.Nil(t, raw)
		for _, k := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K} {
			_, err = signer.NormalizeS(k, der)
			requireCode(t, err, errors.InvalidParameter, "Signature", name)
		}
		for _, p := range []keyspec.Pair{p256Pair, p256kPair, sm2Pair} {
			err := newVerifier(t, newSigner(t, p)).VerifyDigest(make([]byte, 32), der)
			requireCode(t, err, errors.InvalidSignature, "Signature", "%s: %s", p, name)
		}
	}
}

func TestToDER_invalid(t *testing.T) {
	one := append(make([]byte, 31), 1)
	for name, raw := range map[string][]byte{
		"nil":      nil,
		"63 bytes": bytes.Repeat([]byte{1}, 63),
		"65 bytes": bytes.Repeat([]byte{1}, 65),
		"r zero":   append(make([]byte, 32), one...),
		"s zero":   append(one[:32:32], make([]byte, 32)...),
	} {
		der, err := signer.ToDER(raw)
		requireCode(t, err, errors.InvalidParameter, "Signature", name)
		require.Nil(t, der)
	}
}

func TestNormalizeS(t *testing.T) {
	one := big.NewInt(1)
	for k, text := range orders {
		n, _ := new(big.Int).SetString(text, 16)
		half := new(big.Int).Rsh(n, 1) // n is odd: floor(n/2) is the largest low s
		for _, tt := range []struct{ s, want *big.Int }{
			{one, one},
			{half, half},
			{new(big.Int).Add(half, one), half},
			{new(big.Int).Sub(n, one), one},
		} {
			in := reference(t, one, tt.s)
			before := bytes.Clone(in)
			got, err := signer.NormalizeS(k, in)
			require.NoError(t, err)
			require.Equal(t, reference(t, one, tt.want), got)
			require.Equal(t, before, in, "the input is not written to")
		}
		for _, bad := range []*big.Int{n, new(big.Int).Add(n, one)} {
			_, err := signer.NormalizeS(k, reference(t, one, bad))
			requireCode(t, err, errors.InvalidParameter, "Signature")
			_, err = signer.NormalizeS(k, reference(t, bad, one))
			requireCode(t, err, errors.InvalidParameter, "Signature")
		}
	}
	for _, k := range []keyspec.KeySpec{keyspec.ECSM2, keyspec.RSA2048, "", "EC_P384"} {
		_, err := signer.NormalizeS(k, reference(t, one, one))
		requireCode(t, err, errors.InvalidParameter, "KeySpec", string(k))
	}
}

func FuzzDER(f *testing.F) {
	for _, text := range []string{"", "3006020101020101", "3006020100020101", "308106020101020101", "300702020001020101"} {
		der, _ := hex.DecodeString(text)
		f.Add(der)
	}
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		if raw, err := signer.ToRaw(in); err == nil {
			require.Len(t, raw, 64)
			require.Equal(t, in, mustDER(t, raw), "what is accepted is the one encoding of its value")
		} else {
			requireCode(t, err, errors.InvalidParameter, "Signature")
		}
		if der, err := signer.ToDER(in); err == nil {
			raw, err := signer.ToRaw(der)
			require.NoError(t, err)
			require.Equal(t, in, raw)
		}
		for _, k := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K} {
			if low, err := signer.NormalizeS(k, in); err == nil {
				again, err := signer.NormalizeS(k, low)
				require.NoError(t, err)
				require.Equal(t, low, again)
			}
		}
		require.Equal(t, before, in)
	})
}

// Whatever a verifier is given as a signature, it answers nil or InvalidSignature.
func FuzzVerify(f *testing.F) {
	digest := make([]byte, 32)
	var verifiers []signer.Verifier
	for _, p := range keyspec.Pairs() {
		s := newSigner(f, p, signer.Deterministic())
		sig, err := s.SignDigest(background, digest)
		require.NoError(f, err)
		f.Add(digest, sig)
		verifiers = append(verifiers, newVerifier(f, s))
	}
	f.Fuzz(func(t *testing.T, digest, sig []byte) {
		for _, v := range verifiers {
			err := v.VerifyDigest(digest, sig)
			switch {
			case len(digest) != 32:
				requireCode(t, err, errors.InvalidParameter, "Digest")
			case err != nil:
				requireCode(t, err, errors.InvalidSignature, "Signature")
			}
		}
	})
}
