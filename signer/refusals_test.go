// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/emmansun/gmsm/sm2"
	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

var (
	pssPair   = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPSSSHA256}
	pkcs1Pair = keyspec.Pair{KeySpec: keyspec.RSA2048, Algorithm: keyspec.RSAPKCS1SHA256}
	p256Pair  = keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}
	p256kPair = keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	sm2Pair   = keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}
)

// constructors are the three ways in, each for a private key.
var constructors = map[string]func(key crypto.PrivateKey, alg keyspec.Algorithm, opts ...signer.Option) (any, error){
	"New": func(key crypto.PrivateKey, alg keyspec.Algorithm, opts ...signer.Option) (any, error) {
		return signer.New(key, alg, opts...)
	},
	"FromCrypto": func(key crypto.PrivateKey, alg keyspec.Algorithm, opts ...signer.Option) (any, error) {
		s, ok := key.(crypto.Signer)
		if !ok && key != nil {
			inner, err := signer.New(key, alg)
			if err != nil {
				return signer.Signer(nil), err
			}
			s = inner
		}
		return signer.FromCrypto(s, alg, opts...)
	},
	"NewVerifier": func(key crypto.PrivateKey, alg keyspec.Algorithm, opts ...signer.Option) (any, error) {
		if s, ok := key.(crypto.Signer); ok {
			return signer.NewVerifier(s.Public(), alg, opts...)
		}
		inner, err := signer.New(key, alg)
		if err != nil {
			return signer.Verifier(nil), err
		}
		return signer.NewVerifier(inner.Public(), alg, opts...)
	},
}

func TestConstructors_key(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	rsa1024, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	off := testKey(t, keyspec.ECP256).(*ecdsa.PrivateKey)
	off.X = new(big.Int).Add(off.X, big.NewInt(1))
	for what, tt := range map[string]struct {
		key crypto.PrivateKey
		alg keyspec.Algorithm
	}{
		"P-384":    {p384, keyspec.ECDSASHA256},
		"RSA-1024": {rsa1024, keyspec.RSAPSSSHA256},
		"Ed25519":  {ed, keyspec.ECDSASHA256},
		"off":      {off, keyspec.ECDSASHA256},
		"nil":      {nil, keyspec.ECDSASHA256},
	} {
		for name, construct := range constructors {
			if what == "nil" && name == "NewVerifier" {
				continue // its own case in TestNilAndZeroValues
			}
			got, err := construct(tt.key, tt.alg)
			requireCode(t, err, errors.InvalidParameter, "Key", "%s of %s", name, what)
			require.Nil(t, got, "%s of %s", name, what)
		}
	}
}

func TestConstructors_algorithm(t *testing.T) {
	for _, k := range keyspec.All() {
		for _, alg := range []keyspec.Algorithm{keyspec.RSAPSSSHA256, keyspec.RSAPKCS1SHA256, keyspec.ECDSASHA256,
			keyspec.SM2DSA, "", "ECDSA_SHA_384"} {
			if k.Supports(alg) {
				continue
			}
			_, err := signer.New(testKey(t, k), alg)
			requireCode(t, err, errors.InvalidParameter, "Algorithm", "New(%s, %q)", k, alg)
			public := newSigner(t, keyspec.Pair{KeySpec: k, Algorithm: k.Algorithms()[0]})
			_, err = signer.FromCrypto(public, alg)
			requireCode(t, err, errors.InvalidParameter, "Algorithm", "FromCrypto(%s, %q)", k, alg)
			_, err = signer.NewVerifier(public.Public(), alg)
			requireCode(t, err, errors.InvalidParameter, "Algorithm", "NewVerifier(%s, %q)", k, alg)
		}
	}
}

// Every option, with every constructor, on every pair: accepted where it applies
// and else refused under its own name.
func TestOptions(t *testing.T) {
	custom, err := sm2z.NewID([]byte("id"))
	require.NoError(t, err)
	options := map[string]signer.Option{
		"Deterministic":   signer.Deterministic(),
		"WithID":          signer.WithID(custom),
		"VerifyAfterSign": signer.VerifyAfterSign(),
		// It applies with Deterministic alone.
		"NoVerifyAfterSign": signer.NoVerifyAfterSign(),
		"RequireLowS":       signer.RequireLowS(),
		"Portable":          signer.Portable(),
		"Option":            nil,
	}
	applies := func(option, constructor string, p keyspec.Pair) bool {
		switch option {
		case "Deterministic":
			return constructor == "New"
		case "VerifyAfterSign":
			return constructor != "NewVerifier"
		case "RequireLowS":
			return constructor == "NewVerifier" && p.Algorithm == keyspec.ECDSASHA256
		case "WithID":
			return p.KeySpec == keyspec.ECSM2
		}
		return option == "Portable"
	}
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		key := testKey(t, p.KeySpec)
		if p.KeySpec == keyspec.RSA3072 && !testrun.Long() {
			return // as RSA_2048, whose primes take a third of the time to test
		}
		for constructor, construct := range constructors {
			for name, option := range options {
				got, err := construct(key, p.Algorithm, option)
				if applies(name, constructor, p) {
					require.NoError(t, err, "%s of %s", name, constructor)
					require.NotNil(t, got)
					if p.KeySpec == keyspec.RSA2048 && constructor == "FromCrypto" && !testrun.Long() {
						continue
					}
					_, err = construct(key, p.Algorithm, option, option)
					require.NoError(t, err, "%s twice", name)
				} else {
					requireCode(t, err, errors.InvalidParameter, name, "%s of %s", name, constructor)
					require.Nil(t, got)
				}
			}
		}
	})
	_, err = signer.New(testKey(t, keyspec.ECSM2), keyspec.SM2DSA, signer.WithID(custom), signer.WithID(sm2z.EmptyID()))
	requireCode(t, err, errors.InvalidParameter, "WithID", "two ids")
}

func TestNoVerifyAfterSign(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		if p.KeySpec == keyspec.RSA3072 {
			return // as RSA_2048
		}
		key := testKey(t, p.KeySpec)
		options := []signer.Option{signer.Deterministic(), signer.NoVerifyAfterSign()}
		s, err := signer.New(key, p.Algorithm, options...)
		if p.KeySpec == keyspec.RSA2048 {
			requireCode(t, err, errors.InvalidParameter, "NoVerifyAfterSign", "with RSA")
			require.Nil(t, s)
			return
		}
		require.NoError(t, err)
		digest := make([]byte, 32)
		want, err := newSigner(t, p, signer.Deterministic()).SignDigest(background, digest)
		require.NoError(t, err)
		got, err := s.SignDigest(background, digest)
		require.NoError(t, err)
		require.Equal(t, want, got)

		s, err = signer.New(key, p.Algorithm, append(options, signer.VerifyAfterSign())...)
		requireCode(t, err, errors.InvalidParameter, "NoVerifyAfterSign", "with VerifyAfterSign")
		require.Nil(t, s)
	})
}

func TestDigestLength(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p)
		foreign, err := signer.FromCrypto(s, p.Algorithm)
		require.NoError(t, err)
		v := newVerifier(t, s)
		for _, size := range []int{0, 1, 20, 31, 33, 48, 64} {
			digest := make([]byte, size)
			for _, s := range []signer.Signer{s, foreign} {
				sig, err := s.SignDigest(background, digest)
				requireCode(t, err, errors.InvalidParameter, "Digest", "%d bytes", size)
				require.Nil(t, sig)
				_, err = s.Sign(rand.Reader, digest, nil)
				requireCode(t, err, errors.InvalidParameter, "Digest", "%d bytes", size)
			}
			requireCode(t, v.VerifyDigest(digest, make([]byte, 64)), errors.InvalidParameter, "Digest", "%d bytes", size)
			_, err = signer.SignDigests(background, s, [][]byte{make([]byte, 32), digest})
			requireCode(t, err, errors.InvalidParameter, "Digests", "%d bytes", size)
		}
	})
}

// nilOpts is a foreign SignerOpts whose method does not survive a nil pointer.
type nilOpts struct{ hash crypto.Hash }

func (o *nilOpts) HashFunc() crypto.Hash { return o.hash }

func TestSignerOpts(t *testing.T) {
	pss := func(salt int, h crypto.Hash) crypto.SignerOpts { return &rsa.PSSOptions{SaltLength: salt, Hash: h} }
	tests := []struct {
		name    string
		opts    crypto.SignerOpts
		accepts []keyspec.Pair
	}{
		{"nil", nil, []keyspec.Pair{pssPair, pkcs1Pair, p256Pair, p256kPair, sm2Pair}},
		{"SHA-256", crypto.SHA256, []keyspec.Pair{pkcs1Pair, p256Pair, p256kPair}},
		{"own type with SHA-256", &nilOpts{crypto.SHA256}, []keyspec.Pair{pkcs1Pair, p256Pair, p256kPair}},
		{"hash 0", crypto.Hash(0), []keyspec.Pair{sm2Pair}},
		{"SHA-384", crypto.SHA384, nil},
		{"hash 999", crypto.Hash(999), nil},
		{"typed nil", (*nilOpts)(nil), nil},
		{"PSS salt = hash", pss(rsa.PSSSaltLengthEqualsHash, crypto.SHA256), []keyspec.Pair{pssPair}},
		{"PSS salt 32", pss(32, crypto.SHA256), []keyspec.Pair{pssPair}},
		{"PSS salt auto", pss(rsa.PSSSaltLengthAuto, crypto.SHA256), []keyspec.Pair{pssPair}},
		{"PSS salt 20", pss(20, crypto.SHA256), nil},
		{"PSS SHA-512", pss(rsa.PSSSaltLengthEqualsHash, crypto.SHA512), nil},
		{"PSS no hash", pss(32, 0), nil},
		{"PSS typed nil", (*rsa.PSSOptions)(nil), nil},
		{"SM2 typed nil", (*sm2.SM2SignerOption)(nil), nil},
		{"SM2 zero", &sm2.SM2SignerOption{}, []keyspec.Pair{sm2Pair}},
		{"SM2 digest", sm2.NewSM2SignerOption(false, nil), []keyspec.Pair{sm2Pair}},
		{"SM2 message", sm2.DefaultSM2SignerOpts, []keyspec.Pair{sm2Pair}},
		{"SM2 message, same id", sm2.NewSM2SignerOption(true, []byte("1234567812345678")), []keyspec.Pair{sm2Pair}},
		{"SM2 message, other id", sm2.NewSM2SignerOption(true, []byte("1234567812345679")), nil},
		{"SM2 digest, other id", sm2.NewSM2SignerOption(false, []byte("1234567812345679")), nil},
	}
	digest := make([]byte, 32)
	for _, p := range []keyspec.Pair{pssPair, pkcs1Pair, p256Pair, p256kPair, sm2Pair} {
		s := newSigner(t, p)
		v := newVerifier(t, s)
		for _, tt := range tests {
			t.Run(p.String()+"/"+tt.name, func(t *testing.T) {
				sig, err := s.Sign(rand.Reader, digest, tt.opts)
				msgSig, msgErr := s.(crypto.MessageSigner).SignMessage(rand.Reader, digest, tt.opts)
				for _, accepted := range tt.accepts {
					if accepted == p {
						require.NoError(t, err)
						require.NoError(t, msgErr)
						require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(digest), msgSig))
						if strings.HasPrefix(tt.name, "SM2 message") {
							// gmsm's convention: the argument is the message.
							require.NoError(t, signer.VerifyMessage(v, bytes.NewReader(digest), sig))
						} else {
							require.NoError(t, v.VerifyDigest(digest, sig))
						}
						return
					}
				}
				requireCode(t, err, errors.InvalidParameter, "Opts")
				requireCode(t, msgErr, errors.InvalidParameter, "Opts")
				require.Nil(t, sig)
				require.Nil(t, msgSig)
			})
		}
	}
	// NewSM2SignerOption turns an empty id into the default one, so it cannot ask
	// for what this signer is.
	empty := newSigner(t, sm2Pair, signer.WithID(sm2z.EmptyID()))
	for _, opts := range []crypto.SignerOpts{sm2.DefaultSM2SignerOpts, sm2.NewSM2SignerOption(true, []byte{})} {
		_, err := empty.Sign(rand.Reader, digest, opts)
		requireCode(t, err, errors.InvalidParameter, "Opts")
	}
}

func TestContexts(t *testing.T) {
	cancelled, cancel := context.WithCancel(background)
	cancel()
	expired, cancel := context.WithTimeout(background, -1)
	defer cancel()
	digest := make([]byte, 32)
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		counted := &countingSigner{Signer: newSigner(t, p)}
		foreign, err := signer.FromCrypto(counted, p.Algorithm)
		require.NoError(t, err)
		for _, s := range []signer.Signer{newSigner(t, p), foreign} {
			for ctx, want := range map[context.Context]error{cancelled: context.Canceled, expired: context.DeadlineExceeded} {
				for name, sign := range map[string]func() (any, error){
					"SignDigest":  func() (any, error) { return s.SignDigest(ctx, digest) },
					"SignMessage": func() (any, error) { return signer.SignMessage(ctx, s, bytes.NewReader(nil)) },
					"SignDigests": func() (any, error) { return signer.SignDigests(ctx, s, [][]byte{digest}) },
				} {
					got, err := sign()
					require.ErrorIs(t, err, want, name)
					require.Empty(t, got, name)
				}
			}
			var none context.Context
			for name, sign := range map[string]func() (any, error){
				"SignDigest":  func() (any, error) { return s.SignDigest(none, digest) },
				"SignMessage": func() (any, error) { return signer.SignMessage(none, s, bytes.NewReader(nil)) },
				"SignDigests": func() (any, error) { return signer.SignDigests(none, s, [][]byte{digest}) },
			} {
				_, err := sign()
				requireCode(t, err, errors.InvalidParameter, "Context", name)
			}
		}
		require.Zero(t, counted.calls.Load(), "the key's owner was not asked")
	})
}

// A context that is cancelled while the message is read stops the reading.
func TestSignMessageStopsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	reads := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if reads++; reads == 3 {
			cancel()
		}
		return len(p), nil
	})
	_, err := signer.SignMessage(ctx, newSigner(t, p256Pair), endless)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, reads)
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestUnreadableMessage(t *testing.T) {
	s := newSigner(t, sm2Pair)
	half := io.MultiReader(strings.NewReader("half a mess"), iotest.ErrReader(io.ErrUnexpectedEOF))
	sig, err := signer.SignMessage(background, s, half)
	requireCode(t, err, errors.Unavailable, "Message")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Nil(t, sig)
	for name, count := range map[string]int{"negative": -1, "too many": 1 << 20, "nothing, for ever": 0} {
		broken := readerFunc(func([]byte) (int, error) { return count, nil })
		_, err = signer.SignMessage(background, s, broken)
		requireCode(t, err, errors.Unavailable, "Message", name)
		err = signer.VerifyMessage(newVerifier(t, s), broken, nil)
		requireCode(t, err, errors.Unavailable, "Message", name)
	}
	require.ErrorIs(t, err, errors.Unavailable)
	err = signer.VerifyMessage(newVerifier(t, s), iotest.ErrReader(io.ErrClosedPipe), nil)
	requireCode(t, err, errors.Unavailable, "Message")
	require.ErrorIs(t, err, io.ErrClosedPipe)
}
