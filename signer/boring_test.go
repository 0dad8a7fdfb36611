// SPDX-License-Identifier: Apache-2.0

//go:build boringcrypto

package signer_test

import (
	"crypto/boring"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/signertest"
	"github.com/stretchr/testify/require"
)

// With BoringCrypto, deterministic RSA_PSS_SHA_256 is an error and never a panic, alone, in
// a batch and in the self-test, and all else works.
func TestBoringCrypto(t *testing.T) {
	require.True(t, boring.Enabled(), "this test wants GOEXPERIMENT=boringcrypto with cgo on linux, amd64 or arm64")
	digest := make([]byte, 32)
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		for _, deterministic := range []bool{false, true} {
			for _, portable := range []bool{false, true} {
				var opts []signer.Option
				if deterministic {
					opts = append(opts, signer.Deterministic())
				}
				if portable {
					opts = append(opts, signer.Portable())
				}
				s := newSigner(t, p, opts...)
				sig, err := s.SignDigest(background, digest)
				batch, batchErr := signer.SignDigests(background, s, [][]byte{digest, digest, digest})
				if deterministic && p.Algorithm == keyspec.RSAPSSSHA256 {
					requireCode(t, err, errors.Internal, "", "%s", p)
					require.ErrorContains(t, err, "BoringCrypto")
					requireCode(t, batchErr, errors.Internal, "", "%s", p)
					require.Nil(t, sig)
					require.Nil(t, batch)
					continue
				}
				require.NoError(t, err)
				require.NoError(t, batchErr)
				for _, sig := range append(batch, sig) {
					require.NoError(t, newVerifier(t, s).VerifyDigest(digest, sig))
				}
			}
		}
	})

	err := signer.SelfTest()
	require.ErrorIs(t, err, errors.Internal)
	for _, p := range keyspec.Pairs() {
		failed := "self-test of " + p.String() + ": "
		if p.Algorithm == keyspec.RSAPSSSHA256 {
			require.ErrorContains(t, err, failed)
		} else {
			require.NotContains(t, err.Error(), failed)
		}
	}

	for _, v := range signertest.Golden() {
		pub, err := keyspec.ParsePublicKey(v.PublicKey)
		require.NoError(t, err, v.Name)
		verifier, err := signer.NewVerifier(pub, v.Pair.Algorithm)
		require.NoError(t, err, v.Name)
		require.NoError(t, verifier.VerifyDigest(v.Digest, v.Signature), v.Name)
	}
}
