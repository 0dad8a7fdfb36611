// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/kmsigner/kmsigner/sm2z"
	"github.com/stretchr/testify/require"
)

var pulled = errors.New("the module was pulled out")

// ways are the three methods that sign.
var ways = map[string]func(s signer.Signer) ([]byte, error){
	"SignDigest": func(s signer.Signer) ([]byte, error) { return s.SignDigest(background, make([]byte, 32)) },
	"Sign":       func(s signer.Signer) ([]byte, error) { return s.Sign(nil, make([]byte, 32), nil) },
	"SignMessage": func(s signer.Signer) ([]byte, error) {
		return s.(crypto.MessageSigner).SignMessage(nil, []byte("message"), nil)
	},
}

func TestFailing(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		inner := New(p)
		s := Failing(inner, pulled)
		require.Equal(t, p, keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()})
		require.Equal(t, inner.Public(), s.Public())
		require.Equal(t, inner.NewDigest().Sum(nil), s.NewDigest().Sum(nil))
		for way, sign := range ways {
			sig, err := sign(s)
			require.Equal(t, pulled, err, way)
			require.Nil(t, sig, way)
		}
		_, err := signer.SignMessage(background, s, bytes.NewReader(nil))
		require.Equal(t, pulled, err)
		_, err = Failing(inner, nil).SignDigest(background, nil)
		require.ErrorIs(t, err, errors.Unavailable)
	}
}

func TestFailEvery(t *testing.T) {
	for way, sign := range ways {
		for n, want := range map[int]string{
			-1: "xxxxxx", 0: "xxxxxx", 1: "xxxxxx", 2: "-x-x-x", 3: "--x--x", 7: "------",
		} {
			s := FailEvery(New(p256), n, pulled)
			got := ""
			for range 6 {
				sig, err := sign(s)
				if err == nil {
					require.NotEmpty(t, sig)
					got += "-"
					continue
				}
				require.Equal(t, pulled, err)
				require.Nil(t, sig)
				got += "x"
			}
			require.Equal(t, want, got, "%s, every %d", way, n)
		}
	}
	_, err := FailEvery(New(p256), 1, nil).Sign(nil, nil, nil)
	require.ErrorIs(t, err, errors.Unavailable)
}

// The count is one for all goroutines, and what is not asked is not counted.
func TestFailEveryCounts(t *testing.T) {
	inner := &counting{Signer: New(p256)}
	s := FailEvery(inner, 4, pulled)
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for range 10 {
		_, err := s.SignDigest(cancelled, make([]byte, 32))
		require.ErrorIs(t, err, context.Canceled)
	}
	var failed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				if _, err := s.SignDigest(background, make([]byte, 32)); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, int64(10), failed.Load())
	require.Equal(t, int64(30), inner.calls.Load())
}

func TestSlow(t *testing.T) {
	inner := New(p256)
	want, err := inner.SignDigest(background, make([]byte, 32))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		for way, sign := range ways {
			start := time.Now()
			sig, err := sign(Slow(inner, time.Hour))
			require.NoError(t, err)
			require.Equal(t, time.Hour, time.Since(start), way)
			if way != "SignMessage" {
				require.Equal(t, want, sig)
			}
		}
		for _, delay := range []time.Duration{0, -time.Hour} {
			start := time.Now()
			_, err := Slow(inner, delay).SignDigest(t.Context(), make([]byte, 32))
			require.NoError(t, err)
			require.Zero(t, time.Since(start))
		}

		counted := &counting{Signer: inner}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		sig, err := Slow(counted, time.Hour).SignDigest(ctx, make([]byte, 32))
		require.Equal(t, context.DeadlineExceeded, err)
		require.Nil(t, sig)
		require.Equal(t, time.Minute, time.Since(start))

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err = Slow(counted, time.Hour).SignDigest(ctx, make([]byte, 32))
		require.Equal(t, context.Canceled, err)
		require.Zero(t, counted.calls.Load())
	})
}

// What a wrapper has in common with the others.
func TestWrappers(t *testing.T) {
	wrappers := map[string]func(signer.Signer) signer.Signer{
		"failing": func(s signer.Signer) signer.Signer { return Failing(s, pulled) },
		"flaky":   func(s signer.Signer) signer.Signer { return FailEvery(s, 1, pulled) },
		"slow":    func(s signer.Signer) signer.Signer { return Slow(s, time.Hour) },
	}
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for manner, wrap := range wrappers {
		s := wrap(New(p256))
		_, err := s.SignDigest(cancelled, make([]byte, 32))
		require.Equal(t, context.Canceled, err, manner)
		var none context.Context
		_, err = s.SignDigest(none, make([]byte, 32))
		require.ErrorIs(t, err, errors.InvalidParameter, manner)

		_, isMessageSigner := s.(crypto.MessageSigner)
		require.True(t, isMessageSigner, manner)
		_, isMessageSigner = wrap(&byHand{New(p256)}).(crypto.MessageSigner)
		require.False(t, isMessageSigner, manner)

		want := "EC_P256/ECDSA_SHA_256 " + manner
		for _, s := range []signer.Signer{s, wrap(&inTheOpen{bent{Signer: right(p256)}, Key(keyspec.ECP256)})} {
			require.Equal(t, want, fmt.Sprintf("%v", s))
			require.Equal(t, want, fmt.Sprintf("%#v", s))
			require.Equal(t, want, s.(fmt.Stringer).String())
			data, err := json.Marshal(s)
			require.NoError(t, err)
			require.Equal(t, `"`+want+`"`, string(data))
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s)
			require.Contains(t, log.String(), want)
		}

		for _, none := range []signer.Signer{nil, (*byHand)(nil)} {
			s := wrap(none)
			for way, sign := range ways {
				sig, err := sign(s)
				require.Nil(t, sig)
				requireRefused(t, err, "Signer", way)
			}
		}
	}
}

func requireRefused(t *testing.T, err error, param, what string) {
	t.Helper()
	require.ErrorIs(t, err, errors.InvalidParameter, what)
	var e *errors.Error
	require.ErrorAs(t, err, &e, what)
	require.Equal(t, param, e.Param, what)
	require.NotEmpty(t, e.Reason, what)
}

// New of what cannot be is a Signer that says so, and does nothing else.
func TestNew_invalid(t *testing.T) {
	for _, tt := range []struct {
		param string
		pair  keyspec.Pair
		opts  []signer.Option
	}{
		{"KeySpec", keyspec.Pair{}, nil},
		{"KeySpec", keyspec.Pair{KeySpec: "EC_P384", Algorithm: keyspec.ECDSASHA256}, nil},
		{"Algorithm", keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.SM2DSA}, nil},
		{"Algorithm", keyspec.Pair{KeySpec: keyspec.ECP256}, nil},
		{"WithID", p256, []signer.Option{signer.WithID(sm2z.EmptyID())}},
		{"RequireLowS", p256, []signer.Option{signer.RequireLowS()}},
		{"Option", p256, []signer.Option{nil}},
	} {
		s := New(tt.pair, tt.opts...)
		require.Equal(t, tt.pair, keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()})
		require.Nil(t, s.Public())
		require.Equal(t, 32, s.NewDigest().Size())
		for way, sign := range ways {
			sig, err := sign(s)
			require.Nil(t, sig, way)
			requireRefused(t, err, tt.param, way)
		}
		_, err := signer.SignMessage(background, s, bytes.NewReader(nil))
		requireRefused(t, err, tt.param, "signer.SignMessage")
		_, err = s.Sign(io.Reader(nil), nil, nil)
		requireRefused(t, err, tt.param, "Sign")
	}
}

func TestNewIsDeterministic(t *testing.T) {
	for _, p := range keyspec.Pairs() {
		for _, opts := range [][]signer.Option{nil, {signer.Deterministic()}, {signer.Portable(), signer.VerifyAfterSign()}} {
			one, err := New(p).SignDigest(background, make([]byte, 32))
			require.NoError(t, err)
			two, err := New(p, opts...).SignDigest(background, make([]byte, 32))
			require.NoError(t, err)
			require.Equal(t, one, two, p.String())
		}
	}
}
