// SPDX-License-Identifier: Apache-2.0

package keyring_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// hsm is a key that only shows what a crypto.Signer shows.
type hsm struct {
	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (h hsm) Public() crypto.PublicKey { return h.public }
func (h hsm) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.sign(digest, opts)
}

func newHSM(t *testing.T, p keyspec.Pair) hsm {
	key, err := testkeys.Key(p.KeySpec)
	require.NoError(t, err)
	inside := make(map[keyspec.Algorithm]signer.Signer)
	for _, alg := range p.KeySpec.Algorithms() {
		inside[alg], err = signer.New(key, alg)
		require.NoError(t, err)
	}
	s := inside[p.Algorithm]
	return hsm{s.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		return s.Sign(nil, digest, opts)
	}}
}

func TestKeysHeldElsewhere(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		t.Run(p.String(), func(t *testing.T) {
			k := keyring.New()
			h := newHSM(t, p)
			v, err := k.ImportSigner(t.Context(), h)
			require.NoError(t, err)
			require.Equal(t, p.KeySpec, v.KeySpec)
			require.Equal(t, h.public, v.Public())
			require.NoError(t, k.SetAlias(t.Context(), "alias/hsm", v.KeyID))
			v, err = k.Lookup(t.Context(), "alias/hsm", "")
			require.NoError(t, err)
			for _, opts := range [][]signer.Option{nil, {signer.VerifyAfterSign()}} {
				s, err := v.Signer(p.Algorithm, opts...)
				require.NoError(t, err)
				sig, err := s.SignDigest(t.Context(), make([]byte, 32))
				require.NoError(t, err)
				f, err := v.Verifier(p.Algorithm)
				require.NoError(t, err)
				require.NoError(t, f.VerifyDigest(make([]byte, 32), sig))
			}
			_, err = v.Signer(p.Algorithm, signer.Deterministic())
			requireError(t, err, errors.InvalidParameter, "Deterministic")
			_, err = k.Rotate(t.Context(), "alias/hsm")
			requireError(t, err, errors.InvalidParameter, "KeyId")
			require.NoError(t, k.SetState(t.Context(), "alias/hsm", keyring.Disabled))
			v, err = k.Lookup(t.Context(), "alias/hsm", "")
			require.NoError(t, err)
			_, err = v.Signer(p.Algorithm)
			requireError(t, err, errors.KeyDisabled, "KeyId")
			list, err := k.List(t.Context())
			require.NoError(t, err)
			require.True(t, list[0].HeldElsewhere)
		})
	}
}

// A moody owner shows its public key only once. A version is the key that it was
// imported as, whatever its owner says later.
type moody struct {
	hsm
	asked *int
}

func (m moody) Public() crypto.PublicKey {
	if *m.asked++; *m.asked > 1 {
		return nil
	}
	return m.hsm.Public()
}

func TestKeysHeldElsewhere_publicIsAskedOnce(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		asked := 0
		owner := moody{newHSM(t, p), &asked}
		v, err := keyring.New().ImportSigner(t.Context(), owner)
		require.NoError(t, err)
		for _, opts := range [][]signer.Option{nil, nil, {signer.VerifyAfterSign()}} {
			s, err := v.Signer(p.Algorithm, opts...)
			require.NoError(t, err)
			require.Equal(t, owner.hsm.public, s.Public())
			_, err = s.SignDigest(t.Context(), make([]byte, 32))
			require.NoError(t, err)
		}
		require.Equal(t, 1, asked)
	}
}

func TestImportSigner_invalid(t *testing.T) {
	k := keyring.New()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	for name, key := range map[string]crypto.Signer{
		"nil":           nil,
		"typed nil":     (*ecdsa.PrivateKey)(nil),
		"nil pointer":   (*hsm)(nil),
		"empty":         &ecdsa.PrivateKey{},
		"no public key": hsm{},
		"P-384":         p384,
		"text":          hsm{public: "key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.ImportSigner(t.Context(), key)
			requireError(t, err, errors.InvalidParameter, "Key")
		})
	}
	list, err := k.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestKeysHeldElsewhereAreNotInTheFolder(t *testing.T) {
	dir := t.TempDir()
	k := keyring.Cheap(t, dir)
	own := create(t, k, "alias/shared")
	held, err := k.ImportSigner(t.Context(), newHSM(t, keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}))
	require.NoError(t, err)
	require.NoError(t, k.SetAlias(t.Context(), "alias/held", held.KeyID))
	require.NoError(t, k.SetState(t.Context(), held.KeyID, keyring.Disabled))
	require.NoError(t, k.SetAlias(t.Context(), "alias/shared", held.KeyID), "taken over")
	require.NoError(t, k.Close())

	k = keyring.Cheap(t, dir)
	list, err := k.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, own.KeyID, list[0].KeyID)
	for _, alias := range []string{"alias/held", "alias/shared"} {
		_, err = k.Lookup(t.Context(), alias, "")
		requireError(t, err, errors.AliasNotFound, "KeyId")
	}
}
