// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

func TestCryptoSigner(t *testing.T) {
	k := keyring.New()
	for _, spec := range keyspec.All() {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		v, err := k.Import(t.Context(), key)
		require.NoError(t, err)
		s, err := v.CryptoSigner()
		require.NoError(t, err)
		require.Equal(t, v.Public(), s.Public())
		for _, alg := range spec.Algorithms() {
			opts := crypto.SignerOpts(crypto.SHA256)
			switch alg {
			case keyspec.RSAPSSSHA256:
				opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
			case keyspec.SM2DSA:
				opts = crypto.Hash(0)
			}
			digest := sha256.Sum256([]byte("message"))
			sig, err := s.Sign(nil, digest[:], opts)
			require.NoError(t, err)
			f, err := v.Verifier(alg)
			require.NoError(t, err)
			require.NoError(t, f.VerifyDigest(digest[:], sig))
		}
		require.NoError(t, k.SetState(t.Context(), v.KeyID, keyring.Disabled))
		v, err = k.Lookup(t.Context(), v.KeyID, "")
		require.NoError(t, err)
		s, err = v.CryptoSigner()
		requireError(t, err, errors.KeyDisabled, "KeyId")
		require.Nil(t, s)
	}
	for _, v := range []*keyring.Version{nil, {}} {
		_, err := v.CryptoSigner()
		requireError(t, err, errors.InvalidParameter, "Version")
	}
}

type traceKey struct{}

// A key behind a call keeps its context and its codes in a keyring.
func TestKeysBehindACall(t *testing.T) {
	pair := keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	key, err := testkeys.Key(pair.KeySpec)
	require.NoError(t, err)
	inner, err := signer.New(key, pair.Algorithm)
	require.NoError(t, err)
	var failure error
	var trace any
	far, err := signer.FromFunc(inner.Public(), pair.Algorithm, func(ctx context.Context, digest []byte) ([]byte, error) {
		if trace = ctx.Value(traceKey{}); failure != nil {
			return nil, failure
		}
		return inner.SignDigest(ctx, digest)
	})
	require.NoError(t, err)

	imported, err := keyring.New().ImportSigner(t.Context(), far)
	require.NoError(t, err)
	made, err := keyring.NewVersion("key", "version", far)
	require.NoError(t, err)
	for _, v := range []*keyring.Version{imported, made} {
		failure, trace = nil, nil
		s, err := v.Signer(pair.Algorithm)
		require.NoError(t, err)
		_, err = s.SignDigest(context.WithValue(t.Context(), traceKey{}, "trace"), make([]byte, 32))
		require.NoError(t, err)
		require.Equal(t, "trace", trace)
		for _, code := range []errors.Code{errors.KeyDisabled, errors.Throttled, errors.AccessDenied} {
			failure = &errors.Error{Code: code, Reason: "said the cloud"}
			_, err = s.SignDigest(t.Context(), make([]byte, 32))
			require.Equal(t, failure, err)
		}
		_, err = v.Signer(keyspec.RSAPKCS1SHA256)
		requireError(t, err, errors.InvalidParameter, "Algorithm")
		_, err = v.CryptoSigner()
		requireError(t, err, errors.InvalidParameter, "Algorithm")
	}
}
