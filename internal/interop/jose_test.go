// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/jwtsigner"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/stretchr/testify/require"
)

// node verifies a compact JWS with Node.js and prints its payload. The key is a JWK.
const node = `
const crypto = require('crypto')
const [token, jwk] = JSON.parse(require('fs').readFileSync(0, 'utf8'))
const [header, payload, signature] = token.split('.')
const key = { key: crypto.createPublicKey({ key: jwk, format: 'jwk' }) }
const alg = JSON.parse(Buffer.from(header, 'base64url')).alg
if (alg !== jwk.alg) throw new Error('alg')
if (alg.startsWith('ES')) key.dsaEncoding = 'ieee-p1363'
if (alg === 'PS256') Object.assign(key, { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })
if (!crypto.verify('sha256', header + '.' + payload, key, Buffer.from(signature, 'base64url'))) throw new Error('invalid')
process.stdout.write(Buffer.from(payload, 'base64url'))
`

// requireNode has Node.js verify a token, and refuse a changed one.
func requireNode(t *testing.T, s signer.Signer, token, payload string) {
	t.Helper()
	key := must(jwtsigner.NewJWK(s.Public(), must(jwtsigner.MethodOf(s))(t)))(t)
	require.Equal(t, payload, run(t, must(json.Marshal([]any{token, key}))(t), "node", "-e", node))
	_, err := tool(t, must(json.Marshal([]any{"e30" + token[len("e30"):], key}))(t), "node", "-e", node)
	require.Error(t, err)
	token = token[:len(token)-8] + "AAAAAAAA"
	out, err := tool(t, must(json.Marshal([]any{token, key}))(t), "node", "-e", node)
	require.Error(t, err)
	require.Contains(t, out, "invalid")
}

var joseAlgorithms = map[signer.Signer]string{p256: "ES256", pkcs1: "RS256", pss: "PS256"}

func TestGoJOSE(t *testing.T) {
	t.Parallel()
	for s, alg := range joseAlgorithms {
		token := must(joseSign(s, jose.SignatureAlgorithm(alg), []byte(`{"sub":"alice"}`)))(t)
		object := must(jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)}))(t)
		must(object.Verify(s.Public()))(t)
		requireNode(t, s, token, `{"sub":"alice"}`)
	}
	for _, s := range []signer.Signer{p256k, sm2} {
		_, err := joseSign(s, jose.ES256, message)
		require.Error(t, err)
	}
}

func TestJWX(t *testing.T) {
	t.Parallel()
	for s, name := range joseAlgorithms {
		alg, ok := jwa.LookupSignatureAlgorithm(name)
		require.True(t, ok)
		token := must(jwxSign(s, alg, []byte(`{"sub":"alice"}`)))(t)
		must(jws.Verify(token, jws.WithKey(alg, s.Public())))(t)
		requireNode(t, s, string(token), `{"sub":"alice"}`)
	}
}

// TestJWXES256K builds with the tag that ES256K needs.
func TestJWXES256K(t *testing.T) {
	t.Parallel()
	requireNode(t, p256k, run(t, nil, "go", "run", "-tags", "jwx_es256k", "./es256k"), "payload")
}

// TestGolangJWT has Node.js verify what jwtsigner signs, with jwtsigner's keys.
func TestGolangJWT(t *testing.T) {
	t.Parallel()
	for _, s := range []signer.Signer{p256, p256k, pkcs1, pss} {
		method := must(jwtsigner.MethodOf(s))(t)
		token := must(jwt.NewWithClaims(method, jwt.MapClaims{"sub": "alice"}).SignedString(s))(t)
		requireNode(t, s, token, `{"sub":"alice"}`)
	}
	_, err := jwt.New(jwt.SigningMethodES256).SignedString(p256)
	require.ErrorIs(t, err, jwt.ErrInvalidKeyType, "golang-jwt itself takes no crypto.Signer")
}
