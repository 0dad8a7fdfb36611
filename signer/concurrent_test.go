// SPDX-License-Identifier: Apache-2.0

package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	kmserrors "github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
	"github.com/stretchr/testify/require"
)

// One signer, one verifier, many goroutines, every method at once.
func TestConcurrentUse(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		for name, opts := range map[string][]signer.Option{
			"hedged":        nil,
			"deterministic": {signer.Deterministic()},
			"checked":       {signer.VerifyAfterSign()},
		} {
			s := newSigner(t, p, opts...)
			v := newVerifier(t, s)
			digest := sha256.Sum256([]byte(name))
			first, err := s.SignDigest(background, digest[:])
			require.NoError(t, err)
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					for i := range 4 {
						sig, err := s.SignDigest(background, digest[:])
						if err == nil {
							err = v.VerifyDigest(digest[:], sig)
						}
						if err == nil && name == "deterministic" && !bytes.Equal(first, sig) {
							err = errors.New("not deterministic")
						}
						if err != nil {
							t.Error(err)
						}
						msg := fmt.Append(nil, i)
						if sig, err = s.(crypto.MessageSigner).SignMessage(nil, msg, nil); err == nil {
							err = signer.VerifyMessage(v, bytes.NewReader(msg), sig)
						}
						if err != nil {
							t.Error(err)
						}
						_ = fmt.Sprint(s, v, s.Public())
					}
				})
			}
			all.Wait()
		}
	})
}

func TestSignDigests(t *testing.T) {
	forPairs(t, func(t *testing.T, p keyspec.Pair) {
		s := newSigner(t, p, signer.Deterministic(), signer.VerifyAfterSign())
		count := 150 // several shares a processor
		if p.Algorithm == keyspec.RSAPSSSHA256 || p.Algorithm == keyspec.RSAPKCS1SHA256 {
			count = 10
		}
		var digests, want [][]byte
		for i := range count {
			digest := sha256.Sum256([]byte{byte(i)})
			sig, err := s.SignDigest(background, digest[:])
			require.NoError(t, err)
			digests, want = append(digests, digest[:]), append(want, sig)
		}
		for _, n := range []int{0, 1, 2, 5, count} {
			got, err := signer.SignDigests(background, s, digests[:n])
			require.NoError(t, err)
			require.Len(t, got, n)
			for i := range got {
				require.Equal(t, want[i], got[i], "%d of %d", i, n)
			}
		}
		hedged := newSigner(t, p)
		v := newVerifier(t, hedged)
		got, err := signer.SignDigests(background, hedged, digests)
		require.NoError(t, err)
		seen := map[string]bool{}
		for i, sig := range got {
			require.NoError(t, v.VerifyDigest(digests[i], sig))
			seen[string(sig)] = true
		}
		require.Len(t, seen, count)

		// Each signature of a batch has entropy of its own, and the next batch has others.
		clear(seen)
		for range 2 {
			got, err := signer.SignDigests(background, hedged, slices.Repeat(digests[:1], 10))
			require.NoError(t, err)
			for _, sig := range got {
				seen[string(sig)] = true
			}
		}
		if p.Algorithm == keyspec.RSAPKCS1SHA256 {
			require.Len(t, seen, 1)
		} else {
			require.Len(t, seen, 20)
		}
	})
}

// faulty is a user's signer that does something else from its nth call on.
type faulty struct {
	signer.Signer
	calls atomic.Int64
	after int64
	then  func() ([]byte, error)
}

func (f *faulty) SignDigest(ctx context.Context, digest []byte) ([]byte, error) {
	if f.calls.Add(1) > f.after {
		return f.then()
	}
	return f.Signer.SignDigest(ctx, digest)
}

func TestSignDigestsStopsAtTheFirstFailure(t *testing.T) {
	digests := make([][]byte, 10_000)
	for i := range digests {
		digests[i] = make([]byte, 32)
	}
	failure := errors.New("the module was pulled out")
	f := &faulty{Signer: newSigner(t, p256Pair), after: 5, then: func() ([]byte, error) { return nil, failure }}
	got, err := signer.SignDigests(background, f, digests)
	require.ErrorIs(t, err, failure)
	require.Nil(t, got)
	require.Less(t, f.calls.Load(), int64(1000), "the rest is not signed")

	ctx, cancel := context.WithCancel(background)
	f = &faulty{Signer: newSigner(t, p256Pair), after: 5, then: func() ([]byte, error) { cancel(); return nil, ctx.Err() }}
	got, err = signer.SignDigests(ctx, f, digests)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, got)

	for name, then := range map[string]func() ([]byte, error){
		"ends its goroutine": func() ([]byte, error) { runtime.Goexit(); return nil, nil },
		"returns nothing":    func() ([]byte, error) { return nil, nil },
	} {
		f = &faulty{Signer: newSigner(t, p256Pair), after: 5, then: then}
		got, err = signer.SignDigests(background, f, digests[:50])
		requireCode(t, err, kmserrors.Internal, "", name)
		require.Nil(t, got, name)
	}

	// A panic reaches the caller, who may recover, not only the runtime.
	f = &faulty{Signer: newSigner(t, p256Pair), after: 5, then: func() ([]byte, error) { panic("driver bug") }}
	require.PanicsWithValue(t, "driver bug", func() { signer.SignDigests(background, f, digests) })
}
