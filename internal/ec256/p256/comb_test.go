// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

func TestCombTable(t *testing.T) {
	table := comb()
	for i := range table.blocks {
		for j := range combEntries {
			k := new(big.Int).Mul(power2(uint(5*i)), big.NewInt(int64(2*j+1)))
			want, _ := referenceMultiple(k)
			require.Equal(t, want, affinePoint{table.blocks[i].x[j], table.blocks[i].y[j]}, "%d 32^%d G", 2*j+1, i)
		}
	}
	top, _ := referenceMultiple(power2(255))
	require.Equal(t, top, table.top)
	twiceTop, _ := referenceMultiple(power2(256))
	require.Equal(t, twiceTop, table.twiceTop)
}

func TestLookup(t *testing.T) {
	for e := range uint64(32) {
		d := 2*int64(e) - 31
		want, _ := referenceMultiple(new(big.Int).Mul(power2(35), big.NewInt(d)))
		var got affinePoint
		multiplier := comb().blocks[7].lookup(&got, e)
		requireAffine(t, want, got, "digit %d", d)
		require.Equal(t, uint64(d<<35), multiplier)
	}
}

func requireAffine(t *testing.T, want, got affinePoint, msg ...any) {
	t.Helper()
	require.NotZero(t, want.x.equal(&got.x)&want.y.equal(&got.y), msg...)
}

func checkGeneratorMultiple(t *testing.T, k *big.Int) {
	t.Helper()
	s := scalarFromBig(k)
	want, ok := referenceMultiple(k)
	require.True(t, ok)
	blind := blindOf(bytesFromBig(new(big.Int).Mod(new(big.Int).Mul(k, k), power2(256))))
	var p extendedPoint
	w := work{multiplier: p.setGeneratorMultiple(&s, &blind)}
	got := p.affine()
	requireAffine(t, want, got, "%x G", k)
	require.Zero(t, w.multiplierDiffers(&s), "%x G", k)

	var zz3, zzz2 fieldElement
	zz3.sqr(&p.zz)
	zz3.mul(&zz3, &p.zz)
	zzz2.sqr(&p.zzz)
	require.NotZero(t, zz3.equal(&zzz2), "%x G: zz^3 != zzz^2", k)

	p.setGeneratorMultiple(&s, &noBlind)
	got = p.affine()
	requireAffine(t, want, got, "%x G", k)
}

func TestGeneratorMultiple(t *testing.T) {
	r := newRand(t)
	check := func(k *big.Int) {
		k = new(big.Int).Mod(k, bigN)
		if k.Sign() == 0 {
			return
		}
		checkGeneratorMultiple(t, k)
		checkGeneratorMultiple(t, new(big.Int).Sub(bigN, k))
	}
	for k := range int64(100) {
		check(big.NewInt(k))
	}
	for i := range uint(257) {
		if testrun.Brief() && i%16 != 0 {
			continue
		}
		for d := int64(-1); d <= 1; d++ {
			check(new(big.Int).Add(power2(i), big.NewInt(d)))
		}
	}
	for _, x := range edges { // (n - 1) / 2, (n + 1) / 2 and 2^256 - n among them
		for d := int64(-2); d <= 2; d++ {
			check(new(big.Int).Add(x, big.NewInt(d)))
		}
	}
	// Where the last addition meets the same point.
	check(new(big.Int).Sub(power2(256), bigN))
	for range pointCases() {
		check(randomMultiplier(r))
	}
}

// The numbers on the way to a point depend on the blind.
func TestGeneratorMultiple_blind(t *testing.T) {
	k := scalarFromBig(new(big.Int).Rsh(bigN, 3))
	var p, q extendedPoint
	blind := blindOf(&[32]byte{31: 2})
	require.Equal(t, fieldElement{3}, blind)
	p.setGeneratorMultiple(&k, &noBlind)
	q.setGeneratorMultiple(&k, &blind)
	for _, pair := range [][2]fieldElement{{p.x, q.x}, {p.y, q.y}, {p.zz, q.zz}, {p.zzz, q.zzz}} {
		require.Zero(t, pair[0].equal(&pair[1]))
	}
	ones := blindOf((*[32]byte)(bytes.Repeat([]byte{0xff}, 32)))
	require.Negative(t, bigFromLimbs(ones).Cmp(bigP))
	require.Equal(t, fieldElement{1}, blindOf(&[32]byte{}))
}
