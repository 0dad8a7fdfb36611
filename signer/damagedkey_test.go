// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"crypto/ecdsa"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// A bit of a key that flips in memory, at whatever place the key is kept: the wrong signature
// is withheld. With the right one of the same digest and nonce, it would give the key away.
func TestDamagedKey(t *testing.T) {
	ctx, digest := context.Background(), make([]byte, 32)
	unverified := []Option{Deterministic(), Portable(), NoVerifyAfterSign()}
	for name, c := range map[string]struct {
		spec   keyspec.KeySpec
		opts   []Option
		memory func(t *testing.T, s *signer, key any) []byte
	}{
		"EC_P256, hedged":           {keyspec.ECP256, nil, copyOfP256("d", false)},
		"EC_P256, hedged, the copy": {keyspec.ECP256, nil, copyOfP256("second", false)},
		"EC_P256, deterministic":    {keyspec.ECP256, []Option{Deterministic()}, copyOfP256("d", true)},
		"EC_P256, deterministic, the copy": {keyspec.ECP256, []Option{Deterministic()},
			copyOfP256("second", true)},
		"EC_P256, hedged, portable":        {keyspec.ECP256, []Option{Portable()}, scalarOfP256},
		"EC_SM2, hedged, portable":         {keyspec.ECSM2, []Option{Portable()}, scalarOfSM2},
		"EC_P256K, hedged, portable":       {keyspec.ECP256K, []Option{Portable()}, scalarOfDecred},
		"EC_P256, deterministic, portable": {keyspec.ECP256, []Option{Deterministic(), Portable()}, scalarOfP256},
		"EC_SM2, hedged":                   {keyspec.ECSM2, nil, copyOfSM2("d", false)},
		"EC_SM2, hedged, the copy":         {keyspec.ECSM2, nil, copyOfSM2("second", false)},
		"EC_SM2, hedged, the inverse":      {keyspec.ECSM2, nil, copyOfSM2("inverse", false)},
		"EC_SM2, deterministic":            {keyspec.ECSM2, []Option{Deterministic()}, copyOfSM2("d", true)},
		"EC_SM2, deterministic, the inverse": {keyspec.ECSM2, []Option{Deterministic()},
			copyOfSM2("inverse", true)},
		"EC_SM2, deterministic, portable":              {keyspec.ECSM2, []Option{Deterministic(), Portable()}, scalarOfSM2},
		"EC_SM2, deterministic, portable, the inverse": {keyspec.ECSM2, []Option{Deterministic(), Portable()}, inverseOfSM2},
		"EC_P256K, hedged":                             {keyspec.ECP256K, nil, copyOfP256K("d", false)},
		"EC_P256K, hedged, the copy":                   {keyspec.ECP256K, nil, copyOfP256K("second", false)},
		"EC_P256K, deterministic":                      {keyspec.ECP256K, []Option{Deterministic()}, copyOfP256K("d", true)},
		"EC_P256K, deterministic, the copy": {keyspec.ECP256K, []Option{Deterministic()},
			copyOfP256K("second", true)},
		"EC_P256K, deterministic, portable": {keyspec.ECP256K, []Option{Deterministic(), Portable()},
			scalarOfDecred},
		"EC_P256, deterministic, portable, unverified":  {keyspec.ECP256, unverified, scalarOfP256},
		"EC_SM2, deterministic, portable, unverified":   {keyspec.ECSM2, unverified, scalarOfSM2},
		"EC_P256K, deterministic, portable, unverified": {keyspec.ECP256K, unverified, scalarOfDecred},
	} {
		t.Run(name, func(t *testing.T) {
			published, err := testkeys.Key(c.spec)
			require.NoError(t, err)
			key, err := keys.Private(published) // a copy
			require.NoError(t, err)
			opened, err := newInMemory(key, c.spec.Algorithms()[0], c.opts)
			require.NoError(t, err)
			s := opened.(*signer)
			right, err := s.SignDigest(ctx, digest)
			require.NoError(t, err)

			memory := c.memory(t, s, key)
			require.Len(t, memory, 32)
			step := 1
			if !testrun.Long() {
				step = 5 // to every place of a byte and of a limb
			}
			for bit := 0; bit < 256; bit += step {
				memory[bit/8] ^= 1 << (bit % 8)
				sig, err := s.SignDigest(ctx, digest)
				require.ErrorIs(t, err, errors.Internal, "bit %d", bit)
				require.Nil(t, sig)
				signatures, err := SignDigests(ctx, s, [][]byte{digest, digest, digest})
				require.ErrorIs(t, err, errors.Internal, "bit %d", bit)
				require.Nil(t, signatures)
				memory[bit/8] ^= 1 << (bit % 8)
			}

			again, err := s.SignDigest(ctx, digest)
			require.NoError(t, err)
			require.Equal(t, strings.Contains(name, "deterministic"), string(right) == string(again))
		})
	}
}

// A deterministic signature of a curve is verified with the public key before it is returned,
// whatever code signs, one at a time and in batches, unless NoVerifyAfterSign is given.
func TestDeterministicIsVerified(t *testing.T) {
	ctx, digest, other := context.Background(), make([]byte, 32), make([]byte, 32)
	other[31] = 1
	for _, spec := range []keyspec.KeySpec{keyspec.ECP256, keyspec.ECP256K, keyspec.ECSM2} {
		key, err := testkeys.Key(spec)
		require.NoError(t, err)
		for _, opts := range [][]Option{{Deterministic()}, {Deterministic(), Portable()}} {
			opened, err := New(key, spec.Algorithms()[0], opts...)
			require.NoError(t, err)
			s := opened.(*signer)
			right, err := s.SignDigest(ctx, digest)
			require.NoError(t, err)
			wrong, err := s.SignDigest(ctx, other)
			require.NoError(t, err)

			s.sign.one = func([]byte) ([]byte, error) { return wrong, nil }
			sig, err := s.SignDigest(ctx, digest)
			require.ErrorIs(t, err, errors.Internal)
			require.Nil(t, sig)
			for i := range 16 {
				s.sign.batch = func(digests, signatures [][]byte) error {
					for i := range signatures {
						signatures[i] = right
					}
					signatures[i%len(signatures)] = wrong
					return nil
				}
				signatures, err := SignDigests(ctx, s, slices.Repeat([][]byte{digest}, 16))
				require.ErrorIs(t, err, errors.Internal)
				require.Nil(t, signatures)
			}

			opened, err = New(key, spec.Algorithms()[0], append(opts, NoVerifyAfterSign())...)
			require.NoError(t, err)
			s = opened.(*signer)
			s.sign.one = func([]byte) ([]byte, error) { return wrong, nil }
			sig, err = s.SignDigest(ctx, digest)
			require.NoError(t, err)
			require.Equal(t, wrong, sig)
		}
	}
}

func bytesAt(p unsafe.Pointer) []byte { return unsafe.Slice((*byte)(p), 32) }

func scalarOfP256(_ *testing.T, _ *signer, key any) []byte {
	return bytesAt(unsafe.Pointer(&key.(*ecdsa.PrivateKey).D.Bits()[0]))
}

func scalarOfSM2(_ *testing.T, _ *signer, key any) []byte {
	return bytesAt(unsafe.Pointer(&key.(*sm2.PrivateKey).D.Bits()[0]))
}

func scalarOfDecred(_ *testing.T, _ *signer, key any) []byte {
	return bytesAt(unsafe.Pointer(&key.(*decred.PrivateKey).Key))
}

// gmsmKeys is where gmsm keeps what it derived from a key, by the key.
//
//go:linkname gmsmKeys github.com/emmansun/gmsm/sm2.privateKeyCache
var gmsmKeys struct{ m sync.Map }

// inverseOfSM2 is 1 / (1 + d), as gmsm keeps it.
func inverseOfSM2(t *testing.T, _ *signer, key any) []byte {
	var memory []byte
	gmsmKeys.m.Range(func(pointer, value any) bool {
		if pointer.(interface{ Value() *sm2.PrivateKey }).Value() == key {
			inverse := reflect.ValueOf(value).Elem().FieldByName("inverseOfKeyPlus1")
			memory = bytesAt(inverse.Elem().FieldByName("limbs").UnsafePointer())
		}
		return true
	})
	require.NotNil(t, memory)
	return memory
}

// copyOfP256K is one of the two copies of d in a key of our own arithmetic. The signer's is
// out of reach, in its functions, and so these are made again.
func copyOfP256K(field string, deterministic bool) func(*testing.T, *signer, any) []byte {
	return func(_ *testing.T, s *signer, key any) []byte {
		own := ownP256K(key)
		s.sign = signOwnP256K(own, deterministic)
		return bytesAt(unsafe.Pointer(reflect.ValueOf(own).Elem().FieldByName(field).UnsafeAddr()))
	}
}

// copyOfP256 is one of the two copies of d, as copyOfP256K is.
func copyOfP256(field string, deterministic bool) func(*testing.T, *signer, any) []byte {
	return func(_ *testing.T, s *signer, key any) []byte {
		own := ownP256(key.(*ecdsa.PrivateKey))
		s.sign = signOwnP256(own, deterministic)
		return bytesAt(unsafe.Pointer(reflect.ValueOf(own).Elem().FieldByName(field).UnsafeAddr()))
	}
}

// copyOfSM2 is one of the two copies of d, or the inverse of 1 + d, as copyOfP256K is.
func copyOfSM2(field string, deterministic bool) func(*testing.T, *signer, any) []byte {
	return func(_ *testing.T, s *signer, key any) []byte {
		own := ownSM2(key.(*sm2.PrivateKey))
		s.sign = signOwnSM2(own, deterministic)
		return bytesAt(unsafe.Pointer(reflect.ValueOf(own).Elem().FieldByName(field).UnsafeAddr()))
	}
}
