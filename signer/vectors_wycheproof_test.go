// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"path"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// form is the encoding of the ECDSA signatures of a file.
type form int

const (
	formDER form = iota
	formP1363
)

// runECDSA runs every row without RequireLowS, where the outcome is the row's,
// and with it, where a high s is refused too.
func runECDSA(spec keyspec.KeySpec, encoding form) func(*testing.T, string) tally {
	return func(t *testing.T, file string) (c tally) {
		for _, g := range vectors.Wycheproof(t, path.Base(file)) {
			require.Equal(t, "SHA-256", g.SHA)
			pub := wycheproofPoint(t, spec, g)
			either := vectorVerifier(t, pub, keyspec.ECDSASHA256)
			low := vectorVerifier(t, pub, keyspec.ECDSASHA256, signer.RequireLowS())
			for _, row := range g.Tests {
				valid, msg, sig := row.Valid(t), []byte(row.Msg), []byte(row.Sig)
				if encoding == formP1363 {
					var err error
					if sig, err = signer.ToDER(sig); err != nil {
						require.False(t, valid, row.Comment)
						requireCode(t, err, errors.InvalidParameter, "Signature", row.Comment)
						c.invalid++
						continue
					}
					raw, err := signer.ToRaw(sig)
					require.NoError(t, err, row.Comment)
					require.Equal(t, []byte(row.Sig), raw, row.Comment)
				}
				c.judge(t, row.Comment, valid, signer.VerifyMessage(either, bytes.NewReader(msg), sig))
				c.judgeLowS(t, low, row.Comment, valid, msg, sig)
			}
		}
		return c
	}
}

// judgeLowS asserts what RequireLowS makes of a row, and that NormalizeS mends
// what it refuses.
func (c *tally) judgeLowS(t *testing.T, low signer.Verifier, row string, valid bool, msg, sig []byte) {
	t.Helper()
	digest := sha256.Sum256(msg)
	err := low.VerifyDigest(digest[:], sig)
	if valid && !hasHighS(t, low.KeySpec(), sig) {
		require.NoError(t, err, row)
		return
	}
	requireCode(t, err, errors.InvalidSignature, "Signature", row)
	if valid {
		c.highS++
		mended, err := signer.NormalizeS(low.KeySpec(), sig)
		require.NoError(t, err, row)
		require.NoError(t, low.VerifyDigest(digest[:], mended), row)
	}
}

// runBitcoin runs the rows of Bitcoin's rules: the outcome is the row's under
// RequireLowS. The rows that are wrong by a high s alone verify without it.
func runBitcoin(t *testing.T, file string) (c tally) {
	for _, g := range vectors.Wycheproof(t, path.Base(file)) {
		require.Equal(t, "SHA-256", g.SHA)
		pub := wycheproofPoint(t, keyspec.ECP256K, g)
		either := vectorVerifier(t, pub, keyspec.ECDSASHA256)
		low := vectorVerifier(t, pub, keyspec.ECDSASHA256, signer.RequireLowS())
		for _, row := range g.Tests {
			valid, msg, sig := row.Valid(t), []byte(row.Msg), []byte(row.Sig)
			c.judge(t, row.Comment, valid, signer.VerifyMessage(low, bytes.NewReader(msg), sig))
			err := signer.VerifyMessage(either, bytes.NewReader(msg), sig)
			if !valid && strings.Contains(strings.ToLower(row.Comment), "signature malleability") {
				require.True(t, hasHighS(t, keyspec.ECP256K, sig), row.Comment)
				require.NoError(t, err, row.Comment)
				c.highS++
				continue
			}
			require.Equal(t, valid, err == nil, row.Comment)
		}
	}
	return c
}

// wycheproofPoint reads the group's public key from its bare point, and asserts
// that keyspec reads the same from its SPKI.
func wycheproofPoint(t *testing.T, spec keyspec.KeySpec, g vectors.Group) crypto.PublicKey {
	t.Helper()
	point := g.PublicKey.Uncompressed
	parsed, err := keyspec.ParsePublicKey(g.PublicKeyDer)
	require.NoError(t, err)
	if spec == keyspec.ECP256K {
		pub, err := secp256k1.ParsePubKey(point)
		require.NoError(t, err)
		require.True(t, pub.IsEqual(parsed.(*secp256k1.PublicKey)))
		return pub
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	require.NoError(t, err)
	require.True(t, pub.Equal(parsed))
	return pub
}

// hasHighS reports whether s of a DER signature is over n/2, computed apart from
// the package under test.
func hasHighS(t *testing.T, spec keyspec.KeySpec, sig []byte) bool {
	t.Helper()
	var v struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(sig, &v)
	require.NoError(t, err)
	require.Empty(t, rest)
	n := elliptic.P256().Params().N
	if spec == keyspec.ECP256K {
		n = secp256k1.Params().N
	}
	return new(big.Int).Lsh(v.S, 1).Cmp(n) > 0
}
