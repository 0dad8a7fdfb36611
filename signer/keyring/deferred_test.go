// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

func TestDeferredVersion(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		key := signertest.Key(p.KeySpec)
		public := signertest.New(p).Public()
		text, err := keyspec.MarshalPrivateKey(key)
		require.NoError(t, err)
		block, _ := pem.Decode(text)
		loads := 0
		v, err := keyring.DeferredVersion("k", "v", public, func() ([]byte, error) {
			loads++
			if loads == 1 {
				return nil, &errors.Error{Code: errors.Unavailable}
			}
			return block.Bytes, nil
		})
		require.NoError(t, err)
		f, err := v.Verifier(p.Algorithm)
		require.NoError(t, err)
		require.Equal(t, []any{"k", "v", p.KeySpec, keyring.Enabled}, []any{v.KeyID, v.VersionID, v.KeySpec, v.State})
		require.Zero(t, loads, "public key and verifier need no private key")

		_, err = v.Signer(p.Algorithm)
		require.ErrorIs(t, err, errors.Unavailable)
		for _, opts := range [][]signer.Option{nil, {signer.Deterministic()}} {
			s, err := v.Signer(p.Algorithm, opts...)
			require.NoError(t, err)
			digest := make([]byte, 32)
			sig, err := s.SignDigest(t.Context(), digest)
			require.NoError(t, err)
			require.NoError(t, f.VerifyDigest(digest, sig))
		}
		require.Equal(t, 2, loads, "an error is not kept, the key is")
	}
}

func TestDeferredVersion_invalid(t *testing.T) {
	public := signertest.New(keyspec.Pairs()[2]).Public()
	load := func() ([]byte, error) { return nil, nil }
	for what, err := range map[string]error{
		"KeyId":        second(keyring.DeferredVersion("", "v", public, load)),
		"KeyVersionId": second(keyring.DeferredVersion("k", "", public, load)),
		"Key":          second(keyring.DeferredVersion("k", "v", nil, load)),
		"Key ":         second(keyring.DeferredVersion("k", "v", "text", load)),
		"Key  ":        second(keyring.DeferredVersion("k", "v", public, nil)),
	} {
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, errors.InvalidParameter, e.Code)
		require.Contains(t, what, e.Param)
	}
	other, err := keyspec.MarshalPrivateKey(signertest.Key(keyspec.ECSM2))
	require.NoError(t, err)
	for _, data := range [][]byte{nil, {1, 2, 3}, other} {
		v, err := keyring.DeferredVersion("k", "v", public, func() ([]byte, error) { return data, nil })
		require.NoError(t, err)
		_, err = v.Signer(v.KeySpec.Algorithms()[0])
		require.ErrorIs(t, err, errors.Internal)
		require.NotErrorIs(t, err, errors.InvalidParameter)
		require.Contains(t, err.Error(), `version "v" of key "k"`)
	}
}

func second(_ *keyring.Version, err error) error { return err }

func TestCheckIDs(t *testing.T) {
	require.NoError(t, keyring.CheckID("KeyVersionId", keyring.NewID()))
	require.NotEqual(t, keyring.NewID(), keyring.NewID())
	for what, err := range map[string]error{
		"KeyVersionId": keyring.CheckID("KeyVersionId", "a b"),
		"Alias":        keyring.CheckNewAlias("alias/acs/x"),
		"Description":  keyring.CheckDescription("\x00"),
		"Page":         keyring.Page{Offset: -1}.Check(),
	} {
		var e *errors.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, [2]string{string(errors.InvalidParameter), what}, [2]string{string(e.Code), e.Param})
	}
}
