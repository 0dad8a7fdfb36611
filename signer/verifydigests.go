// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/internal/nilness"
)

// VerifyDigests verifies sigs[i] as a signature of digests[i] for every i, on all
// processors at once, and returns the results in the order of the digests: each is
// what v.VerifyDigest returns, nil for a valid signature. The goroutines that it uses
// end before it returns. Use it with any Verifier that is safe for concurrent use;
// one of [NewVerifier] verifies eight signatures at once where the processor has
// AVX-512 IFMA.
//
// If v is nil, or if there are not as many signatures as digests, nothing is verified:
// the result has an element for each of the longer of the two, and all are
// InvalidParameter of "Verifier" or "Signatures". No digests and no signatures have an
// empty result.
func VerifyDigests(v Verifier, digests, sigs [][]byte) []error {
	results := make([]error, max(len(digests), len(sigs)))
	fill := func(err error) []error {
		for i := range results {
			results[i] = err
		}
		return results
	}
	switch {
	case nilness.Is(v):
		return fill(invalid("Verifier", "the verifier is nil"))
	case len(digests) != len(sigs):
		return fill(invalid("Signatures", strconv.Itoa(len(sigs))+" signatures for "+strconv.Itoa(len(digests))+" digests"))
	}
	fill(internal("the verifier ended its goroutine", nil)) // until there is a result
	workers := runtime.GOMAXPROCS(0)
	share := 1
	verify := func(from, to int) {
		for i := from; i < to; i++ {
			results[i] = v.VerifyDigest(digests[i], sigs[i])
		}
	}
	if ours, is := v.(*verifier); is && ours.verify.batch != nil {
		share = verifyShare(len(digests), workers)
		verify = func(from, to int) { ours.verifyDigests(digests[from:to], sigs[from:to], results[from:to]) }
	}
	var (
		all      sync.WaitGroup
		next     atomic.Int64
		panicked atomic.Pointer[any]
	)
	for range min(workers, (len(digests)+share-1)/share) {
		all.Go(func() {
			// A panic of a caller's Verifier belongs in the caller's goroutine, where it can
			// be recovered; here it would end the program.
			defer func() {
				if p := recover(); p != nil {
					panicked.CompareAndSwap(nil, &p)
				}
			}()
			for panicked.Load() == nil {
				to := int(next.Add(int64(share)))
				from := to - share
				if from >= len(digests) {
					break
				}
				verify(from, min(to, len(digests)))
			}
		})
	}
	all.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
	return results
}

// verifyShare is how many of so many signatures a worker verifies in one go: what falls to it,
// but whole groups of eight, for the lanes, if it is half of one at least; and not more than
// share an inversion.
func verifyShare(count, workers int) int {
	const lanes = 8
	share := (count + workers - 1) / workers
	if share >= lanes/2 {
		share = (share + lanes - 1) &^ (lanes - 1)
	}
	return max(1, min(share, maxShare))
}

// verifyDigests sets the results to what VerifyDigest returns.
func (v *verifier) verifyDigests(digests, sigs [][]byte, results []error) {
	var goodDigests, goodSigs [][]byte
	var places []int
	for i, digest := range digests {
		if results[i] = v.checkDigest(digest); results[i] == nil {
			goodDigests, goodSigs, places = append(goodDigests, digest), append(goodSigs, sigs[i]), append(places, i)
		}
	}
	good := make([]error, len(places))
	v.verify.batch(goodDigests, goodSigs, good)
	for i, place := range places {
		results[place] = good[i]
	}
}
