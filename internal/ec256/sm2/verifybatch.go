// Code generated from p256/verifybatch.go by internal/ec256; DO NOT EDIT.

// SPDX-License-Identifier: Apache-2.0

package sm2

import "github.com/kmsigner/kmsigner/internal/ecifma"

// VerifyBatch returns for each of the digests whether the signature beside it, r and s, is one of
// it by this key, as Verify does. It inverts once for up to 32 of them, and verifies eight at a
// time where there are lanes. signatures is as long as digests.
func (p *PublicKey) VerifyBatch(digests [][32]byte, signatures [][64]byte) (valid []bool) {
	valid = make([]bool, len(digests))
	claims := make([]claim, 0, min(batchSize, len(digests)))
	places := make([]int, 0, cap(claims))
	for i := range digests {
		var c claim
		if c.set(&digests[i], (*[32]byte)(signatures[i][:32]), (*[32]byte)(signatures[i][32:])) {
			claims, places = append(claims, c), append(places, i)
		}
		if len(claims) == batchSize || i == len(digests)-1 {
			if dividesClaims {
				divide(claims)
			}
			p.point.eachFits(claims, func(j int, fits bool) { valid[places[j]] = fits })
			claims, places = claims[:0], places[:0]
		}
	}
	return valid
}

// divide divides the claims, with one inversion: the inverse of the product of all divisors
// unravels from the last to the first (Montgomery's trick).
func divide(claims []claim) {
	if len(claims) == 0 {
		return
	}
	// If a product has a factor of its own each time, it cancels out on the way back.
	products := make([]scalar, len(claims))
	products[0] = claims[0].divisor
	for i := range claims[1:] {
		products[i+1].mulScaled(&products[i], &claims[i+1].divisor)
	}
	inverse := products[len(products)-1]
	inverse.inversePublic(&inverse)
	for i := len(claims) - 1; i >= 0; i-- {
		c, one := &claims[i], inverse
		if i > 0 {
			one.mulScaled(&inverse, &products[i-1])
			inverse.mulScaled(&inverse, &c.divisor)
		}
		c.divide(&one)
	}
}

// worthLanes is the number of claims from which eight lanes, each for one of them, are faster
// than the lanes for one claim after the other.
const worthLanes = 4

// eachFits tells f whether each of the claims is true.
func (p *publicPoint) eachFits(claims []claim, f func(i int, fits bool)) {
	count := len(claims)
	for i := 0; i < len(claims); {
		n := min(ecifma.Lanes, len(claims)-i)
		t := p.forLanes(count) // again each time: another goroutine may be making it
		count = 0
		if t != nil && n >= worthLanes {
			p.fitInLanes(lanes, t, claims[i:i+n], func(lane int, fits bool) { f(i+lane, fits) })
			i += n
			continue
		}
		f(i, p.fitsWith(t, &claims[i]))
		i++
	}
}

// fitInLanes is eachFits for up to eight claims.
func (p *publicPoint) fitInLanes(
	kernel *ecifma.Kernel, t *ecifma.PublicTable, claims []claim, f func(lane int, fits bool),
) {
	s := publicSums.Get().(*ecifma.Sum)
	defer publicSums.Put(s)
	end := 0
	for lane := range claims {
		// The key's terms come first: those of a u of 0 add up to infinity.
		w, negative := claims[lane].v.oddHalf()
		next := s.SetTerms(t, &w, negative, lane, ecifma.Lanes)
		w, negative = claims[lane].u.oddHalf()
		end = s.SetTerms(generatorLanesTable(), &w, negative, next, ecifma.Lanes)
	}
	s.Begin((*[4]uint64)(&lanesOne), (*[4]uint64)(&lanesMinusOne))
	kernel.AddTerms(s, 1, end/ecifma.Lanes)
	for lane := range claims {
		x, zz := fromPublicLanes(s, lane)
		f(lane, p.fitsInLanes(&claims[lane], &x, &zz))
	}
}
