// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
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

// A webKey is a JSON Web Key (RFC 7517).
type webKey struct{ Kty, Alg, Use, Crv, X, Y, N, E string }

// joseAlgorithms has JOSE's names of our algorithms (RFC 7518, section 3.1).
var joseAlgorithms = map[string]keyspec.Algorithm{
	"ES256": keyspec.ECDSASHA256, "RS256": keyspec.RSAPKCS1SHA256, "PS256": keyspec.RSAPSSSHA256,
}

// runJWS verifies the signatures of the groups with one public key for one of
// our algorithms. What a JWS library must refuse before it verifies anything, a
// bad container or another algorithm than the key's, counts as foreign; so does
// what it must refuse of a key that is sound for us.
func runJWS(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		key, ok := onlyKey(t, g.Public)
		alg, known := joseAlgorithms[key.Alg]
		if !ok || !known || key.Use != "sig" && key.Use != "" ||
			key.Kty != map[bool]string{true: "EC", false: "RSA"}[alg == keyspec.ECDSASHA256] {
			c.foreign += len(g.Tests)
			continue
		}
		pub, err := keyspec.ParsePublicKey(key.spki(t))
		if err != nil {
			for _, r := range g.Tests {
				require.False(t, r.isValid(t), r.Comment)
				requireRefusal(t, err, errors.InvalidParameter, "Key", r)
				c.refused++
			}
			continue
		}
		v := verifier(t, pub, alg)
		for _, r := range g.Tests {
			input, sig, ok := compactJWS(text(t, r.JWS), key.Alg)
			if !ok {
				c.foreign++
				continue
			}
			if alg == keyspec.ECDSASHA256 {
				if sig, err = signer.ToDER(sig); err != nil {
					require.False(t, r.isValid(t), r.Comment)
					requireRefusal(t, err, errors.InvalidParameter, "Signature", r)
					c.invalid++
					continue
				}
			}
			c.judge(t, r, r.isValid(t), signer.VerifyMessage(v, bytes.NewReader(input), sig))
		}
	}
	return c
}

// onlyKey reads a key, or a key set of one.
func onlyKey(t *testing.T, public json.RawMessage) (key webKey, ok bool) {
	t.Helper()
	if public == nil {
		return webKey{}, false
	}
	var set struct{ Keys []json.RawMessage }
	require.NoError(t, json.Unmarshal(public, &set))
	switch len(set.Keys) {
	case 0:
	case 1:
		public = set.Keys[0]
	default:
		return webKey{}, false
	}
	require.NoError(t, json.Unmarshal(public, &key))
	return key, true
}

// spki writes the key as it stands, sound or not.
func (k webKey) spki(t *testing.T) []byte {
	t.Helper()
	if k.Kty == "EC" {
		return spki(t, oidOf[k.Crv], append([]byte{4}, append(unbase64(t, k.X), unbase64(t, k.Y)...)...))
	}
	e := new(big.Int).SetBytes(unbase64(t, k.E))
	return rsaSPKI(t, new(big.Int).SetBytes(unbase64(t, k.N)), e)
}

// compactJWS takes a compact serialization apart (RFC 7515, section 7.1): what
// is signed, and the signature. It is not ok if the form or the algorithm of the
// header is wrong.
func compactJWS(jws, alg string) (input, sig []byte, ok bool) {
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	strict := base64.RawURLEncoding.Strict()
	var header struct{ Alg string }
	raw, err := strict.DecodeString(parts[0])
	if err != nil || json.Unmarshal(raw, &header) != nil || header.Alg != alg {
		return nil, nil, false
	}
	sig, err = strict.DecodeString(parts[2])
	return []byte(parts[0] + "." + parts[1]), sig, err == nil
}
