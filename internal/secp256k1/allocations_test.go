// Code generated from p256/allocations_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

//go:build !race

package secp256k1

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
	for range lanesFrom { // all tables
		p.Verify(digest, &r, &s)
	}
	require.Zero(t, testing.AllocsPerRun(20, func() { p.Verify(digest, &r, &s) }))
}

// TestLanes_allocations: lanes allocate nothing that a batch without them does not.
func TestLanes_allocations(t *testing.T) {
	k, digests := privateKey(t, big.NewInt(99)), make([][32]byte, 64)
	batch := func() { k.SignBatch(digests, digests) }
	kernel := lanes
	defer func() { lanes = kernel }()
	lanes = nil
	batch()
	without := testing.AllocsPerRun(10, batch)
	lanes = kernel // nil on a machine without
	batch()
	require.LessOrEqual(t, testing.AllocsPerRun(10, batch), without)
}
