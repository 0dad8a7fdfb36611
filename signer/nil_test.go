// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"hash"
	"io"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/keys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/signer/diagnose"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

// ourOwn is a user's implementation of both interfaces, here only as a typed nil.
type ourOwn struct{ signer.Signer }

func (*ourOwn) VerifyDigest([]byte, []byte) error { return nil }

// noDigest is a user's signer that forgot one method.
type noDigest struct{ signer.Signer }

func (noDigest) NewDigest() hash.Hash { return nil }

// Nil, typed nil and zero values are InvalidParameter, with the parameter's name.
// internal/nopanic calls everything with more of them.
func TestNilAndZeroValues(t *testing.T) {
	var (
		nilKeys = []any{
			nil, "", 0, []byte(nil), struct{}{},
			(*rsa.PrivateKey)(nil), &rsa.PrivateKey{}, (*rsa.PublicKey)(nil), &rsa.PublicKey{}, rsa.PrivateKey{},
			rsa.PublicKey{},
			(*ecdsa.PrivateKey)(nil), &ecdsa.PrivateKey{}, (*ecdsa.PublicKey)(nil), &ecdsa.PublicKey{},
			&ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P256()}}, &ecdsa.PublicKey{Curve: elliptic.P256()},
			&ecdsa.PublicKey{Curve: (*elliptic.CurveParams)(nil)}, &ecdsa.PublicKey{Curve: sm2.P256()},
			(*secp256k1.PrivateKey)(nil), &secp256k1.PrivateKey{}, (*secp256k1.PublicKey)(nil), &secp256k1.PublicKey{},
			(*sm2.PrivateKey)(nil), &sm2.PrivateKey{},
			(*ourOwn)(nil),
		}
		nilSigners   = []signer.Signer{nil, (*ourOwn)(nil)}
		nilVerifiers = []signer.Verifier{nil, (*ourOwn)(nil)}
		nilReaders   = []io.Reader{nil, (*bytes.Reader)(nil), (*bytes.Buffer)(nil), readerFunc(nil)}
		algorithms   = []keyspec.Algorithm{"", keyspec.RSAPSSSHA256, keyspec.ECDSASHA256, keyspec.SM2DSA}
	)
	fails := func(err error, what ...any) {
		t.Helper()
		require.ErrorIs(t, err, errors.InvalidParameter, what...)
	}

	// errors
	var nilError *errors.Error
	_ = fmt.Sprint(nilError.Error(), nilError.Unwrap(), nilError.Is(nil), errors.Code("").Error(),
		(&errors.Error{}).Error())
	_ = fmt.Sprint(errors.CodeOf(nil), errors.Is(nil, nil), errors.As(nil, nil), errors.Join(nil), errors.Unwrap(nil),
		errors.New(""))

	// keyspec
	_, err := keyspec.Parse("")
	fails(err)
	_, err = keyspec.ParseAlgorithm("")
	fails(err)
	var noSpec keyspec.KeySpec
	require.False(t, noSpec.Valid() || noSpec.Supports(""))
	require.Empty(t, noSpec.Algorithms())
	var noPair keyspec.Pair
	fails(noPair.Validate())
	require.Zero(t, noPair.DigestSize()+noPair.MaxSignatureSize())
	require.Equal(t, "/", noPair.String())
	_, err = keyspec.GenerateKey("")
	fails(err)
	_, err = keyspec.ParsePrivateKey(nil, nil)
	fails(err)
	_, err = keyspec.ParsePublicKey(nil)
	fails(err)
	for _, key := range nilKeys {
		_, err := keyspec.Of(key)
		fails(err, "Of(%T)", key)
		_, err = keyspec.MarshalPrivateKey(key)
		fails(err, "MarshalPrivateKey(%T)", key)
		_, err = keyspec.MarshalEncryptedPrivateKey(key, []byte("x"))
		fails(err, "MarshalEncryptedPrivateKey(%T)", key)
		_, err = keyspec.MarshalPublicKey(key)
		fails(err, "MarshalPublicKey(%T)", key)
		_, err = keys.Private(key)
		fails(err, "keys.Private(%T)", key)
		_, err = keys.Public(key)
		fails(err, "keys.Public(%T)", key)
	}

	// sm2z
	_, err = sm2z.NewID(nil)
	fails(err)
	_ = fmt.Sprint(sm2z.ID{}, sm2z.ID{}.Bytes(), sm2z.Trace{})
	for _, pub := range []*ecdsa.PublicKey{nil, {}, {Curve: sm2.P256()}} {
		_, err = sm2z.ZA(pub, sm2z.ID{})
		fails(err)
		_, err = sm2z.Digest(pub, sm2z.ID{}, nil)
		fails(err)
		_, err = sm2z.New(pub, sm2z.ID{})
		fails(err)
		_, err = sm2z.Explain(pub, sm2z.ID{}, nil)
		fails(err)
	}

	// signer
	for _, key := range nilKeys {
		for _, alg := range algorithms {
			_, err := signer.New(key, alg)
			fails(err, "New(%T)", key)
			_, err = signer.NewVerifier(key, alg)
			fails(err, "NewVerifier(%T)", key)
			d := diagnose.Signature(key, alg, nil, nil, nil)
			require.Contains(t, []diagnose.Code{diagnose.BadKey, diagnose.BadAlgorithm}, d.Code, "Signature(%T)", key)
			d = diagnose.Signature(newSigner(t, sm2Pair).Public(), keyspec.SM2DSA, nil, nil,
				&diagnose.Options{TryKeys: []crypto.PublicKey{key}})
			require.Equal(t, diagnose.BadOption, d.Code, "TryKeys(%T)", key)
			if s, ok := key.(crypto.Signer); ok || key == nil {
				_, err = signer.FromCrypto(s, alg)
				fails(err, "FromCrypto(%T)", key)
			}
		}
	}
	good := newSigner(t, sm2Pair)
	for _, s := range nilSigners {
		_, err = signer.SignMessage(background, s, bytes.NewReader(nil))
		requireCode(t, err, errors.InvalidParameter, "Signer")
		_, err = signer.SignDigests(background, s, nil)
		requireCode(t, err, errors.InvalidParameter, "Signer")
	}
	for _, v := range nilVerifiers {
		requireCode(t, signer.VerifyMessage(v, bytes.NewReader(nil), nil), errors.InvalidParameter, "Verifier")
	}
	for _, r := range nilReaders {
		_, err = signer.SignMessage(background, good, r)
		requireCode(t, err, errors.InvalidParameter, "Message", "%T", r)
		requireCode(t, signer.VerifyMessage(newVerifier(t, good), r, nil), errors.InvalidParameter, "Message", "%T", r)
	}
	_, err = signer.SignMessage(background, noDigest{good}, bytes.NewReader(nil))
	requireCode(t, err, errors.Internal, "")
	for _, ctx := range []context.Context{nil, (*nilContext)(nil)} {
		_, err = good.SignDigest(ctx, make([]byte, 32))
		requireCode(t, err, errors.InvalidParameter, "Context")
	}
	_, err = good.Sign(nil, nil, nil)
	requireCode(t, err, errors.InvalidParameter, "Digest")
	_, err = good.(crypto.MessageSigner).SignMessage(nil, nil, nil)
	require.NoError(t, err, "an empty message is a message")
	_, err = signer.ToRaw(nil)
	fails(err)
	_, err = signer.ToDER(nil)
	fails(err)
	_, err = signer.NormalizeS("", nil)
	fails(err)
	require.ErrorIs(t, newVerifier(t, good).VerifyDigest(nil, nil), errors.InvalidParameter)
	require.ErrorIs(t, newVerifier(t, good).VerifyDigest(make([]byte, 32), nil), errors.InvalidSignature)
	_ = diagnose.Signature(nil, "", nil, nil, nil).String() + diagnose.Diagnosis{}.String()
	require.NoError(t, signer.SelfTest())
	none, err := signer.SignDigests(background, good, nil)
	require.NoError(t, err)
	require.NotNil(t, none)
	require.Empty(t, none)
}

type nilContext struct{ context.Context }
