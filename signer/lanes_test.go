// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"testing"

	"github.com/kmsigner/kmsigner/errors"
	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// TestWithheldCountsLanes: what the lanes of the curves get wrong counts, too.
func TestWithheldCountsLanes(t *testing.T) {
	before := Withheld()
	new(ecifma.Latch).Fail()
	require.Equal(t, before+1, Withheld())
}

// TestPortableLeavesTheLanes: Portable has no batches of our own.
func TestPortableLeavesTheLanes(t *testing.T) {
	for _, pair := range keyspec.Pairs() {
		key, err := testkeys.Key(pair.KeySpec)
		require.NoError(t, err)
		s, err := New(key, pair.Algorithm, Portable())
		require.NoError(t, err)
		require.Nil(t, s.(*signer).sign.batch)
		require.Nil(t, s.(*signer).sign.lanesFailed)
	}
}

// TestSignShare_context: nothing of a batch is signed after its context has ended.
func TestSignShare_context(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, pair := range keyspec.Pairs() {
		key, err := testkeys.Key(pair.KeySpec)
		require.NoError(t, err)
		opened, err := New(key, pair.Algorithm)
		require.NoError(t, err)
		s, signatures := opened.(*signer), make([][]byte, 2)
		if s.sign.batch == nil {
			continue
		}
		require.ErrorIs(t, s.signShare(ctx, [][]byte{make([]byte, 32), make([]byte, 32)}, signatures), context.Canceled)
		require.Equal(t, make([][]byte, 2), signatures)
	}
}

// TestSelfTestSeesTheLanes: the self-test fails where something was computed again without lanes.
func TestSelfTestSeesTheLanes(t *testing.T) {
	for i, pair := range keyspec.Pairs() {
		if pair.KeySpec == keyspec.RSA2048 || pair.KeySpec == keyspec.RSA3072 {
			continue
		}
		key, err := testkeys.Key(pair.KeySpec)
		require.NoError(t, err)
		s, err := New(key, pair.Algorithm, Deterministic())
		require.NoError(t, err)
		v, err := NewVerifier(s.Public(), pair.Algorithm)
		require.NoError(t, err)
		test := func() error { return selfTestSigner(pair, s.(*signer), v.(*verifier), knownAnswers[i]) }
		require.NoError(t, test())
		if s.(*signer).sign.lanesFailed != nil {
			require.False(t, s.(*signer).sign.lanesFailed())
		}
		s.(*signer).sign.lanesFailed = func() bool { return true }
		err = test()
		require.ErrorIs(t, err, errors.Internal)
		require.ErrorContains(t, err, "computes wrongly in lanes")

		s.(*signer).sign.lanesFailed = nil
		require.NoError(t, test())
		if v.(*verifier).verify.lanesFailed != nil {
			require.False(t, v.(*verifier).verify.lanesFailed())
		}
		v.(*verifier).verify.lanesFailed = func() bool { return true }
		err = test()
		require.ErrorIs(t, err, errors.Internal)
		require.ErrorContains(t, err, "computes wrongly in lanes")
	}
}
