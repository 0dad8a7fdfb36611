// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// The examples of RFC 7515, appendix A.2 (RS256) and A.3 (ES256), base64url.
const (
	jwsPayload = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt" +
		"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

	jwsA2Header    = "eyJhbGciOiJSUzI1NiJ9"
	jwsA2Signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O" +
		"8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARN" +
		"PvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ" +
		"1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	jwsA2N = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1" +
		"Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpa" +
		"SHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4" +
		"LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
	jwsA2D = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwV" +
		"ol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj" +
		"kn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaF" +
		"QT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"
	jwsA2P = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0H" +
		"w_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
	jwsA2Q = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7T" +
		"jeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"

	jwsA3Header    = "eyJhbGciOiJFUzI1NiJ9"
	jwsA3Signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	jwsA3X         = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
	jwsA3Y         = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	jwsA3D         = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
)

func jwsDecode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	require.NoError(t, err)
	return b
}

// TestJWSAppendixA2 verifies the RSA example and makes it again.
func TestJWSAppendixA2(t *testing.T) {
	t.Parallel()
	number := func(s string) *big.Int { return new(big.Int).SetBytes(jwsDecode(t, s)) }
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: number(jwsA2N), E: 65537},
		D:         number(jwsA2D),
		Primes:    []*big.Int{number(jwsA2P), number(jwsA2Q)},
	}
	s, err := signer.New(key, keyspec.RSAPKCS1SHA256)
	require.NoError(t, err)
	input, want := jwsA2Header+"."+jwsPayload, jwsDecode(t, jwsA2Signature)
	require.NoError(t, signer.VerifyMessage(newVerifier(t, s), strings.NewReader(input), want))
	got, err := signer.SignMessage(background, s, strings.NewReader(input))
	require.NoError(t, err)
	require.Equal(t, want, got)

	err = signer.VerifyMessage(newVerifier(t, s), strings.NewReader(input+"A"), want)
	requireCode(t, err, errors.InvalidSignature, "Signature")
}

// TestJWSAppendixA3 verifies the ECDSA example, whose signature is r‖s.
func TestJWSAppendixA3(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), jwsDecode(t, jwsA3D))
	require.NoError(t, err)
	point := append(append([]byte{4}, jwsDecode(t, jwsA3X)...), jwsDecode(t, jwsA3Y)...)
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	require.NoError(t, err)
	require.True(t, pub.Equal(key.Public()))
	v, err := signer.NewVerifier(pub, keyspec.ECDSASHA256)
	require.NoError(t, err)

	input, raw := jwsA3Header+"."+jwsPayload, jwsDecode(t, jwsA3Signature)
	der := mustDER(t, raw)
	require.NoError(t, signer.VerifyMessage(v, strings.NewReader(input), der))
	requireCode(t, signer.VerifyMessage(v, strings.NewReader(input+"A"), der), errors.InvalidSignature, "Signature")
	requireCode(t, signer.VerifyMessage(v, strings.NewReader(input), raw), errors.InvalidSignature, "Signature",
		"r‖s is not DER")
	back, err := signer.ToRaw(der)
	require.NoError(t, err)
	require.Equal(t, raw, back)
}

// jwsAlgorithms is RFC 7518, section 3.1, of the pairs that it knows.
var jwsAlgorithms = map[keyspec.Pair]string{pssPair: "PS256", pkcs1Pair: "RS256", p256Pair: "ES256"}

// jwsSign makes a JWS in the compact serialization, RFC 7515, section 7.1.
func jwsSign(t *testing.T, s signer.Signer, payload []byte) string {
	t.Helper()
	alg := jwsAlgorithms[keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()}]
	header, err := json.Marshal(map[string]string{"alg": alg, "typ": "JWT"})
	require.NoError(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(header) + "." + encode(payload)
	sig, err := signer.SignMessage(background, s, strings.NewReader(input))
	require.NoError(t, err)
	if alg == "ES256" {
		sig, err = signer.ToRaw(sig)
		require.NoError(t, err)
	}
	return input + "." + encode(sig)
}

// jwsVerify verifies a JWS with the standard library alone and returns its
// payload, or nil if the signature does not fit.
func jwsVerify(t *testing.T, pub crypto.PublicKey, token string) []byte {
	t.Helper()
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	var header struct{ Alg string }
	require.NoError(t, json.Unmarshal(jwsDecode(t, parts[0]), &header))
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	sig, ok := jwsDecode(t, parts[2]), false
	switch header.Alg {
	case "RS256":
		ok = rsa.VerifyPKCS1v15(pub.(*rsa.PublicKey), crypto.SHA256, digest[:], sig) == nil
	case "PS256": // RFC 7518, section 3.5: the salt has the size of the hash
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		ok = rsa.VerifyPSS(pub.(*rsa.PublicKey), crypto.SHA256, digest[:], sig, opts) == nil
	case "ES256": // RFC 7518, section 3.4: r and s of 32 bytes each
		require.Len(t, sig, 64)
		ok = ecdsa.VerifyASN1(pub.(*ecdsa.PublicKey), digest[:],
			reference(t, new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])))
	default:
		t.Fatalf("no JWS algorithm of ours: %q", header.Alg)
	}
	if !ok {
		return nil
	}
	return jwsDecode(t, parts[1])
}

func TestJWS(t *testing.T) {
	t.Parallel()
	payload := []byte(`{"iss":"joe","exp":1300819380}`)
	for p, alg := range jwsAlgorithms {
		forOrigins(t, p, func(t *testing.T, s signer.Signer) {
			token := jwsSign(t, s, payload)
			header, rest, _ := strings.Cut(token, ".")
			require.Contains(t, string(jwsDecode(t, header)), alg)
			require.Equal(t, payload, jwsVerify(t, s.Public(), token))
			require.Nil(t, jwsVerify(t, s.Public(), header+".e30."+strings.SplitN(rest, ".", 2)[1]))
		})
	}
}

// TestJWSSaltLengthAuto signs as go-jose's adapter of a crypto.Signer does: it asks for
// PSSSaltLengthAuto, and JWS wants a salt as long as the hash. The adapter itself is
// tested in internal/bench.
func TestJWSSaltLengthAuto(t *testing.T) {
	t.Parallel()
	forOrigins(t, pssPair, func(t *testing.T, s signer.Signer) {
		digest := sha256.Sum256([]byte("eyJhbGciOiJQUzI1NiJ9.e30"))
		for _, opts := range []*rsa.PSSOptions{
			{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256},
			{Hash: crypto.SHA256},
		} {
			sig, err := s.Sign(nil, digest[:], opts)
			require.NoError(t, err)
			fixed := &rsa.PSSOptions{SaltLength: sha256.Size}
			require.NoError(t, rsa.VerifyPSS(s.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], sig, fixed))
		}
	})
}

// TestJWSShortScalars makes ES256 signatures until both an r and an s with
// leading zeros came by: their 64 bytes keep them.
func TestJWSShortScalars(t *testing.T) {
	t.Parallel()
	s := newSigner(t, p256Pair, signer.Deterministic())
	var shortR, shortS bool
	for i := 0; !shortR || !shortS; i++ {
		require.Less(t, i, 20_000, "1 in 256 is short")
		payload := []byte{byte(i >> 8), byte(i)}
		token := jwsSign(t, s, payload)
		raw := jwsDecode(t, token[strings.LastIndex(token, ".")+1:])
		require.Len(t, raw, 64)
		if raw[0] != 0 && raw[32] != 0 {
			continue
		}
		shortR, shortS = shortR || raw[0] == 0, shortS || raw[32] == 0
		require.True(t, bytes.Equal(payload, jwsVerify(t, s.Public(), token)))
	}
}
