// SPDX-License-Identifier: Apache-2.0

package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
)

// refused requires the one error of this package, with this reason and without
// the result that would come with no error.
func refused(t *testing.T, got any, err error, reason string) {
	t.Helper()
	var e *errors.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, errors.InvalidParameter, e.Code)
	require.Equal(t, "Key", e.Param)
	require.Equal(t, reason, e.Reason)
	require.Nil(t, got)
}

func s256() elliptic.Curve {
	return new(secp256k1.PublicKey).ToECDSA().Curve
}

func generate(t testing.TB) (p256 *ecdsa.PrivateKey, p256k *secp256k1.PrivateKey, onSM2 *sm2.PrivateKey) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p256k, err = secp256k1.GeneratePrivateKey()
	require.NoError(t, err)
	onSM2, err = sm2.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return p256, p256k, onSM2
}

func TestPrivateReturnsCanonicalTypes(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	for _, tt := range []struct {
		name string
		in   any
		kind keys.Kind
		want []byte
	}{
		{"P-256", p256, keys.P256, p256.D.FillBytes(make([]byte, 32))},
		{"secp256k1", p256k, keys.P256K, p256k.Serialize()},
		{"secp256k1 as ecdsa", p256k.ToECDSA(), keys.P256K, p256k.Serialize()},
		{"SM2", onSM2, keys.SM2, onSM2.D.FillBytes(make([]byte, 32))},
		{"SM2 as ecdsa", &onSM2.PrivateKey, keys.SM2, onSM2.D.FillBytes(make([]byte, 32))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := keys.Private(tt.in)
			require.NoError(t, err)
			require.IsType(t, map[keys.Kind]any{keys.P256: p256, keys.P256K: p256k, keys.SM2: onSM2}[tt.kind], got)
			require.Equal(t, tt.kind, keys.KindOf(got))
			require.Equal(t, tt.want, keys.Scalar(got))
		})
	}
}

func TestPublicReturnsCanonicalTypes(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	for _, tt := range []struct {
		name string
		in   any
		kind keys.Kind
		want any
	}{
		{"P-256", &p256.PublicKey, keys.P256, &p256.PublicKey},
		{"secp256k1", p256k.PubKey(), keys.P256K, p256k.PubKey()},
		{"secp256k1 as ecdsa", p256k.PubKey().ToECDSA(), keys.P256K, p256k.PubKey()},
		{"SM2", &onSM2.PublicKey, keys.SM2, &onSM2.PublicKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := keys.Public(tt.in)
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.kind, keys.KindOf(got))
			point := keys.Point(got)
			require.Len(t, point, 65)
			again, err := keys.NewPublic(tt.kind, point)
			require.NoError(t, err)
			require.Equal(t, got, again)
		})
	}
}

// The caller may do anything with its key afterwards.
func TestCopiesAreDeep(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	forRSA := rsa2048(t)
	for _, in := range []any{p256, p256k, onSM2, forRSA} {
		private, err := keys.Private(in)
		require.NoError(t, err)
		public, err := keys.Public(keys.PublicOf(private))
		require.NoError(t, err)
		wantPrivate, err := keys.Private(private)
		require.NoError(t, err)
		wantPublic, err := keys.Public(public)
		require.NoError(t, err)

		switch k := in.(type) {
		case *ecdsa.PrivateKey:
			wipe(k.D, k.X, k.Y)
		case *sm2.PrivateKey:
			wipe(k.D, k.X, k.Y)
		case *secp256k1.PrivateKey:
			k.Zero()
		case *rsa.PrivateKey:
			wipe(k.N, k.D, k.Primes[0], k.Primes[1], k.Precomputed.Dp, k.Precomputed.Dq, k.Precomputed.Qinv)
		}
		switch k := keys.PublicOf(private).(type) {
		case *ecdsa.PublicKey:
			require.NotSame(t, k.X, public.(*ecdsa.PublicKey).X)
		case *rsa.PublicKey:
			require.NotSame(t, k.N, public.(*rsa.PublicKey).N)
		}
		require.Equal(t, wantPrivate, private)
		require.Equal(t, wantPublic, public)
		_, err = keys.Private(in)
		require.Error(t, err, "the wiped key")
	}
}

// wipe overwrites the words of the numbers, not only the numbers.
func wipe(numbers ...*big.Int) {
	for _, n := range numbers {
		clear(n.Bits())
		n.SetInt64(0)
	}
}

// A key that others use at the same time is only read. The race detector is the
// judge.
func TestSharedKeyIsOnlyRead(t *testing.T) {
	p256, p256k, onSM2 := generate(t)
	fresh := rsa2048(t)
	fresh.Precomputed = rsa.PrecomputedValues{}
	var wg sync.WaitGroup
	for _, key := range []crypto.PrivateKey{p256, p256k, onSM2, fresh} {
		for range 3 {
			wg.Go(func() {
				got, err := keys.Private(key)
				if err != nil || got == nil {
					t.Error(err)
				}
				if _, err := keys.Public(keys.PublicOf(key)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	require.Nil(t, fresh.Precomputed.Dp)
}

func TestNoKey(t *testing.T) {
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{nil, "the key is nil"},
		{(*rsa.PrivateKey)(nil), "the key is nil"},
		{(*ecdsa.PrivateKey)(nil), "the key is nil"},
		{(*sm2.PrivateKey)(nil), "the key is nil"},
		{(*secp256k1.PrivateKey)(nil), "the key is nil"},
		{(*rsa.PublicKey)(nil), "the key is nil"},
		{(*ecdsa.PublicKey)(nil), "the key is nil"},
		{(*secp256k1.PublicKey)(nil), "the key is nil"},
		{(*int)(nil), "the key is nil"},
		{ed25519.PrivateKey(nil), "the key is nil"},
	} {
		got, err := keys.Private(tt.key)
		refused(t, got, err, tt.reason)
		gotPublic, err := keys.Public(tt.key)
		refused(t, gotPublic, err, tt.reason)
	}
	for _, key := range []any{
		7, "key", rsa.PrivateKey{}, ed25519.PrivateKey{}, ed25519.PublicKey{}, struct{}{},
	} {
		got, err := keys.Private(key)
		require.ErrorContains(t, err, "no ")
		require.ErrorIs(t, err, errors.InvalidParameter)
		require.Nil(t, got)
	}
	got, err := keys.Private(rsa2048(t).Public())
	refused(t, got, err, "no key spec has private keys of type *rsa.PublicKey")
	gotPublic, err := keys.Public(rsa2048(t))
	refused(t, gotPublic, err, "no key spec has public keys of type *rsa.PrivateKey; it is a private key: take its public one")
	gotPublic, err = keys.Public(ed25519.PublicKey{})
	refused(t, gotPublic, err, "no key spec has public keys of type ed25519.PublicKey")
	require.Nil(t, keys.PublicOf(nil))
	require.Nil(t, keys.PublicOf(7))
}

func TestZeroValues(t *testing.T) {
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{&rsa.PrivateKey{}, "the RSA key has no modulus"},
		{&ecdsa.PrivateKey{}, "the key has no curve"},
		{&sm2.PrivateKey{}, "an SM2 key must be on sm2.P256()"},
		{&secp256k1.PrivateKey{}, "the scalar is outside [1, n-1]"},
	} {
		got, err := keys.Private(tt.key)
		refused(t, got, err, tt.reason)
	}
	for _, tt := range []struct {
		key    any
		reason string
	}{
		{&rsa.PublicKey{}, "the RSA key has no modulus"},
		{&ecdsa.PublicKey{}, "the key has no curve"},
		{&secp256k1.PublicKey{}, "the public key is not a point of secp256k1"},
	} {
		got, err := keys.Public(tt.key)
		refused(t, got, err, tt.reason)
	}
}

// A key that was checked is returned as it is, and does not print.
func TestChecked(t *testing.T) {
	p256, _, _ := generate(t)
	key, err := keys.Private(p256)
	require.NoError(t, err)
	again, err := keys.Private(keys.Checked{Key: key})
	require.NoError(t, err)
	require.Same(t, key, again)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		require.Equal(t, "keys.Checked", fmt.Sprintf(verb, keys.Checked{Key: key}))
	}
	_, err = keys.Private(keys.Checked{})
	require.ErrorIs(t, err, errors.InvalidParameter)
}
