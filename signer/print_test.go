// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secretsOf returns the private numbers of a key.
func secretsOf(t *testing.T, key any) []*big.Int {
	t.Helper()
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return []*big.Int{k.D, k.Primes[0], k.Primes[1], k.Precomputed.Dp, k.Precomputed.Dq, k.Precomputed.Qinv}
	case *ecdsa.PrivateKey:
		return []*big.Int{k.D}
	case *sm2.PrivateKey:
		return []*big.Int{k.D}
	case *secp256k1.PrivateKey:
		return []*big.Int{new(big.Int).SetBytes(k.Serialize())}
	}
	t.Fatalf("%T", key)
	return nil
}

// printed is every way in which a value ends up in a log. A failed assertion
// walks unexported fields and pointers by reflection.
func printed(t *testing.T, v any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		out[verb] = fmt.Sprintf(verb, v)
		out["in a struct "+verb] = fmt.Sprintf(verb, struct{ S any }{v})
		out["in a slice "+verb] = fmt.Sprintf(verb, []any{v})
	}
	data, err := json.Marshal(map[string]any{"signer": v})
	require.NoError(t, err)
	out["json"] = string(data)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "signer", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "signer", v, "nested", struct{ S any }{v})
	out["slog"] = log.String()
	out["panic"] = fmt.Sprint(func() (r any) {
		defer func() { r = recover() }()
		panic(v)
	}())
	var failed failure
	assert.Equal(&failed, v, newSigner(t, p256Pair))
	require.Contains(t, failed, "SHA256:")
	assert.ElementsMatch(&failed, []any{v}, []any{1})
	require.Contains(t, failed, "boundKey")
	out["a failed assertion"] = string(failed)
	return out
}

// failure is a test that collects what an assertion says when it fails.
type failure string

func (f *failure) Errorf(format string, args ...any) { *f += failure(fmt.Sprintf(format, args...)) }

func TestNothingSecretPrints(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		key := testKey(t, p.KeySpec)
		s := newSigner(t, p, signer.VerifyAfterSign())
		_, err := s.SignDigest(background, make([]byte, 32)) // fills whatever is cached
		require.NoError(t, err)
		for how, text := range printed(t, s) {
			lower := strings.ToLower(text)
			for _, secret := range secretsOf(t, key) {
				b := secret.Bytes()
				for form, shape := range map[string]string{
					"decimal": secret.String(),
					"hex":     hex.EncodeToString(b),
					"base64":  strings.ToLower(base64.StdEncoding.EncodeToString(b)[:20]),
					"bytes":   strings.Trim(fmt.Sprint(b[:8]), "[]"),
					"words":   strings.Trim(fmt.Sprint(secret.Bits()[:1]), "[]"),
				} {
					require.NotContains(t, lower, shape, "%s prints a secret as %s", how, form)
				}
			}
		}
	})
}

func TestSignerPrintsAsPairAndFingerprint(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p)
		spki, err := keyspec.MarshalPublicKey(s.Public())
		require.NoError(t, err)
		block, _ := pem.Decode(spki)
		sum := sha256.Sum256(block.Bytes)
		want := p.String() + " SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
		for _, v := range []any{s, newVerifier(t, s)} {
			require.Equal(t, want, fmt.Sprint(v))
			require.Equal(t, want, fmt.Sprintf("%#v", v))
			data, err := json.Marshal(v)
			require.NoError(t, err)
			require.Equal(t, `"`+want+`"`, string(data))
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
			require.Contains(t, log.String(), want)
		}
	})
}
