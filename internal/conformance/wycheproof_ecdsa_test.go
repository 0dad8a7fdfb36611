// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// runDER runs signatures in DER, of any hash.
func runDER(t *testing.T, f file) tally {
	return runECDSA(t, f, func(_ row, sig []byte) ([]byte, error) { return sig, nil })
}

// runP1363 runs signatures as r‖s, of any hash.
func runP1363(t *testing.T, f file) tally {
	return runECDSA(t, f, func(r row, sig []byte) ([]byte, error) {
		der, err := signer.ToDER(sig)
		if err != nil {
			requireRefusal(t, err, errors.InvalidParameter, "Signature", r)
			return nil, err
		}
		back, err := signer.ToRaw(der)
		require.NoError(t, err)
		require.Equal(t, sig, back, r.Comment)
		return der, nil
	})
}

// runECDSA judges each row by its digest, with and without RequireLowS. ECDSA
// takes the leftmost 256 bits of a longer digest (FIPS 186-5, section 6.4.2), so
// the rows of all hashes of 256 bits and more say what VerifyDigest must answer.
// A signature of another hash must also not pass for one of SHA-256.
func runECDSA(t *testing.T, f file, toDER func(row, []byte) ([]byte, error)) (c tally) {
	for _, g := range f.TestGroups {
		pub := ecPublicKey(t, g)
		either := verifier(t, pub, keyspec.ECDSASHA256)
		low := verifier(t, pub, keyspec.ECDSASHA256, signer.RequireLowS())
		for _, r := range g.Tests {
			valid, msg := r.isValid(t), unhex(t, r.Msg)
			sig, err := toDER(r, unhex(t, r.Sig))
			if err != nil {
				require.False(t, valid, r.Comment)
				c.invalid++
				continue
			}
			digest := digestOf(t, g.SHA, msg)[:32]
			c.judge(t, r, valid, either.VerifyDigest(digest, sig))
			c.judgeLowS(t, r, valid, low, digest, sig)

			err = signer.VerifyMessage(either, bytes.NewReader(msg), sig)
			if g.SHA == "SHA-256" {
				require.Equal(t, valid, err == nil, r.Comment)
			} else {
				requireRefusal(t, err, errors.InvalidSignature, "Signature", r)
			}
		}
	}
	return c
}

// judgeLowS asserts what RequireLowS makes of a row, and that NormalizeS mends
// what it refuses.
func (c *tally) judgeLowS(t *testing.T, r row, valid bool, low signer.Verifier, digest, sig []byte) {
	t.Helper()
	err := low.VerifyDigest(digest, sig)
	if valid && !hasHighS(t, low.KeySpec(), sig) {
		require.NoError(t, err, r.Comment)
		return
	}
	requireRefusal(t, err, errors.InvalidSignature, "Signature", r)
	if !valid {
		return
	}
	c.highS++
	mended, err := signer.NormalizeS(low.KeySpec(), sig)
	require.NoError(t, err, r.Comment)
	require.NoError(t, low.VerifyDigest(digest, mended), r.Comment)
}

// runBitcoin runs the rows under Bitcoin's rules, which RequireLowS stands for.
// The rows that are wrong by a high s alone verify without it.
func runBitcoin(t *testing.T, f file) (c tally) {
	for _, g := range f.TestGroups {
		pub := ecPublicKey(t, g)
		either := verifier(t, pub, keyspec.ECDSASHA256)
		low := verifier(t, pub, keyspec.ECDSASHA256, signer.RequireLowS())
		for _, r := range g.Tests {
			valid, sig := r.isValid(t), unhex(t, r.Sig)
			digest := digestOf(t, g.SHA, unhex(t, r.Msg))
			c.judge(t, r, valid, low.VerifyDigest(digest, sig))
			err := either.VerifyDigest(digest, sig)
			if !valid && strings.Contains(strings.ToLower(r.Comment), "signature malleability") {
				require.True(t, hasHighS(t, keyspec.ECP256K, sig), r.Comment)
				require.NoError(t, err, r.Comment)
				c.highS++
				continue
			}
			require.Equal(t, valid, err == nil, r.Comment)
		}
	}
	return c
}

// ecPublicKey makes the group's public key from its bare point, and asserts that
// keyspec reads the same from DER and PEM, and writes what it read.
func ecPublicKey(t *testing.T, g group) crypto.PublicKey {
	t.Helper()
	der := unhex(t, g.PublicKeyDer)
	parsed, err := keyspec.ParsePublicKey(der)
	require.NoError(t, err)
	again, err := keyspec.ParsePublicKey([]byte(g.PublicKeyPem))
	require.NoError(t, err)
	require.Equal(t, der, spkiOf(t, parsed))
	require.Equal(t, der, spkiOf(t, again))

	point := unhex(t, g.PublicKey.Uncompressed)
	if spec, err := keyspec.Of(parsed); err == nil && spec == keyspec.ECP256K {
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
