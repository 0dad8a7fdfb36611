// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// Failing returns a Signer that is s except that every signature fails with err,
// whatever it is given. Only a context that is already done comes first: its
// own error is returned. A nil err stands for one with the code Unavailable. With
// a nil s, every signature fails with InvalidParameter of "Signer".
//
// The result is a [crypto.MessageSigner] and safe for concurrent use if s is, and
// prints as its pair; so are and do those of [FailEvery] and [Slow].
func Failing(s signer.Signer, err error) signer.Signer {
	err = orUnavailable(err)
	return wrap(s, "failing", func(context.Context) error { return err })
}

// FailEvery returns a Signer that is s except that every nth signature fails with
// err and does not reach s: the first n-1 go through, the nth fails, and so on.
// It counts the calls of all methods and all goroutines together, those for which s
// returns an error too, but not those whose context is already done. An n below 1 counts
// as 1: all fail. A nil err and a nil s are as for [Failing].
func FailEvery(s signer.Signer, n int, err error) signer.Signer {
	err = orUnavailable(err)
	var calls atomic.Uint64
	return wrap(s, "flaky", func(context.Context) error {
		if calls.Add(1)%uint64(max(n, 1)) == 0 {
			return err
		}
		return nil
	})
}

// Slow returns a Signer that is s except that every signature begins after this
// delay. SignDigest gives up when its context is done, and returns the context's
// error without a call of s; Sign and SignMessage have no context and always wait. A
// delay of zero or less is none. A nil s is as for [Failing].
func Slow(s signer.Signer, delay time.Duration) signer.Signer {
	return wrap(s, "slow", func(ctx context.Context) error {
		if delay <= 0 {
			return nil
		}
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		}
	})
}

func orUnavailable(err error) error {
	if err == nil {
		return &errors.Error{Code: errors.Unavailable, Reason: "this signer fails on purpose"}
	}
	return err
}

// faulty is a Signer that does something else before it signs, or instead.
type faulty struct {
	signer.Signer
	manner string
	before func(ctx context.Context) error
}

func wrap(s signer.Signer, manner string, before func(context.Context) error) signer.Signer {
	if nilness.Is(s) {
		return refusing{err: &errors.Error{Code: errors.InvalidParameter, Param: "Signer", Reason: "the signer is nil"}}
	}
	f := &faulty{s, manner, before}
	if m, ok := s.(crypto.MessageSigner); ok {
		return &faultyMessage{f, m}
	}
	return f
}

func (f *faulty) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	if ctx == nil {
		return nil, &errors.Error{Code: errors.InvalidParameter, Param: "Context", Reason: "the context is nil"}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := f.before(ctx); err != nil {
		return nil, err
	}
	return f.Signer.SignDigest(ctx, digest)
}

// Sign implements [crypto.Signer].
func (f *faulty) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := f.before(context.Background()); err != nil {
		return nil, err
	}
	return f.Signer.Sign(rand, digest, opts)
}

// String returns the pair and what is wrong with the signer. The signer itself is
// not printed: a user's own may hold a key.
func (f *faulty) String() string {
	return keyspec.Pair{KeySpec: f.KeySpec(), Algorithm: f.Algorithm()}.String() + " " + f.manner
}

// Format prints String under every verb and flag, %#v included.
func (f *faulty) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }

// MarshalText returns String, which is then also the value in JSON.
func (f *faulty) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// LogValue returns String as the value in slog.
func (f *faulty) LogValue() slog.Value { return slog.StringValue(f.String()) }

// faultyMessage is a faulty whose Signer is a [crypto.MessageSigner] too.
type faultyMessage struct {
	*faulty
	inner crypto.MessageSigner
}

// SignMessage implements [crypto.MessageSigner].
func (f *faultyMessage) SignMessage(rand io.Reader, msg []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := f.before(context.Background()); err != nil {
		return nil, err
	}
	return f.inner.SignMessage(rand, msg, opts)
}
