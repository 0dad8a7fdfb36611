// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// TestDeterministicP256KPublished is a row that Trezor, btcd and decred share:
// the scalar 1. The nonce of RFC 6979 gives it a high s, ours is the low one.
func TestDeterministicP256KPublished(t *testing.T) {
	t.Parallel()
	key := secp256k1.PrivKeyFromBytes([]byte{1})
	s := vectorSigner(t, key, keyspec.ECDSASHA256, signer.Deterministic())
	sig, err := signer.SignMessage(background, s, strings.NewReader("Satoshi Nakamoto"))
	require.NoError(t, err)
	raw, err := signer.ToRaw(sig)
	require.NoError(t, err)
	require.Equal(t, vectorBytes(t, "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"+
		"2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"), raw)
}

// runRFC6979 signs with Deterministic. EC_P256 must give s as it comes, EC_P256K
// the low one; both verify in either form.
func runRFC6979(spec keyspec.KeySpec) func(*testing.T, string) tally {
	return func(t *testing.T, file string) (c tally) {
		var f struct {
			Tests []struct {
				Source, D, QX, QY, Msg, Digest, DER string
				DERLowS                             string `json:"der_low_s"`
			}
		}
		vectors.ReadJSON(t, file, &f)
		for _, row := range f.Tests {
			msg, digest := vectorBytes(t, row.Msg), vectorBytes(t, row.Digest)
			plain := vectorBytes(t, row.DER)
			want := plain
			if spec == keyspec.ECP256K {
				want = vectorBytes(t, row.DERLowS)
			}
			hash := sha256.Sum256(msg)
			require.Equal(t, hash[:], digest)

			key, pub := rfc6979Keys(t, spec, row.D, vectorPoint(t, row.QX, row.QY))
			s := vectorSigner(t, key, keyspec.ECDSASHA256, signer.Deterministic())
			require.Equal(t, pub, s.Public(), row.Source)
			got, err := s.SignDigest(background, digest)
			require.NoError(t, err, row.Source)
			require.Equal(t, want, got, row.Source)
			got, err = signer.SignMessage(background, s, bytes.NewReader(msg))
			require.NoError(t, err, row.Source)
			require.Equal(t, want, got, row.Source)
			c.signed++

			v := vectorVerifier(t, pub, keyspec.ECDSASHA256)
			low := vectorVerifier(t, pub, keyspec.ECDSASHA256, signer.RequireLowS())
			c.judge(t, row.Source, true, v.VerifyDigest(digest, want))
			require.NoError(t, v.VerifyDigest(digest, plain), row.Source)
			mended, err := signer.NormalizeS(spec, plain)
			require.NoError(t, err, row.Source)
			require.NoError(t, low.VerifyDigest(digest, mended), row.Source)
			if spec == keyspec.ECP256K {
				require.Equal(t, want, mended, row.Source)
			}
			if !bytes.Equal(plain, mended) {
				requireCode(t, low.VerifyDigest(digest, plain), errors.InvalidSignature, "Signature", row.Source)
				c.highS++
			}
		}
		return c
	}
}

// rfc6979Keys returns the key pair of a row, the public one from its own numbers.
func rfc6979Keys(t *testing.T, spec keyspec.KeySpec, d string, point []byte) (crypto.PrivateKey, crypto.PublicKey) {
	t.Helper()
	scalar := make([]byte, 32)
	vectorNumber(t, d).FillBytes(scalar)
	if spec == keyspec.ECP256K {
		pub, err := secp256k1.ParsePubKey(point)
		require.NoError(t, err)
		return secp256k1.PrivKeyFromBytes(scalar), pub
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar)
	require.NoError(t, err)
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	require.NoError(t, err)
	return key, pub
}
