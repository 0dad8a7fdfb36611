// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// fromFunc is a signer whose call does what sign says.
func fromFunc(t testing.TB, p keyspec.Pair, sign func(ctx context.Context, digest []byte) ([]byte, error),
	opts ...signer.Option) signer.Signer {
	t.Helper()
	s, err := signer.FromFunc(newSigner(t, p).Public(), p.Algorithm, sign, opts...)
	require.NoError(t, err)
	return s
}

func TestFromFunc(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		inner := newSigner(t, p)
		for _, opts := range [][]signer.Option{nil, {signer.VerifyAfterSign()}, {signer.Portable()}} {
			s := fromFunc(t, p, inner.SignDigest, opts...)
			requireSigns(t, s, p, "FromFunc")
			require.Equal(t, inner.NewDigest().Sum(nil), s.NewDigest().Sum(nil))
			require.Equal(t, fmt.Sprint(inner), fmt.Sprint(s))
			_, isMessageSigner := s.(crypto.MessageSigner)
			require.True(t, isMessageSigner)
			sig, err := s.Sign(nil, make([]byte, 32), nil)
			require.NoError(t, err)
			require.NoError(t, newVerifier(t, s).VerifyDigest(make([]byte, 32), sig))
		}
	})
}

func TestFromFuncRefuses(t *testing.T) {
	sign := newSigner(t, p256Pair).SignDigest
	pub := newSigner(t, p256Pair).Public()
	_, err := signer.FromFunc(nil, keyspec.ECDSASHA256, sign)
	requireCode(t, err, errors.InvalidParameter, "Key")
	_, err = signer.FromFunc(testKey(t, keyspec.ECP256), keyspec.ECDSASHA256, sign)
	requireCode(t, err, errors.InvalidParameter, "Key", "a private key")
	_, err = signer.FromFunc(pub, keyspec.SM2DSA, sign)
	requireCode(t, err, errors.InvalidParameter, "Algorithm")
	_, err = signer.FromFunc(pub, keyspec.ECDSASHA256, nil)
	requireCode(t, err, errors.InvalidParameter, "Sign")
	_, err = signer.FromFunc(pub, keyspec.ECDSASHA256, sign, signer.Deterministic())
	requireCode(t, err, errors.InvalidParameter, "Deterministic")
	_, err = signer.FromFunc(pub, keyspec.ECDSASHA256, sign, signer.RequireLowS())
	requireCode(t, err, errors.InvalidParameter, "RequireLowS")
	_, err = signer.FromFunc(pub, keyspec.ECDSASHA256, sign, nil)
	requireCode(t, err, errors.InvalidParameter, "Option")
}

type traceKey struct{}

// The context of SignDigest is the one of the call, through FromCrypto too.
func TestFromFuncPassesTheContext(t *testing.T) {
	inner := newSigner(t, p256Pair)
	var got context.Context
	s := fromFunc(t, p256Pair, func(ctx context.Context, digest []byte) ([]byte, error) {
		got = ctx
		return inner.SignDigest(ctx, digest)
	})
	wrapped, err := signer.FromCrypto(s, keyspec.ECDSASHA256)
	require.NoError(t, err)
	ctx := context.WithValue(background, traceKey{}, "trace")
	for _, s := range []signer.Signer{s, wrapped} {
		got = nil
		_, err := s.SignDigest(ctx, make([]byte, 32))
		require.NoError(t, err)
		require.Equal(t, "trace", got.Value(traceKey{}))
		_, err = signer.SignDigests(ctx, s, [][]byte{make([]byte, 32)})
		require.NoError(t, err)
		require.Equal(t, "trace", got.Value(traceKey{}))
		_, err = signer.SignMessage(ctx, s, strings.NewReader("message"))
		require.NoError(t, err)
		require.Equal(t, "trace", got.Value(traceKey{}))
		_, err = s.Sign(nil, make([]byte, 32), crypto.SHA256)
		require.NoError(t, err)
		require.Equal(t, background, got)

		got = nil
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		_, err = s.SignDigest(cancelled, make([]byte, 32))
		require.Equal(t, context.Canceled, err)
		_, err = s.SignDigest(ctx, make([]byte, 31))
		requireCode(t, err, errors.InvalidParameter, "Digest")
		require.Nil(t, got, "no call was made")
	}
}

func TestFromCryptoOfASignerOfAnotherAlgorithm(t *testing.T) {
	_, err := signer.FromCrypto(newSigner(t, pssPair), keyspec.RSAPKCS1SHA256)
	requireCode(t, err, errors.InvalidParameter, "Algorithm")
	require.ErrorContains(t, err, "the key is a Signer of RSA_PSS_SHA_256, not of RSA_PKCS1_SHA_256")
}

func TestFromFuncErrors(t *testing.T) {
	denied := &errors.Error{Code: errors.KeyDisabled, Param: "KeyId", Reason: "the key is disabled"}
	throttled := fmt.Errorf("cloud: %w", &errors.Error{Code: errors.Throttled, Reason: "too fast"})
	for name, failure := range map[string]error{
		"an error of this library": denied, "a wrapped one": throttled, "a code": errors.AccessDenied,
		"cancelled": context.Canceled, "a deadline": fmt.Errorf("cloud: %w", context.DeadlineExceeded),
	} {
		s := fromFunc(t, p256Pair, func(context.Context, []byte) ([]byte, error) { return nil, failure })
		sig, err := s.SignDigest(background, make([]byte, 32))
		require.Equal(t, failure, err, name)
		require.Nil(t, sig)
		require.Equal(t, errors.CodeOf(failure), errors.CodeOf(err))
	}

	s := fromFunc(t, p256Pair, func(context.Context, []byte) ([]byte, error) { return []byte("half a"), io.ErrClosedPipe })
	sig, err := s.SignDigest(background, make([]byte, 32))
	requireCode(t, err, errors.Unavailable, "Key")
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.ErrorContains(t, err, "the call that signs failed: io: read/write on closed pipe")
	require.Nil(t, sig)

	// A client that reports a done context in words of its own.
	ctx, cancel := context.WithCancel(background)
	s = fromFunc(t, p256Pair, func(context.Context, []byte) ([]byte, error) {
		cancel()
		return nil, errors.New("rpc: call was abandoned")
	})
	_, err = s.SignDigest(ctx, make([]byte, 32))
	requireCode(t, err, errors.Unavailable, "Key")
	require.ErrorIs(t, err, context.Canceled)
}

// The form is checked always, the signature with VerifyAfterSign.
func TestFromFuncChecksWhatItIsGiven(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		inner := newSigner(t, p)
		good, err := inner.SignDigest(background, make([]byte, 32))
		require.NoError(t, err)
		for name, answer := range map[string][]byte{
			"nothing": nil, "one byte less": good[:len(good)-1], "one more": append(bytes.Clone(good), 0),
			"text": []byte("no signature"),
		} {
			s := fromFunc(t, p, func(context.Context, []byte) ([]byte, error) { return answer, nil })
			sig, err := s.SignDigest(background, make([]byte, 32))
			requireCode(t, err, errors.Internal, "", name)
			require.Nil(t, sig)
		}
		ofAnother := func(ctx context.Context, _ []byte) ([]byte, error) {
			return inner.SignDigest(ctx, bytes.Repeat([]byte{7}, 32))
		}
		_, err = fromFunc(t, p, ofAnother).SignDigest(background, make([]byte, 32))
		require.NoError(t, err)
		sig, err := fromFunc(t, p, ofAnother, signer.VerifyAfterSign()).SignDigest(background, make([]byte, 32))
		requireCode(t, err, errors.Internal, "")
		require.Nil(t, sig)
	})

	low, err := newSigner(t, p256kPair, signer.Deterministic()).SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	s := fromFunc(t, p256kPair, func(context.Context, []byte) ([]byte, error) { return negateS(t, low), nil })
	sig, err := s.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	require.Equal(t, low, sig)
}

// The call may write to its digest and keep its answer.
func TestFromFuncSharesNothing(t *testing.T) {
	inner := newSigner(t, p256Pair)
	var kept []byte
	s := fromFunc(t, p256Pair, func(ctx context.Context, digest []byte) (sig []byte, err error) {
		kept, err = inner.SignDigest(ctx, digest)
		clear(digest)
		return kept, err
	})
	digest := bytes.Repeat([]byte{9}, 32)
	sig, err := s.SignDigest(background, digest)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{9}, 32), digest)
	clear(kept)
	require.NoError(t, newVerifier(t, s).VerifyDigest(digest, sig))
}

// A batch makes sixteen calls at once and no more, however few processors there are.
func TestFromFuncBatch(t *testing.T) {
	inner := newSigner(t, p256kPair)
	digests := make([][]byte, 40)
	for i := range digests {
		digests[i] = bytes.Repeat([]byte{byte(i)}, 32)
	}
	// Outside of the bubble: Go's FIPS 140 module collects entropy by the clock.
	made, err := signer.SignDigests(background, inner, digests)
	require.NoError(t, err)
	for _, wrap := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int32
			s := fromFunc(t, p256kPair, func(_ context.Context, digest []byte) ([]byte, error) {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second) // of the bubble: all goroutines get as far as they can
				return made[digest[0]], nil
			})
			if wrap {
				var err error
				s, err = signer.FromCrypto(s, keyspec.ECDSASHA256)
				require.NoError(t, err)
			}
			signatures, err := signer.SignDigests(t.Context(), s, digests)
			require.NoError(t, err)
			v := newVerifier(t, s)
			for i, sig := range signatures {
				require.NoError(t, v.VerifyDigest(digests[i], sig))
			}
			require.Equal(t, int32(16), most.Load())
		})
	}
}

func TestFromFuncBatchStops(t *testing.T) {
	var calls atomic.Int32
	s := fromFunc(t, p256kPair, func(context.Context, []byte) ([]byte, error) {
		calls.Add(1)
		return nil, errors.Throttled
	})
	digests := make([][]byte, 1000)
	for i := range digests {
		digests[i] = make([]byte, 32)
	}
	signatures, err := signer.SignDigests(background, s, digests)
	require.Equal(t, error(errors.Throttled), err)
	require.Nil(t, signatures)
	require.LessOrEqual(t, calls.Load(), int32(16))
}

func TestFromFuncConcurrent(t *testing.T) {
	inner := newSigner(t, p256Pair)
	s := fromFunc(t, p256Pair, inner.SignDigest, signer.VerifyAfterSign())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.SignDigest(background, make([]byte, 32)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
