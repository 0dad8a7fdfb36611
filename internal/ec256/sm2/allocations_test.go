//go:build !race

// Code generated from p256/allocations_test.go by internal/ec256; DO NOT EDIT.

package sm2

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool drop workspaces at random, and so this test is not for
// it.

func TestAllocations(t *testing.T) {
	k := privateKey(t, big.NewInt(99))
	p, digest := k.PublicKey(), bytesFromBig(one)
	r, s, _ := k.Sign(digest, digest)
	require.Zero(t, testing.AllocsPerRun(20, func() { k.Sign(digest, digest) }))
	require.Zero(t, testing.AllocsPerRun(20, func() { k.Sign(digest, nil) }))
	p.Verify(digest, &r, &s)
	p.Verify(digest, &r, &s)
	require.Zero(t, testing.AllocsPerRun(20, func() { p.Verify(digest, &r, &s) }))
}
