// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"io"
	"sync/atomic"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// countingSigner is a key's owner that counts its calls.
type countingSigner struct {
	crypto.Signer
	calls atomic.Int32
}

func (c *countingSigner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	c.calls.Add(1)
	return c.Signer.Sign(rand, digest, opts)
}

// owner is a crypto.Signer that answers as its fields say.
type owner struct {
	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (o owner) Public() crypto.PublicKey { return o.public }

func (o owner) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return o.sign(digest, opts)
}

// Any crypto.Signer that holds a key of the five specs: the Go types themselves
// and our own signers.
func TestFromCrypto(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		owners := map[string]crypto.Signer{"ours": newSigner(t, p)}
		if native, ok := testKey(t, p.KeySpec).(crypto.Signer); ok {
			owners["native"] = native
		} else {
			// decred's key is a crypto.Signer only in this form.
			owners["native"] = testKey(t, p.KeySpec).(*secp256k1.PrivateKey).ToECDSA()
		}
		for name, o := range owners {
			for _, opts := range [][]signer.Option{nil, {signer.VerifyAfterSign()}, {signer.Portable()}} {
				s, err := signer.FromCrypto(o, p.Algorithm, opts...)
				require.NoError(t, err, name)
				times := 1
				if p == p256kPair || testrun.Long() {
					times = 4 // an owner on secp256k1 may return a high s
				}
				for range times {
					requireSigns(t, s, p, name)
				}
				_, isMessageSigner := s.(crypto.MessageSigner)
				require.True(t, isMessageSigner)
			}
		}
	})
}

// An SM2 key in the type of crypto/ecdsa is a crypto.Signer that signs with ECDSA.
func TestFromCryptoSignsWithTheKeysAlgorithm(t *testing.T) {
	key := testKey(t, keyspec.ECSM2).(*sm2.PrivateKey)
	s, err := signer.FromCrypto(&key.PrivateKey, keyspec.SM2DSA)
	require.NoError(t, err)
	requireSigns(t, s, sm2Pair, "*ecdsa.PrivateKey on sm2.P256()")
}

// Shells around nothing, whose Public panics.
func TestFromCrypto_empty(t *testing.T) {
	for _, key := range []crypto.Signer{struct{ crypto.Signer }{}, ed25519.PrivateKey{}, &ed25519.PrivateKey{},
		ed25519.PrivateKey(nil)} {
		_, err := signer.FromCrypto(key, keyspec.ECDSASHA256)
		requireCode(t, err, errors.InvalidParameter, "Key", "%T", key)
	}
}

func TestFromCryptoBringsSDown(t *testing.T) {
	inner := newSigner(t, p256kPair, signer.Deterministic())
	digest := make([]byte, 32)
	low, err := inner.SignDigest(background, digest)
	require.NoError(t, err)
	s, err := signer.FromCrypto(owner{inner.Public(), func([]byte, crypto.SignerOpts) ([]byte, error) {
		return negateS(t, low), nil
	}}, keyspec.ECDSASHA256, signer.VerifyAfterSign())
	require.NoError(t, err)
	got, err := s.SignDigest(background, digest)
	require.NoError(t, err)
	require.Equal(t, low, got)
}

func TestFromCrypto_badOwner(t *testing.T) {
	digest := make([]byte, 32)
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		inner := newSigner(t, p)
		good, err := inner.SignDigest(background, digest)
		require.NoError(t, err)
		answers := map[string][]byte{
			"nothing":       nil,
			"empty":         {},
			"one byte less": good[:len(good)-1],
			"one more":      append(bytes.Clone(good), 0),
			"text":          []byte("not a signature"),
		}
		if p.KeySpec != keyspec.RSA2048 && p.KeySpec != keyspec.RSA3072 {
			raw, err := signer.ToRaw(good)
			require.NoError(t, err)
			answers["raw"] = raw
		}
		if p == p256kPair {
			answers["s = n"] = mustDER(t, append(bytes.Repeat([]byte{1}, 32), orderOf(p)...))
		}
		for name, answer := range answers {
			s, err := signer.FromCrypto(owner{inner.Public(),
				func([]byte, crypto.SignerOpts) ([]byte, error) { return answer, nil }}, p.Algorithm)
			require.NoError(t, err)
			sig, err := s.SignDigest(background, digest)
			requireCode(t, err, errors.Internal, "", name)
			require.Nil(t, sig, name)
		}

		// Well formed, but of another digest: only VerifyAfterSign can tell.
		wrong := owner{inner.Public(), func(_ []byte, opts crypto.SignerOpts) ([]byte, error) {
			return inner.Sign(nil, bytes.Repeat([]byte{7}, 32), opts)
		}}
		s, err := signer.FromCrypto(wrong, p.Algorithm, signer.VerifyAfterSign())
		require.NoError(t, err)
		sig, err := s.SignDigest(background, digest)
		requireCode(t, err, errors.Internal, "")
		require.NotErrorIs(t, err, errors.KeyNotFound)
		require.Nil(t, sig)
	})
}

func TestFromCryptoPassesErrorsOn(t *testing.T) {
	inner := newSigner(t, p256Pair)
	sign := func(failure error) error {
		s, err := signer.FromCrypto(owner{inner.Public(),
			func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, failure }}, keyspec.ECDSASHA256)
		require.NoError(t, err)
		sig, err := s.SignDigest(background, make([]byte, 32))
		require.Nil(t, sig)
		return err
	}
	denied := &errors.Error{Code: errors.AccessDenied, Reason: "no"}
	require.Equal(t, error(denied), sign(denied))
	require.Equal(t, context.DeadlineExceeded, sign(context.DeadlineExceeded))
	require.Equal(t, error(errors.KeyDisabled), sign(errors.KeyDisabled), "a bare code")
	requireCode(t, sign((*errors.Error)(nil)), errors.Unavailable, "Key", "a typed nil")
	err := sign(io.ErrClosedPipe)
	requireCode(t, err, errors.Unavailable, "Key")
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

// What the owner is given: a copy of the digest, so that it may scribble on it,
// and the pair's own options. What it keeps of its answer changes nothing.
func TestFromCryptoSharesNothing(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		inner := newSigner(t, p, signer.Deterministic())
		var kept []byte
		s, err := signer.FromCrypto(owner{inner.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			require.NotNil(t, opts)
			sig, err := inner.Sign(nil, digest, opts) // refuses opts that do not fit
			clear(digest)
			kept = sig
			return sig, err
		}}, p.Algorithm)
		require.NoError(t, err)
		digest := bytes.Repeat([]byte{9}, 32)
		sig, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		require.Equal(t, bytes.Repeat([]byte{9}, 32), digest)
		clear(kept)
		require.NoError(t, newVerifier(t, inner).VerifyDigest(digest, sig))
	})
}
