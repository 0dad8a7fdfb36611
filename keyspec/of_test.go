// SPDX-License-Identifier: Apache-2.0

package keyspec_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
)

// held is a key that is held elsewhere.
type held struct{ public crypto.PublicKey }

func (h *held) Public() crypto.PublicKey { return h.public }
func (h *held) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("not asked to sign")
}

type heldValue struct{ held }

func (h heldValue) Public() crypto.PublicKey { return h.public }
func (h heldValue) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("not asked to sign")
}

type heldFunc func() crypto.PublicKey

func (h heldFunc) Public() crypto.PublicKey { return h() }
func (h heldFunc) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("not asked to sign")
}

func TestOf(t *testing.T) {
	for _, k := range keyspec.All() {
		key := testKey(t, k)
		for _, form := range []any{key, publicOf(key), &held{publicOf(key)}, heldValue{held{publicOf(key)}},
			heldFunc(func() crypto.PublicKey { return publicOf(key) })} {
			got, err := keyspec.Of(form)
			require.NoError(t, err, "%T", form)
			require.Equal(t, k, got)
		}
	}
}

func TestOfRefuses(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	var noKey ed25519.PrivateKey
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{nil, "the key is nil"},
		{(*held)(nil), "the key is nil"},
		{heldFunc(nil), "the key is nil"},
		{(*rsa.PrivateKey)(nil), "the key is nil"},
		{(*sm2.PrivateKey)(nil), "the key is nil"},
		{(*ecdsa.PublicKey)(nil), "the key is nil"},
		{(*secp256k1.PublicKey)(nil), "the key is nil"},
		{&held{}, "the key is nil"},
		{struct{ crypto.Signer }{}, "its Public method panics"},
		{&held{(*rsa.PublicKey)(nil)}, "the key is nil"},
		{&held{edKey.Public()}, "no key spec has public keys of type ed25519.PublicKey"},
		{&held{&p384.PublicKey}, "the key is on curve P-384"},
		{&held{&rsa.PublicKey{}}, "the RSA key has no modulus"},
		{edKey, "no key spec has private keys of type ed25519.PrivateKey"},
		{noKey, "the key is nil"},
		{ed25519.PrivateKey{}, "no key spec has private keys of type ed25519.PrivateKey"},
		{&noKey, "no key spec has private keys of type *ed25519.PrivateKey"},
		{edKey.Public(), "no key spec has public keys of type ed25519.PublicKey"},
		{p384, "the key is on curve P-384"},
		{&p384.PublicKey, "the key is on curve P-384"},
		{small, "the RSA modulus has 1024 bits, not 2048 or 3072"},
		{&small.PublicKey, "the RSA modulus has 1024 bits, not 2048 or 3072"},
		{&rsa.PrivateKey{}, "the RSA key has no modulus"},
		{&ecdsa.PrivateKey{}, "the key has no curve"},
		{&sm2.PrivateKey{}, "an SM2 key must be on sm2.P256()"},
		{&secp256k1.PrivateKey{}, "the scalar is outside [1, n-1]"},
		{&secp256k1.PublicKey{}, "the public key is not a point of secp256k1"},
		{small.PublicKey, "no key spec has public keys of type rsa.PublicKey"},
		{"RSA_2048", "no key spec has public keys of type string"},
	} {
		k, err := keyspec.Of(tt.key)
		refused(t, err, "Key", tt.reason)
		require.Empty(t, k)
	}
}

func TestMarshalRefuses(t *testing.T) {
	key := testKey(t, keyspec.RSA2048).(*rsa.PrivateKey)
	wrong := *testKey(t, keyspec.ECP256).(*ecdsa.PrivateKey)
	wrong.X = wrong.Y
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{nil, "the key is nil"},
		{(*rsa.PrivateKey)(nil), "the key is nil"},
		{(*secp256k1.PrivateKey)(nil), "the key is nil"},
		{&rsa.PrivateKey{}, "the RSA key has no modulus"},
		{&key.PublicKey, "no key spec has private keys of type *rsa.PublicKey"},
		{&held{&key.PublicKey}, "no key spec has private keys of type *keyspec_test.held; signer.FromCrypto takes a crypto.Signer of a key held elsewhere"},
		{&wrong, "the public key is not a point of P-256"},
	} {
		file, err := keyspec.MarshalPrivateKey(tt.key)
		refused(t, err, "Key", tt.reason)
		require.Nil(t, file)
		file, err = keyspec.MarshalEncryptedPrivateKey(tt.key, password)
		refused(t, err, "Key", tt.reason)
		require.Nil(t, file)
	}
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{nil, "the key is nil"},
		{(*rsa.PublicKey)(nil), "the key is nil"},
		{(*secp256k1.PublicKey)(nil), "the key is nil"},
		{&rsa.PublicKey{}, "the RSA key has no modulus"},
		{&ecdsa.PublicKey{}, "the key has no curve"},
		{key, "no key spec has public keys of type *rsa.PrivateKey; it is a private key: take its public one"},
		{&wrong.PublicKey, "the public key is not a point of P-256"},
	} {
		file, err := keyspec.MarshalPublicKey(tt.key)
		refused(t, err, "Key", tt.reason)
		require.Nil(t, file)
	}
}

// One key and one file, used by many at once. The race detector is the judge.
func TestConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for _, k := range keyspec.All() {
		key := testKey(t, k)
		file := read(t, string(k)+"_TESTING.aes256.pem")
		for range 3 {
			wg.Go(func() {
				_, err := keyspec.Of(key)
				if err != nil {
					t.Error(err)
				}
				if _, err := keyspec.MarshalPrivateKey(key); err != nil {
					t.Error(err)
				}
				if _, err := keyspec.MarshalPublicKey(publicOf(key)); err != nil {
					t.Error(err)
				}
				if _, err := keyspec.ParsePrivateKey(file, password); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}
