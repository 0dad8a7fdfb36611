// Code generated from p256/check_test.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package secp256k1

import (
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// requireWithheld requires that Sign and SignBatch, hedged and not, return nothing.
func requireWithheld(t *testing.T, k *PrivateKey, msg ...any) {
	t.Helper()
	digest := bytesFromBig(big.NewInt(77))
	for _, extra := range []*[32]byte{nil, digest} {
		r, s, ok := k.Sign(digest, extra)
		require.False(t, ok, msg...)
		require.Zero(t, r, msg...)
		require.Zero(t, s, msg...)
		var extras [][32]byte
		if extra != nil {
			extras = [][32]byte{*extra, *extra}
		}
		signatures, ok := k.SignBatch([][32]byte{*digest, *digest}, extras)
		require.False(t, ok, msg...)
		require.Nil(t, signatures, msg...)
	}
}

// flip changes a bit of limbs.
func flip(limbs *[4]uint64, bit int) { limbs[bit/64] ^= 1 << (bit % 64) }

// TestSign_keyFault: no signature is returned that is made with a key of which a bit has
// changed in memory, in either copy or in what is derived from it.
func TestSign_keyFault(t *testing.T) {
	d := fromHex(t, "6b6f8c1e1ddf3d4b0c7a55e0f5b0d9a8c7e6f50413223140f1e2d3c4b5a69788")
	step := 5
	if testrun.Brief() {
		step = 23
	}
	for bit := 0; bit < 256; bit += step {
		k := privateKey(t, d)
		flip((*[4]uint64)(&k.d), bit)
		requireWithheld(t, k, "bit %d of d", bit)
		k = privateKey(t, d)
		k.second[bit/8] ^= 1 << (bit % 8)
		requireWithheld(t, k, "bit %d of the copy", bit)
		for i, limbs := range derivedLimbs(privateKey(t, d)) {
			k = privateKey(t, d)
			limbs = derivedLimbs(k)[i]
			flip(limbs, bit)
			requireWithheld(t, k, "bit %d of derived %d", bit, i)
		}
	}
}

// TestSign_tableFault: an entry of the table that has changed leads away from the curve.
func TestSign_tableFault(t *testing.T) {
	withoutLanes(t)
	table := comb()
	k, digest := privateKey(t, big.NewInt(99)), bytesFromBig(one)
	want, _, _ := k.Sign(digest, nil)
	for i := range table.blocks {
		before := table.blocks[i]
		for j := range combEntries {
			flip((*[4]uint64)(&table.blocks[i].x[j]), 17*j%256)
			flip((*[4]uint64)(&table.blocks[i].y[j]), 31*j%256)
		}
		requireWithheld(t, k, "block %d", i)
		table.blocks[i] = before
	}
	got, _, ok := k.Sign(digest, nil)
	require.True(t, ok)
	require.Equal(t, want, got)
}

// TestSign_zeros: with a table of zeros no signature is one, and Sign returns.
func TestSign_zeros(t *testing.T) {
	withoutLanes(t)
	table := comb()
	before := *table
	k := privateKey(t, big.NewInt(99))
	table.blocks, table.top, table.twiceTop = make([]combBlock, combDigits), affinePoint{}, affinePoint{}
	defer func() { *table = before }()
	requireWithheld(t, k)
}

// TestSign_digestFault: neither copy of the digest changes unnoticed, alone or with as many
// others as the lanes take.
func TestSign_digestFault(t *testing.T) {
	k := privateKey(t, big.NewInt(99))
	w := workspaces.Get().(*workspace)
	defer workspaces.Put(w)
	for _, count := range []int{1, 8, 32} {
		for name, change := range map[string]func(w *work){
			"the scalar": func(w *work) { flip((*[4]uint64)(&w.digest), 77) },
			"the bytes":  func(w *work) { w.input[7] ^= 8 },
		} {
			ws := make([]work, count)
			for i := range ws {
				ws[i].init(&[32]byte{byte(i), 1}, nil)
			}
			change(&ws[0])
			require.False(t, k.sign(ws, w), "%s, %d", name, count)
			for i := range ws {
				require.Zero(t, ws[i].s)
			}
		}
	}
}

// TestCheck changes each number of a signature after it was used.
func TestCheck(t *testing.T) {
	k := privateKey(t, fromHex(t, "1b6f8c1e1ddf3d4b0c7a55e0f5b0d9a8c7e6f50413223140f1e2d3c4b5a69788"))
	signed := withNonce(t, fromHex(t, "7fffffff1ddf3d4b0c7a55e0f5b0d9a8c7e6f50413223140f1e2d3c4b5a69789"), big.NewInt(13))
	k.signWithNonces(signed, k.kernel())
	require.Zero(t, signed[0].check(k))
	// The same digest modulo n, but other bytes, which lead to another nonce.
	w := signed[0]
	w.hashed = *bytesFromBig(new(big.Int).Add(big.NewInt(13), bigN))
	require.NotZero(t, w.check(k))
	for bit := 0; bit < 256; bit += 3 {
		for name, change := range map[string]func(w *work){
			"r":                 func(w *work) { flip((*[4]uint64)(&w.r), bit) },
			"s":                 func(w *work) { flip((*[4]uint64)(&w.s), bit) },
			"x":                 func(w *work) { flip((*[4]uint64)(&w.x), bit) },
			"Y":                 func(w *work) { flip((*[4]uint64)(&w.point.y), bit) },
			"1 / zz":            func(w *work) { flip((*[4]uint64)(&w.zzInv), bit) },
			"hashed digest":     func(w *work) { w.hashed[bit/8] ^= 1 << (bit % 8) },
			"copy of the nonce": func(w *work) { w.secondK[bit/8] ^= 1 << (bit % 8) },
			"digest":            func(w *work) { w.input[bit/8] ^= 1 << (bit % 8) },
		} {
			w := signed[0]
			change(&w)
			require.NotZero(t, w.check(k), "bit %d of %s", bit, name)
		}
		// Either copy of the key, after s.
		for name, change := range map[string]func(){
			"key":             func() { flip((*[4]uint64)(&k.d), bit) },
			"copy of the key": func() { k.second[bit/8] ^= 1 << (bit % 8) },
		} {
			change()
			require.NotZero(t, signed[0].check(k), "bit %d of %s", bit, name)
			change()
		}
		// The nonce and the digest between their first use and s.
		for name, change := range map[string]func(w *work){
			"nonce":  func(w *work) { flip((*[4]uint64)(&w.k), bit) },
			"digest": func(w *work) { flip((*[4]uint64)(&w.digest), bit) },
			"X":      func(w *work) { flip((*[4]uint64)(&w.x), bit) },
		} {
			w := signed[0]
			change(&w)
			w.kInv.inverse(&w.k)
			w.finish(k)
			require.NotZero(t, w.check(k), "bit %d of %s", bit, name)
		}
	}
}

// TestCheck_otherPoint: a signature that is right but for its point, that of another scalar, as a
// wrong digit leads to, is noticed. So is any bit of the multiplier.
func TestCheck_otherPoint(t *testing.T) {
	key := privateKey(t, fromHex(t, "1b6f8c1e1ddf3d4b0c7a55e0f5b0d9a8c7e6f50413223140f1e2d3c4b5a69788"))
	k := new(big.Int).Rsh(bigN, 2)
	for _, k := range []*big.Int{k, new(big.Int).Sub(bigN, k)} { // an odd one and an even one
		ws := withNonce(t, k, big.NewInt(13))
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
		require.Zero(t, w.check(key))
		for bit := range 255 {
			other := signed.k
			other[bit/64] ^= 1 << (bit % 64)
			w := withPoint(other)
			require.NotZero(t, w.check(key), "bit %d of the scalar", bit)
			before := w.multiplier
			w.multiplier = signed.multiplier
			w.finish(key)
			require.Zero(t, w.check(key), "nothing else in the check sees it")
			w.multiplier = before
		}
		for bit := range 64 {
			w := signed
			w.multiplier ^= 1 << bit
			w.finish(key)
			require.NotZero(t, w.check(key), "bit %d of the multiplier", bit)
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
