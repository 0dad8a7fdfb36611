// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"testing"

	decred "github.com/decred/dcrd/dcrec/secp256k1/v4"
	decdsa "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/kmsigner/kmsigner/internal/vectors"
	"github.com/stretchr/testify/require"
)

// TestSign_decred: deterministic signatures are decred's.
func TestSign_decred(t *testing.T) {
	random := newRand(t)
	for range 2 * pointCases() {
		d, digest := randomMultiplier(random), new(big.Int).Mod(random256(random), bigN)
		if d.Sign() == 0 {
			continue
		}
		r, s, ok := privateKey(t, d).Sign(bytesFromBig(digest), nil)
		require.True(t, ok)
		sig := decdsa.Sign(decred.PrivKeyFromBytes(bytesFromBig(d)[:]), bytesFromBig(digest)[:])
		wantR, wantS := sig.R(), sig.S()
		require.Equal(t, wantR.Bytes(), r)
		require.Equal(t, wantS.Bytes(), s)
	}
}

// TestSetNonce: the nonces are decred's, one after the other.
func TestSetNonce(t *testing.T) {
	random := newRand(t)
	workspace := workspaces.New().(*workspace)
	for range pointCases() {
		d, digest := randomMultiplier(random), randomMultiplier(random)
		if d.Sign() == 0 {
			continue
		}
		var w work
		var extraBytes []byte
		w.init(bytesFromBig(digest), nil)
		if random.IntN(2) == 0 {
			w.extra, w.hedged = *bytesFromBig(random256(random)), true
			extraBytes = w.extra[:]
		}
		for i := range 4 {
			w.setNonce(privateKey(t, d), workspace, i)
			requireScalar(t, "nonce", referenceNonce(d, digest, extraBytes, i), w.k)
			require.Equal(t, w.k.bytes(), w.secondK)
		}
	}
}

// TestRFC6979 has a few rows of the CoreBitcoin set, with low s.
func TestRFC6979(t *testing.T) {
	for _, c := range []struct{ d, message, r, s string }{
		{
			"1", "Satoshi Nakamoto",
			"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
			"2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
		},
		{
			"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
			"fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0",
			"6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
		},
		{
			"cca9fbcc1b41e5a95d369eaa6ddcff73b61a4efaa279cfc6567e8daa39cbaf50", "sample",
			"af340daf02cc15c8d5d08d7735dfe6b98a474ed373bdb5fbecf7571be52b3842",
			"5009fb27f37034a9b24b707b7c6b79ca23ddef9e25f7282e8a797efe53a8f124",
		},
	} {
		digest := sha256.Sum256([]byte(c.message))
		r, s, ok := privateKey(t, fromHex(t, c.d)).Sign(&digest, nil)
		require.True(t, ok)
		require.Equal(t, c.r, hex.EncodeToString(r[:]))
		require.Equal(t, c.s, hex.EncodeToString(s[:]))
	}
}

func TestRFC6979_vectors(t *testing.T) {
	var file struct {
		Tests []struct {
			D, Qx, Qy, Digest, K, R string
			S                       string `json:"s"`
			SLow                    string `json:"s_low"`
		}
	}
	vectors.ReadJSON(t, "rfc6979/secp256k1_sha256.json", &file)
	require.Len(t, file.Tests, 6)
	for _, c := range file.Tests {
		d, digest := fromHex(t, c.D), fromHex(t, c.Digest)
		k := privateKey(t, d)
		x, y := k.PublicKey().Coordinates()
		require.Zero(t, fromHex(t, c.Qx).Cmp(bigFromBytes(x)))
		require.Zero(t, fromHex(t, c.Qy).Cmp(bigFromBytes(y)))

		var w work
		w.init(bytesFromBig(digest), nil)
		w.setNonce(k, workspaces.New().(*workspace), 0)
		requireScalar(t, "k", fromHex(t, c.K), w.k)

		r, s, ok := k.Sign(bytesFromBig(digest), nil)
		require.True(t, ok)
		require.Zero(t, fromHex(t, c.R).Cmp(bigFromBytes(r)))
		require.Zero(t, fromHex(t, c.SLow).Cmp(bigFromBytes(s)))
		high := *bytesFromBig(fromHex(t, c.S))
		require.True(t, k.PublicKey().Verify(bytesFromBig(digest), &r, &high))
	}
}

// TestSign_zeroKey: a key that has become zeros has no signature of some digests, and Sign returns.
func TestSign_zeroKey(t *testing.T) {
	for _, digest := range []*big.Int{new(big.Int), bigN} {
		_, _, ok := (&PrivateKey{}).Sign(bytesFromBig(digest), nil)
		require.False(t, ok)
	}
}

// The reproduction of an attack: with a nonce that does not come from the damaged copy, a wrong
// signature and the right one of the same digest give the key. Now the nonces differ.
func TestSign_aFlippedBitIsInTheNonce(t *testing.T) {
	key, workspace := privateKey(t, lambda), workspaces.New().(*workspace)
	for _, bit := range []int{0, 7, 63, 64, 130, 200, 250} {
		var right, wrong work
		right.init(bytesFromBig(one), nil)
		wrong.init(bytesFromBig(one), nil)
		right.setNonce(key, workspace, 0)
		flip((*[4]uint64)(&key.d), bit)
		wrong.setNonce(key, workspace, 0)
		flip((*[4]uint64)(&key.d), bit)
		require.NotEqual(t, right.k, wrong.k, "bit %d", bit)
	}
}
