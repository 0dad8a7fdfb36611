// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/lestrrat-go/jwx/v3/jws/jwsbb"
)

// joseAlgorithm is the pair's name in RFC 7518, section 3.1.
func joseAlgorithm(p keyspec.Pair) string {
	switch p.Algorithm {
	case keyspec.RSAPKCS1SHA256:
		return "RS256"
	case keyspec.RSAPSSSHA256:
		return "PS256"
	default:
		return "ES256"
	}
}

// joseOnMessages signs messages with the JOSE libraries' functions for that: their
// signature is what JWS wants, r‖s for an elliptic curve.
func joseOnMessages(p keyspec.Pair, key crypto.Signer) []entrant {
	algorithm, public := joseAlgorithm(p), key.Public()
	method := jwt.GetSigningMethod(algorithm)
	var texts [inputs]string // golang-jwt takes a string
	for i, m := range messageInputs {
		texts[i] = string(m)
	}
	return []entrant{{
		name:   "golang-jwt",
		sign:   func(i int) ([]byte, error) { return method.Sign(texts[i], key) },
		verify: func(i int, sig []byte) error { return method.Verify(texts[i], sig, public) },
	}, jwx(algorithm, key)}
}

func jwx(algorithm string, key crypto.Signer) entrant {
	public := key.Public()
	return entrant{
		name:   "jwx",
		sign:   func(i int) ([]byte, error) { return jwsbb.Sign(key, algorithm, messageInputs[i], nil) },
		verify: func(i int, sig []byte) error { return jwsbb.Verify(public, algorithm, messageInputs[i], sig) },
	}
}

// oursOnRaw is our side of a work that ends in r‖s.
func oursOnRaw(p keyspec.Pair) (entrant, error) {
	onDER, err := oursOnMessages(p)
	if err != nil {
		return entrant{}, err
	}
	return entrant{
		name: "kmsigner and ToRaw, ToDER",
		sign: func(i int) ([]byte, error) {
			der, err := onDER.sign(i)
			if err != nil {
				return nil, err
			}
			return signer.ToRaw(der)
		},
		verify: func(i int, raw []byte) error {
			der, err := signer.ToDER(raw)
			if err != nil {
				return err
			}
			return onDER.verify(i, der)
		},
	}, nil
}

// compactEntrants makes a whole compact JWS (RFC 7515, section 7.1) of a payload, and
// takes it apart again: go-jose signs nothing less.
func compactEntrants(p keyspec.Pair, key crypto.Signer) ([]entrant, error) {
	ours, err := oursOnCompact(p)
	if err != nil {
		return nil, err
	}
	algorithm := jose.SignatureAlgorithm(joseAlgorithm(p))
	theirs, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		return nil, err
	}
	public, accepted := key.Public(), []jose.SignatureAlgorithm{algorithm}
	return []entrant{ours, {
		name: "go-jose",
		sign: func(i int) ([]byte, error) {
			object, err := theirs.Sign(messageInputs[i])
			if err != nil {
				return nil, err
			}
			text, err := object.CompactSerialize()
			return []byte(text), err
		},
		verify: func(i int, token []byte) error {
			object, err := jose.ParseSignedCompact(string(token), accepted)
			if err != nil {
				return err
			}
			payload, err := object.Verify(public)
			if err != nil {
				return err
			}
			return fits(bytes.Equal(payload, messageInputs[i]))
		},
	}}, nil
}

var base64url = base64.RawURLEncoding

// oursOnCompact does by hand what go-jose does: the header's JSON is made and read for
// each token.
func oursOnCompact(p keyspec.Pair) (entrant, error) {
	s, v, err := ourSide(p)
	if err != nil {
		return entrant{}, err
	}
	isRSA := p.Algorithm != keyspec.ECDSASHA256
	algorithm := joseAlgorithm(p)
	type header struct {
		Algorithm string `json:"alg"`
	}
	return entrant{
		name: "kmsigner, the JWS by hand",
		sign: func(i int) ([]byte, error) {
			h, err := json.Marshal(header{algorithm})
			if err != nil {
				return nil, err
			}
			token := append(base64url.AppendEncode(nil, h), '.')
			token = base64url.AppendEncode(token, messageInputs[i])
			sig, err := signer.SignMessage(context.Background(), s, bytes.NewReader(token))
			if err == nil && !isRSA {
				sig, err = signer.ToRaw(sig)
			}
			if err != nil {
				return nil, err
			}
			return base64url.AppendEncode(append(token, '.'), sig), nil
		},
		verify: func(i int, token []byte) error {
			dot := bytes.LastIndexByte(token, '.')
			first, second, ok := bytes.Cut(token[:max(dot, 0)], []byte("."))
			if !ok {
				return errors.New("not a compact JWS")
			}
			head, err := base64url.AppendDecode(nil, first)
			if err != nil {
				return err
			}
			var h header
			if err := json.Unmarshal(head, &h); err != nil {
				return err
			}
			if h.Algorithm != algorithm {
				return errors.New("another algorithm")
			}
			payload, err := base64url.AppendDecode(nil, second)
			if err != nil {
				return err
			}
			sig, err := base64url.AppendDecode(nil, token[dot+1:])
			if err == nil && !isRSA {
				sig, err = signer.ToDER(sig)
			}
			if err != nil {
				return err
			}
			if err := signer.VerifyMessage(v, bytes.NewReader(token[:dot]), sig); err != nil {
				return err
			}
			return fits(bytes.Equal(payload, messageInputs[i]))
		},
	}, nil
}
