// SPDX-License-Identifier: Apache-2.0

package jwtsigner_test

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
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

	jwsA3Header    = "eyJhbGciOiJFUzI1NiJ9"
	jwsA3Signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	jwsA3X         = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
	jwsA3Y         = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
)

// The key of RFC 7638, section 3.1, and its thumbprint.
const (
	jwkN = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok" +
		"njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ" +
		"vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	jwkThumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	require.NoError(t, err)
	return b
}

func rsaKey(t *testing.T, n string) crypto.PublicKey {
	return &rsa.PublicKey{N: new(big.Int).SetBytes(decode(t, n)), E: 65537}
}

// TestRFC7515 verifies the examples of appendix A: through golang-jwt's parser, and not
// after a change.
func TestRFC7515(t *testing.T) {
	t.Parallel()
	point := append(append([]byte{4}, decode(t, jwsA3X)...), decode(t, jwsA3Y)...)
	p256, err := keyspec.PublicKeyFromPoint(keyspec.ECP256, point)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		pub               crypto.PublicKey
		alg               keyspec.Algorithm
		header, signature string
	}{
		"A.2": {rsaKey(t, jwsA2N), keyspec.RSAPKCS1SHA256, jwsA2Header, jwsA2Signature},
		"A.3": {p256, keyspec.ECDSASHA256, jwsA3Header, jwsA3Signature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := signer.NewVerifier(tt.pub, tt.alg)
			require.NoError(t, err)
			parse := func(text string) (*jwt.Token, error) {
				return jwt.Parse(text, jwtsigner.Keyfunc(v), jwt.WithoutClaimsValidation()) // they expired in 2011
			}
			token, err := parse(tt.header + "." + jwsPayload + "." + tt.signature)
			require.NoError(t, err)
			require.True(t, token.Valid)
			issuer, err := token.Claims.GetIssuer()
			require.NoError(t, err)
			require.Equal(t, "joe", issuer)

			_, err = parse(tt.header + ".e30." + tt.signature)
			require.ErrorIs(t, err, errors.InvalidSignature)
			require.ErrorIs(t, err, jwt.ErrTokenSignatureInvalid)
		})
	}
}

func TestRFC7638(t *testing.T) {
	t.Parallel()
	key, err := jwtsigner.NewJWK(rsaKey(t, jwkN), jwtsigner.RS256)
	require.NoError(t, err)
	require.Equal(t, jwtsigner.JWK{
		Kty: "RSA", N: jwkN, E: "AQAB", Use: "sig", Alg: "RS256", Kid: jwkThumbprint,
	}, key)
}
