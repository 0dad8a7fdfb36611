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
// end before it returns. Use it with any Verifier that is safe for concurrent use.
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
	var (
		all      sync.WaitGroup
		next     atomic.Int64
		panicked atomic.Pointer[any]
	)
	for range min(runtime.GOMAXPROCS(0), len(digests)) {
		all.Go(func() {
			// A panic of a caller's Verifier belongs in the caller's goroutine, where it can
			// be recovered; here it would end the program.
			defer func() {
				if p := recover(); p != nil {
					panicked.CompareAndSwap(nil, &p)
				}
			}()
			for i := next.Add(1) - 1; i < int64(len(digests)) && panicked.Load() == nil; i = next.Add(1) - 1 {
				results[i] = v.VerifyDigest(digests[i], sigs[i])
			}
		})
	}
	all.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
	return results
}
