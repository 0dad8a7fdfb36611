// SPDX-License-Identifier: Apache-2.0

package p256

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/kmsigner/kmsigner/internal/ecifma"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/stretchr/testify/require"
)

// A term is g G + q Q for a key Q.
type term struct{ g, q *big.Int }

func (a term) plus(b term) term {
	return term{new(big.Int).Add(a.g, b.g), new(big.Int).Add(a.q, b.q)}
}

// keyOfMeeting returns the q with which, for Q = q G, the terms are equal, or opposite. It reports
// false if there is none.
func (a term) keyOfMeeting(b term, opposite bool) (q *big.Int, ok bool) {
	if opposite {
		b = term{new(big.Int).Neg(b.g), new(big.Int).Neg(b.q)}
	}
	// (a.q - b.q) q = b.g - a.g
	factor := new(big.Int).Sub(a.q, b.q)
	inverse := factor.ModInverse(factor.Mod(factor, bigN), bigN)
	if inverse == nil {
		return nil, false
	}
	q = new(big.Int).Sub(b.g, a.g)
	q.Mul(q, inverse).Mod(q, bigN)
	return q, q.Sign() != 0
}

// combTerms are the multiples that the comb of this width takes for k, as they are defined.
func combTerms(k *big.Int, width uint) (terms []*big.Int) {
	v, sign := new(big.Int).Set(k), big.NewInt(1)
	if v.Bit(0) == 0 {
		v.Sub(bigN, v)
		sign.Neg(sign)
	}
	w := new(big.Int).Rsh(v, 1)
	sum := new(big.Int)
	for at := uint(0); at < 255; at += width {
		d := new(big.Int).Rsh(w, at)
		if at+width <= 255 {
			d.Mod(d, power2(width)).Lsh(d, 1).Sub(d, power2(width)).Add(d, one)
		} else {
			d.Lsh(d, 1).Add(d, one)
		}
		terms = append(terms, d.Lsh(d, at))
		sum.Add(sum, d)
	}
	if 255%width == 0 {
		terms = append(terms, power2(255))
		sum.Add(sum, power2(255))
	}
	if sum.Cmp(v) != 0 {
		panic("the terms do not add up")
	}
	for _, d := range terms {
		d.Mul(d, sign)
	}
	return terms
}

func termsOf(u, v *big.Int) (generator, key []term) {
	for _, d := range combTerms(u, generatorLanesWidth) {
		generator = append(generator, term{d, new(big.Int)})
	}
	for _, d := range combTerms(v, keyLanesWidth) {
		key = append(key, term{new(big.Int), d})
	}
	return generator, key
}

// A meeting is an addition of a and b.
type meeting struct{ a, b term }

// meetings are the additions of sumInLanes, in every lane, and then of the sums of lanes.
func meetings(u, v *big.Int) (all []meeting) {
	generator, key := termsOf(u, v)
	terms := append(generator, key...)
	var sums [8]term
	copy(sums[:], terms)
	add := func(lane int, b term) {
		all = append(all, meeting{sums[lane], b})
		sums[lane] = sums[lane].plus(b)
	}
	rounds := len(terms) / 8
	for i := 8; i < 8*rounds; i++ {
		add(i%8, terms[i])
	}
	for lane := range 4 {
		add(lane, sums[lane+4])
	}
	for i := 8 * rounds; i < len(terms); i++ {
		add(i%8, terms[i])
	}
	add(0, sums[2])
	add(1, sums[3])
	add(0, sums[1])
	return all
}

// largeMultiplier returns one with no zeros at the top, below n.
func largeMultiplier(r *rand.Rand) *big.Int {
	k := new(big.Int).Mod(randomMultiplier(r), power2(253))
	return k.SetBit(k, 253, 1)
}

// meetingsOfOne are the additions of fitInLanes for one claim.
func meetingsOfOne(u, v *big.Int) (all []meeting) {
	generator, key := termsOf(u, v)
	terms := append(key, generator...)
	sum := terms[0]
	for _, b := range terms[1:] {
		all = append(all, meeting{sum, b})
		sum = sum.plus(b)
	}
	return all
}

// inLanes makes the key's table for the lanes.
func (p *publicPoint) inLanes(t testing.TB) *ecifma.PublicTable {
	t.Helper()
	table := p.forLanes(lanesFrom)
	require.NotNil(t, table)
	return table
}

// claimsOf returns claims of u G + v Q that are true, if the sum is finite, and that are not.
func claimsOf(u, v *big.Int, q *affinePoint) (claims []claim, fit []bool) {
	c := claim{u: scalarFromBig(u), v: scalarFromBig(v), x: scalar{1}}
	claims, fit = append(claims, c), append(fit, false)
	if sum, finite := referenceDoubleMultiple(u, v, q); finite {
		c.x = scalarFromBig(new(big.Int).Mod(bigFromField(sum.x), bigN))
		claims, fit = append(claims, c), append(fit, true)
		c.x.add(&c.x, &scalar{1})
		claims, fit = append(claims, c), append(fit, false)
	}
	return claims, fit
}

// TestPublicLanes_meetings: points that are equal or opposite, in every addition in every lane and
// of sums of lanes, are detected, and the verdict is right. The maker of a key and a signature can
// choose where they occur.
func TestPublicLanes_meetings(t *testing.T) {
	random := newRand(t)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		u, v := largeMultiplier(random), largeMultiplier(random)
		all := meetings(u, v)
		require.Len(t, all, 83)
		seen := 0
		for i, m := range all {
			if !testrun.Long() && i%11 != 0 && i < 72 || testrun.Brief() && i%5 != 0 {
				continue
			}
			for _, opposite := range []bool{false, true} {
				q, ok := m.a.keyOfMeeting(m.b, opposite)
				if !ok {
					require.Less(t, i, 24, "only additions of multiples of G cannot meet")
					continue
				}
				seen++
				p, _ := referenceMultiple(q)
				key := &publicPoint{affinePoint: p}
				su, sv := scalarFromBig(u), scalarFromBig(v)
				_, zz := sumInLanes(kernel, &su, &sv, key.inLanes(t))
				require.NotZero(t, zz.isZero(), "addition %d", i)
				claims, fit := claimsOf(u, v, &p)
				for j := range claims {
					require.Equal(t, fit[j], key.fits(&claims[j]), "addition %d", i)
				}
				require.False(t, key.latch.Failed(), "the lanes are not at fault")
			}
		}
		require.NotZero(t, seen)
	})
}

// TestPublicLanes_meetingsOfOne is TestPublicLanes_meetings for lanes of a claim each. The lanes beside
// have other claims.
func TestPublicLanes_meetingsOfOne(t *testing.T) {
	random := newRand(t)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		u, v := largeMultiplier(random), largeMultiplier(random)
		all := meetingsOfOne(u, v)
		require.Len(t, all, 83)
		seen := 0
		for i, m := range all {
			if !testrun.Long() && i%8 != 4 {
				continue
			}
			q, ok := m.a.keyOfMeeting(m.b, i%2 == 0)
			if !ok {
				require.Less(t, i, 51, "only additions of multiples of Q cannot meet")
				continue
			}
			seen++
			p, _ := referenceMultiple(q)
			key := &publicPoint{affinePoint: p}
			table := key.inLanes(t)
			for lane := range 8 {
				var claims []claim
				var want []bool
				meeting, fit := claimsOf(u, v, &p)
				others, fitToo := claimsOf(randomMultiplier(random), randomMultiplier(random), &p)
				for j := range 8 {
					if j == lane {
						claims, want = append(claims, meeting[i%len(meeting)]), append(want, fit[i%len(fit)])
					} else {
						claims, want = append(claims, others[j%len(others)]), append(want, fitToo[j%len(others)])
					}
				}
				got := make([]bool, 8)
				key.fitInLanes(kernel, table, claims, func(j int, fits bool) { got[j] = fits })
				require.Equal(t, want, got, "addition %d", i)
				if !testrun.Long() {
					break
				}
			}
		}
		require.NotZero(t, seen)
	})
}

// TestPublicLanes: multiples of small and of other points.
func TestPublicLanes(t *testing.T) {
	random := newRand(t)
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		edges := []*big.Int{
			new(big.Int), one, big.NewInt(2), big.NewInt(31), big.NewInt(32), big.NewInt(255), big.NewInt(256), power2(250),
			power2(255),
			new(big.Int).Rsh(bigN, 1), new(big.Int).Sub(power2(256), bigN), new(big.Int).Sub(bigN, one),
			new(big.Int).Sub(bigN, big.NewInt(2)),
		}
		keys := append([]*big.Int{big.NewInt(3), big.NewInt(-1), power2(248), randomMultiplier(random)}, edges[1:]...)
		for i, q := range keys {
			if !testrun.Long() && i%8 != 0 || testrun.Brief() && i != 0 {
				continue
			}
			p, finite := referenceMultiple(q)
			if !finite {
				continue
			}
			key := &publicPoint{affinePoint: p}
			key.inLanes(t) // from now on, fits computes in lanes
			var claims []claim
			var want []bool
			check := func(u, v *big.Int) {
				some, fit := claimsOf(u, v, &p)
				for j := range some {
					require.Equal(t, fit[j], key.fits(&some[j]), "%x G + %x (%x G)", u, v, q)
				}
				claims, want = append(claims, some...), append(want, fit...)
			}
			for j, u := range edges {
				for k, v := range edges {
					if (i+j+k)%8 == 0 && (testrun.Long() || j%2 == 0) {
						check(u, v)
					}
				}
			}
			for range 10 {
				u, v := randomMultiplier(random), randomMultiplier(random)
				check(u, v)
				// The sum is infinity.
				check(new(big.Int).Mod(new(big.Int).Neg(new(big.Int).Mul(v, q)), bigN), v)
			}
			for n := range 10 {
				got := make([]bool, n)
				key.eachFits(claims[len(claims)-n:], func(j int, fits bool) { got[j] = fits })
				require.Equal(t, want[len(want)-n:], got)
			}
			got := make([]bool, len(claims))
			key.eachFits(claims, func(j int, fits bool) { got[j] = fits })
			require.Equal(t, want, got)
		}
	})
}

// TestPublicLanes_noMeeting: the lanes compute the sum of uniform multiples of a uniform key. Edges and
// multiples of small keys can meet on the way.
func TestPublicLanes_noMeeting(t *testing.T) {
	random := newRand(t)
	uniform := func() *big.Int {
		x := bigFromLimbs([4]uint64{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()})
		return x.Mod(x, bigN)
	}
	withLanes(t, func(t *testing.T, kernel *ecifma.Kernel) {
		for range 4 {
			p, _ := referenceMultiple(uniform())
			key := &publicPoint{affinePoint: p}
			u, v := scalarFromBig(uniform()), scalarFromBig(uniform())
			_, zz := sumInLanes(kernel, &u, &v, key.inLanes(t))
			require.Zero(t, zz.isZero())
		}
	})
}

// TestPublicTable: the tables of the lanes have the multiples that they should.
func TestPublicTable(t *testing.T) {
	q := big.NewInt(12345)
	p, _ := referenceMultiple(q)
	widths := []int{3, keyLanesWidth}
	if testrun.Brief() {
		widths = widths[:1]
	}
	for _, width := range widths {
		want := ecifma.NewPublicTable(width)
		for i := range want.Digits() {
			for j := range want.Entries(i) {
				k := new(big.Int).Lsh(big.NewInt(int64(2*j+1)), uint(width*i))
				m, ok := referenceMultiple(k.Mul(k, q))
				require.True(t, ok)
				x, y := m.x.toLanes(), m.y.toLanes()
				want.Set(i, j, (*[4]uint64)(&x), (*[4]uint64)(&y))
			}
		}
		require.Equal(t, want, newPublicTable(&p, width))
	}
}
