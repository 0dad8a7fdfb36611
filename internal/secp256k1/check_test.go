// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"crypto/sha256"
	"math/big"
	"testing"
	"unsafe"

	"github.com/kmsigner/kmsigner/internal/rfc6979"
	"github.com/stretchr/testify/require"
)

// flip changes a bit of the memory of x.
func flip[T any](x *T, bit int) {
	unsafe.Slice((*byte)(unsafe.Pointer(x)), unsafe.Sizeof(*x))[bit/8] ^= 1 << (bit % 8)
}

// No bit of either copy of the private key flips without being noticed, hedged or not, in a
// batch or not.
func TestSign_aFlippedBitOfTheKey(t *testing.T) {
	digests, extras := make([][32]byte, 3), make([][32]byte, 3)
	for i := range digests {
		digests[i], extras[i] = [32]byte{byte(i)}, [32]byte{byte(i)}
	}
	key := privateKey(t, lambda)
	for name, damage := range map[string]func(bit int){
		"the one that signs":  func(bit int) { flip(&key.d, bit) },
		"the one that checks": func(bit int) { flip(&key.second, bit) },
	} {
		for bit := range 256 {
			damage(bit)
			for _, extra := range []*[32]byte{nil, &extras[1]} {
				r, s, ok := key.Sign(&digests[1], extra)
				require.False(t, ok, "%s, bit %d", name, bit)
				require.Zero(t, r)
				require.Zero(t, s)
			}
			for _, extras := range [][][32]byte{nil, extras} {
				signatures, ok := key.SignBatch(digests, extras)
				require.False(t, ok, "%s, bit %d", name, bit)
				require.Nil(t, signatures)
			}
			damage(bit)
		}
	}
	_, _, ok := key.Sign(&digests[1], nil)
	require.True(t, ok)
}

// The reproduction of an attack: with a nonce that does not come from the damaged copy, a
// wrong signature and the right one of the same digest give the key. Now the nonces differ.
func TestSign_aFlippedBitIsInTheNonce(t *testing.T) {
	key := privateKey(t, lambda)
	var right, wrong work
	for _, bit := range []int{0, 7, 63, 64, 130, 200, 250} {
		right, wrong = work{}, work{}
		right.init(bytesFromBig(one), nil)
		wrong.init(bytesFromBig(one), nil)
		nonces := rfc6979.New(sha256.New())
		key.sign([]work{right}, nonces)
		right.setNonce(key, nonces, 0)
		flip(&key.d, bit)
		wrong.setNonce(key, nonces, 0)
		flip(&key.d, bit)
		require.NotEqual(t, right.k, wrong.k, "bit %d", bit)
	}
}

// The check notices whatever flips between the steps of a signature, one after the other in
// all of the memory that they pass on.
func TestCheck(t *testing.T) {
	key := privateKey(t, lambda)
	digest, k := big.NewInt(0x1234567), new(big.Int).Rsh(bigN, 3)
	before := withNonce(digest, k)
	ws := []work{before}
	key.signWithNonces(ws, key.kernel())
	require.Zero(t, ws[0].faulty)
	signed := ws[0]

	// After the generator was multiplied: the nonce and the digest, of which one signature
	// with the old and one with the new value would give the nonce.
	afterPoint := func(damage func(w *work)) (w work) {
		w = signed
		damage(&w)
		w.kInv.inverse(&w.k)
		w.finish(key)
		return w
	}
	undamaged := afterPoint(func(*work) {})
	require.Zero(t, undamaged.faulty)
	require.Equal(t, signed.s, undamaged.s)
	for bit := range 256 {
		for name, damage := range map[string]func(w *work){
			"k":           func(w *work) { flip(&w.k, bit) },
			"the other k": func(w *work) { flip(&w.secondK, bit) },
			"the digest":  func(w *work) { flip(&w.digest, bit) },
			"X":           func(w *work) { flip(&w.point.x, bit) },
			"Y":           func(w *work) { flip(&w.point.y, bit) },
			"ZZZ":         func(w *work) { flip(&w.point.zzz, bit) },
			"1 / ZZ":      func(w *work) { flip(&w.zzInv, bit) },
		} {
			w := afterPoint(damage)
			require.Equal(t, ^uint64(0), w.faulty, "%s, bit %d", name, bit)
			r, s, ok := w.result()
			require.False(t, ok)
			require.Zero(t, r)
			require.Zero(t, s)
		}

		// In what the check itself reads.
		for name, damage := range map[string]func(w *work){
			"r": func(w *work) { flip(&w.r, bit) },
			"s": func(w *work) { flip(&w.s, bit) },
			"x": func(w *work) { flip(&w.x, bit) },

			"the digest as it was given": func(w *work) { flip(&w.input, bit) },
		} {
			w := signed
			w.s.mul(&w.kInv, mulAdd(&w.r, &key.d, &w.digest)) // not yet low
			require.Zero(t, w.check(&key.second))
			damage(&w)
			require.Equal(t, ^uint64(0), w.check(&key.second), "%s, bit %d", name, bit)
		}
	}
}

// TestSign_digestFault: neither copy of the digest changes unnoticed, alone or with as many
// others as the lanes take.
func TestSign_digestFault(t *testing.T) {
	k, nonces := privateKey(t, big.NewInt(99)), rfc6979.New(sha256.New())
	for _, count := range []int{1, 8, 32} {
		for name, change := range map[string]func(w *work){
			"the scalar": func(w *work) { flip(&w.digest, 77) },
			"the bytes":  func(w *work) { flip(&w.input, 61) },
		} {
			ws := make([]work, count)
			for i := range ws {
				ws[i].init(&[32]byte{byte(i), 1}, nil)
			}
			change(&ws[0])
			k.sign(ws, nonces)
			for i := range ws {
				_, _, ok := ws[i].result()
				require.Equal(t, i > 0, ok, "%s, %d of %d", name, i, count)
			}
		}
	}
}

// mulAdd returns x y + z.
func mulAdd(x, y, z *scalar) *scalar {
	var r scalar
	r.mul(x, y)
	r.add(&r, z)
	return &r
}

// A damaged table of the generator's multiples leads off the curve.
func TestCheck_aFlippedBitOfTheTable(t *testing.T) {
	key := privateKey(t, lambda)
	digest := bytesFromBig(one)
	table := comb()
	random := newRand(t)
	for range 500 {
		block := &table.blocks[random.IntN(combDigits)]
		bit := random.IntN(8 * int(unsafe.Sizeof(*block)))
		flip(block, bit)
		r, s, ok := key.Sign(digest, nil)
		flip(block, bit)
		if ok { // the nonce does not need this entry
			require.True(t, key.PublicKey().Verify(digest, &r, &s))
		}
	}
}

// TestCheck_otherPoint: a signature that is right but for its point, that of another scalar, as a
// wrong digit leads to, is noticed. So is any bit of the multiplier.
func TestCheck_otherPoint(t *testing.T) {
	key, k := privateKey(t, lambda), new(big.Int).Rsh(bigN, 2)
	for _, k := range []*big.Int{k, new(big.Int).Sub(bigN, k)} { // an odd one and an even one
		ws := []work{withNonce(big.NewInt(13), k)}
		key.signWithNonces(ws, nil)
		signed := ws[0]
		withPoint := func(k scalar) (w work) {
			w = signed
			w.multiplier = w.point.setGeneratorMultiple(&k, &noBlind)
			w.zzInv.inverse(&w.point.zz)
			w.x.mul(&w.point.x, &w.zzInv)
			w.finish(key)
			return w
		}
		w := withPoint(signed.k)
		require.Zero(t, w.faulty)
		for bit := range 255 {
			other := signed.k
			other[bit/64] ^= 1 << (bit % 64)
			w := withPoint(other)
			require.NotZero(t, w.faulty, "bit %d of the scalar", bit)
			before := w.multiplier
			w.multiplier = signed.multiplier
			w.finish(key)
			require.Zero(t, w.faulty, "nothing else in the check sees it")
			w.multiplier = before
		}
		for bit := range 64 {
			w := signed
			w.multiplier ^= 1 << bit
			w.finish(key)
			require.NotZero(t, w.faulty, "bit %d of the multiplier", bit)
		}
	}
}

// TestSign_otherEntry: a table from which entries are taken that are in another's place, as from a
// wrong address, makes no signature.
func TestSign_otherEntry(t *testing.T) {
	withoutLanes(t)
	table, key := comb(), privateKey(t, big.NewInt(99))
	digest := bytesFromBig(one)
	for i := range table.blocks {
		before := table.blocks[i]
		b := &table.blocks[i]
		for j := range combEntries {
			from := j ^ 1<<(i%4)
			b.x[j], b.y[j], b.multipliers[j] = before.x[from], before.y[from], before.multipliers[from]
		}
		r, s, ok := key.Sign(digest, nil)
		require.False(t, ok)
		require.Zero(t, r)
		require.Zero(t, s)
		table.blocks[i] = table.blocks[(i+1)%combDigits]
		_, _, ok = key.Sign(digest, nil)
		require.False(t, ok)
		table.blocks[i] = before
	}
	_, _, ok := key.Sign(digest, nil)
	require.True(t, ok)
}
