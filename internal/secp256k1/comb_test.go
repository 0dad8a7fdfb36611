package secp256k1

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCombTable(t *testing.T) {
	table := comb()
	for i := range table.multiples {
		for j := range table.multiples[i] {
			k := new(big.Int).Mul(power2(uint(5*i)), big.NewInt(int64(2*j+1)))
			want, _ := referenceMultiple(k)
			require.Equal(t, want, table.multiples[i][j], "%d 32^%d G", 2*j+1, i)
		}
	}
	top, _ := referenceMultiple(power2(255))
	require.Equal(t, top, table.top)
	twiceTop, _ := referenceMultiple(power2(256))
	require.Equal(t, twiceTop, table.twiceTop)
}

func TestLookup(t *testing.T) {
	multiples := &comb().multiples[7]
	for e := range uint64(32) {
		d := 2*int64(e) - 31
		want, _ := referenceMultiple(new(big.Int).Mul(power2(35), big.NewInt(d)))
		var got affinePoint
		got.lookup(multiples, e)
		got.y = got.y.canonical()
		require.Equal(t, want, got, "digit %d", d)
	}
}

func checkGeneratorMultiple(t *testing.T, k *big.Int) {
	t.Helper()
	s := scalarFromBig(k)
	want, ok := referenceMultiple(k)
	require.True(t, ok)
	var p extendedPoint
	p.setGeneratorMultiple(&s)
	got := p.affine()
	got.x, got.y = got.x.canonical(), got.y.canonical()
	require.Equal(t, want, got, "%x G", k)

	var zz3, zzz2 fieldElement
	zz3.sqr(&p.zz)
	zz3.mul(&zz3, &p.zz)
	zzz2.sqr(&p.zzz)
	require.NotZero(t, zz3.equal(&zzz2), "%x G: zz^3 != zzz^2", k)
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
	for i := range uint(257) { // 2^256 is where the last addition meets its own point
		for d := int64(-1); d <= 1; d++ {
			check(new(big.Int).Add(power2(i), big.NewInt(d)))
		}
	}
	for _, x := range edges { // (n - 1) / 2 and (n + 1) / 2 among them
		for d := int64(-2); d <= 2; d++ {
			check(new(big.Int).Add(x, big.NewInt(d)))
		}
	}
	for range pointCases() {
		check(randomMultiplier(r))
	}
}

// TestExtendedPointUndefined takes the one case in which the last addition of the comb
// is undefined, and both kinds of points that meet.
func TestExtendedPointUndefined(t *testing.T) {
	g := generator
	minus := g
	minus.y.negate(&minus.y)
	p := extendedPoint{g.x, g.y, fieldElement{1}, fieldElement{1}}
	require.Equal(t, maskOf(true), p.add(&g))
	p = extendedPoint{g.x, g.y, fieldElement{1}, fieldElement{1}}
	require.Equal(t, maskOf(true), p.add(&minus))
	p = extendedPoint{g.x, g.y, fieldElement{1}, fieldElement{1}}
	require.Zero(t, p.add(&comb().top))

	checkGeneratorMultiple(t, new(big.Int).Sub(power2(256), bigN))
}
