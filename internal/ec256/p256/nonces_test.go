// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"encoding"
	"hash"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/hash16"
	"github.com/kmsigner/kmsigner/internal/rfc6979"
	"github.com/stretchr/testify/require"
)

// withNonceLanes has the nonces of a test derived in other lanes.
func withNonceLanes(t *testing.T, plain, hedged *rfc6979.Lanes) {
	plainHere, hedgedHere := plainLanes, hedgedLanes
	plainLanes, hedgedLanes = plain, hedged
	t.Cleanup(func() { plainLanes, hedgedLanes = plainHere, hedgedHere })
}

// TestNonces: in lanes and without them, batches have the same nonces.
func TestNonces(t *testing.T) {
	random := newRand(t)
	variants := [][2]*rfc6979.Lanes{
		{nil, nil}, {plainLanes, hedgedLanes}, {rfc6979.NewLanes(plainModel), rfc6979.NewLanes(hedgedModel)},
	}
	for range 3 {
		k := privateKey(t, new(big.Int).SetBit(new(big.Int).Rsh(random256(random), 1), 0, 1))
		digests, extras := randomDigests(random, 19), randomDigests(random, 19)
		copy(digests[3][:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) // above n
		for _, extras := range [][][32]byte{nil, extras} {
			var want [][64]byte
			for _, v := range variants {
				withNonceLanes(t, v[0], v[1])
				got, ok := k.SignBatch(digests, extras)
				require.True(t, ok)
				if want == nil {
					want = got
				}
				require.Equal(t, want, got)
			}
		}
	}
}

// TestNonces_rejected: a first value that is no nonce, which comes once in 2^32 times or less.
func TestNonces_rejected(t *testing.T) {
	k, digests := privateKey(t, big.NewInt(12345)), randomDigests(newRand(t), 18)
	want, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	asked := 0
	rejected := rfc6979.NewLanes(hash16.New([8]uint32{}, func(s *hash16.State, _ *hash16.Block) {
		asked++
		for i := range s {
			s[i] = hash16.Same(0xffffffff)
		}
	}, func() {}))
	withNonceLanes(t, rejected, rejected)
	got, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	require.Positive(t, asked)
	require.Equal(t, want, got)
}

// TestNonces_latch: a key that does not use the lanes of points any more leaves those of nonces, too.
func TestNonces_latch(t *testing.T) {
	asked := 0
	count := func(*hash16.State) { asked++ }
	withNonceLanes(t, faultyLanes(plainModel, count), faultyLanes(hedgedModel, count))
	k, digests := privateKey(t, big.NewInt(12345)), randomDigests(newRand(t), 6)
	for _, extras := range [][][32]byte{nil, digests} {
		want, ok := k.SignBatch(digests, extras)
		require.True(t, ok)
		require.Positive(t, asked)
		failed := privateKey(t, big.NewInt(12345))
		failed.latch.Fail()
		asked = 0
		got, ok := failed.SignBatch(digests, extras)
		require.True(t, ok)
		require.Equal(t, want, got)
		require.Zero(t, asked)
	}
}

// A faultyHash returns a wrong sum when it is asked for the one that faultAt counts down to.
type faultyHash struct {
	hash.Hash
	faultAt *int
}

func (h faultyHash) Sum(b []byte) []byte {
	b = h.Hash.Sum(b)
	if *h.faultAt--; *h.faultAt == 0 {
		b[len(b)-1] ^= 4
	}
	return b
}

func (h faultyHash) AppendBinary(b []byte) ([]byte, error) {
	return h.Hash.(encoding.BinaryAppender).AppendBinary(b)
}

func (h faultyHash) UnmarshalBinary(b []byte) error {
	return h.Hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
}

// faultyLanes are lanes of the model's hash with a function after every compression, which may change
// the state.
func faultyLanes(model *hash16.Hash, fault func(s *hash16.State)) *rfc6979.Lanes {
	var initial hash16.State
	model.Start(&initial)
	var words [8]uint32
	for i := range words {
		words[i] = initial[i][0]
	}
	return rfc6979.NewLanes(hash16.New(words, func(s *hash16.State, b *hash16.Block) {
		model.Compress(s, b)
		fault(s)
	}, func() {}))
}

// TestNonces_faults: a fault in the derivation of a deterministic nonce leads to no signature with
// another nonce, which would be a right one.
func TestNonces_faults(t *testing.T) {
	withNonceLanes(t, nil, nil)
	k, digests := privateKey(t, big.NewInt(12345)), randomDigests(newRand(t), 3)
	want, ok := k.SignBatch(digests, nil)
	require.True(t, ok)
	requireRight := func(got [][64]byte, ok bool, at int) {
		if ok {
			require.Equal(t, want, got, "fault %d", at)
		}
	}

	faults := 0
	for at := 1; ; at++ {
		left := at
		w := &workspace{plain: rfc6979.New(faultyHash{plainHash(), &left})}
		ws := make([]work, len(digests))
		for i := range ws {
			ws[i].init(&digests[i], nil)
		}
		ok := k.sign(ws, w)
		if left > 0 {
			break
		}
		got := make([][64]byte, len(ws))
		for i := range ws {
			r, s := ws[i].r.bytes(), ws[i].s.bytes()
			copy(got[i][:32], r[:])
			copy(got[i][32:], s[:])
		}
		requireRight(got, ok, at)
		faults++
	}
	require.GreaterOrEqual(t, faults, 20*len(digests))

	for faults = 0; ; faults++ {
		left := 1 + faults
		withNonceLanes(t, faultyLanes(plainModel, func(s *hash16.State) {
			if left--; left == 0 {
				s[7][1] ^= 4
			}
		}), nil)
		k := privateKey(t, big.NewInt(12345)) // one that has not given the lanes up
		got, ok := k.SignBatch(digests, nil)
		if left > 0 {
			break
		}
		requireRight(got, ok, 1+faults)
	}
	require.Greater(t, faults, 20)
}

// TestNonces_digestFault: the digest that the check compares is the one that the lanes derive the nonce
// from, and not one that is read again after them.
func TestNonces_digestFault(t *testing.T) {
	withoutLanes(t)
	k, digests := privateKey(t, big.NewInt(12345)), randomDigests(newRand(t), 6)
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	ws := make([]work, len(digests))
	for i := range ws {
		ws[i].init(&digests[i], &[32]byte{1})
	}
	change := func() { flip((*[4]uint64)(&ws[2].digest), 77) }
	compressions := 0
	withNonceLanes(t, nil, faultyLanes(hedgedModel, func(*hash16.State) {
		if compressions++; compressions == 1 {
			change() // back: the lanes have read it
		}
	}))
	change()
	require.False(t, k.sign(ws, w))
	require.Positive(t, compressions)
}
