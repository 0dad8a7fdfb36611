// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"io"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/keys"
)

// held is a key held elsewhere, as a function.
type held func() crypto.PublicKey

func (h held) Public() crypto.PublicKey { return h() }
func (h held) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	panic("asked to sign")
}

// wrapper is a struct around a Signer, which may be nil.
type wrapper struct{ crypto.Signer }

func TestSigner(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	for _, tt := range []struct {
		key     crypto.Signer
		public  crypto.PublicKey
		kind    keys.Kind
		signsAs any
	}{
		{rsa2048(t), &rsa2048(t).PublicKey, keys.RSA2048, &rsa.PrivateKey{}},
		{p256, &p256.PublicKey, keys.P256, &ecdsa.PrivateKey{}},
		{onSM2, &onSM2.PublicKey, keys.SM2, &sm2.PrivateKey{}},
		{&onSM2.PrivateKey, &onSM2.PublicKey, keys.SM2, &sm2.PrivateKey{}}, // not with ECDSA
		{p256k.ToECDSA(), p256k.PubKey(), keys.P256K, &ecdsa.PrivateKey{}},
		{wrapper{onSM2}, &onSM2.PublicKey, keys.SM2, wrapper{}},
		{held(func() crypto.PublicKey { return p256k.PubKey().ToECDSA() }), p256k.PubKey(), keys.P256K, held(nil)},
	} {
		s, pub, err := keys.Signer(tt.key)
		require.NoError(t, err, "%T", tt.key)
		require.Equal(t, tt.public, pub)
		require.Equal(t, tt.kind, keys.KindOf(pub))
		require.IsType(t, tt.signsAs, s)
		only, err := keys.PublicOfSigner(tt.key)
		require.NoError(t, err)
		require.Equal(t, pub, only)
	}
}

func TestSigner_refused(t *testing.T) {
	p256, _, _ := generate(t)
	unsound := *p256
	unsound.X = unsound.Y
	const panics = "its Public method panics"
	for _, tt := range []struct {
		key    crypto.Signer
		reason string
	}{
		{nil, "the key is nil"},
		{(*rsa.PrivateKey)(nil), "the key is nil"},
		{(*sm2.PrivateKey)(nil), "the key is nil"},
		{(*wrapper)(nil), "the key is nil"},
		{held(nil), "the key is nil"},
		{ed25519.PrivateKey(nil), "the key is nil"},
		{(*ed25519.PrivateKey)(nil), "the key is nil"},
		{ed25519.PrivateKey{}, "no key spec has private keys of type ed25519.PrivateKey"},
		{&ed25519.PrivateKey{}, "no key spec has private keys of type *ed25519.PrivateKey"},
		{wrapper{}, panics},
		{&wrapper{}, panics},
		{wrapper{wrapper{}}, panics},
		{wrapper{(*ecdsa.PrivateKey)(nil)}, panics},
		{wrapper{ed25519.PrivateKey{}}, panics},
		{held(func() crypto.PublicKey { panic(nil) }), panics},
		{held(func() crypto.PublicKey { return nil }), "the key is nil"},
		{held(func() crypto.PublicKey { return (*rsa.PublicKey)(nil) }), "the key is nil"},
		{held(func() crypto.PublicKey {
			return p256
		}), "no key spec has public keys of type *ecdsa.PrivateKey; it is a private key: take its public one"},
		{held(func() crypto.PublicKey { return &ecdsa.PublicKey{Curve: elliptic.P256()} }),
			"the public key has no coordinates"},
		{&rsa.PrivateKey{}, "the RSA key has no modulus"},
		{&ecdsa.PrivateKey{}, "the key has no curve"},
		{&sm2.PrivateKey{}, "an SM2 key must be on sm2.P256()"},
		{&unsound, "the public key is not a point of P-256"},
	} {
		s, pub, err := keys.Signer(tt.key)
		refused(t, pub, err, tt.reason)
		require.Nil(t, s)
		pub, err = keys.PublicOfSigner(tt.key)
		refused(t, pub, err, tt.reason)
	}
}

// What this package returns shares nothing with what it returned before.
func TestClone(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	for _, key := range []any{rsa2048(t), p256, p256k, onSM2} {
		private, err := keys.Private(key)
		require.NoError(t, err)
		public, want := keys.PublicOf(private), keys.PublicOf(private)
		clone := keys.Clone(public)
		require.Equal(t, want, clone)
		switch k := public.(type) {
		case *rsa.PublicKey:
			wipe(k.N)
		case *ecdsa.PublicKey:
			wipe(k.X, k.Y)
		}
		require.Equal(t, want, clone)
		require.Equal(t, want, keys.PublicOf(private))
	}
	require.Nil(t, keys.Clone(nil))
	require.Nil(t, keys.Clone(7))
	require.Empty(t, keys.KindOf(nil))
	require.Empty(t, keys.KindOf(7))
}
