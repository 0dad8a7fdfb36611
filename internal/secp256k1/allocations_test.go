//go:build !race

package secp256k1

import (
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool drop workspaces at random, and so this test is not for
// it.

func TestSign_allocations(t *testing.T) {
	k := privateKey(t, big.NewInt(99))
	p := k.PublicKey()
	digest := sha256.Sum256([]byte("allocations"))
	r, s, _ := k.Sign(&digest, &digest)
	require.LessOrEqual(t, testing.AllocsPerRun(20, func() { k.Sign(&digest, &digest) }), 3.0)
	p.Verify(&digest, &r, &s)
	require.Zero(t, testing.AllocsPerRun(20, func() { p.Verify(&digest, &r, &s) }))
}
