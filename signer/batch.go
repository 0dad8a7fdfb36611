// SPDX-License-Identifier: Apache-2.0

package signer

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/kmsigner/kmsigner/internal/nilness"
	"github.com/kmsigner/kmsigner/keyspec"
)

// SignDigests signs every digest with s, on all processors at once (for a key of
// [FromFunc] with up to 16 calls at once), and returns the signatures in the order of
// the digests: each is one that s.SignDigest could
// have returned, with [Deterministic] the same one. The goroutines that it uses
// end before it returns. Use it with any Signer that is safe for concurrent use;
// one of [New] for EC_P256, EC_P256K and EC_SM2 also shares the inversions of a batch, and
// all of New compute eight signatures at once where the processor has AVX-512 IFMA.
//
// The first failure stops the batch and is returned, with no signatures; if
// several fail at once, it is the one of the lowest index. It returns
// InvalidParameter of "Signer" or "Context" for a nil one, of "Digests" if one of
// them is not 32 bytes, before anything is signed, and else what SignDigest
// returns. No digests are no error: the result is empty.
func SignDigests(ctx context.Context, s Signer, digests [][]byte) ([][]byte, error) {
	if nilness.Is(s) {
		return nil, invalid("Signer", "the signer is nil")
	}
	if err := alive(ctx); err != nil {
		return nil, err
	}
	size := keyspec.Pair{KeySpec: s.KeySpec(), Algorithm: s.Algorithm()}.DigestSize()
	for i, d := range digests {
		if len(d) != size {
			return nil, invalid("Digests", "a digest is "+strconv.Itoa(size)+" bytes, digest "+strconv.Itoa(i)+" has "+strconv.Itoa(len(d)))
		}
	}
	ours, isOurs := s.(*signer)
	workers := runtime.GOMAXPROCS(0)
	if isOurs && ours.atOnce > 0 {
		workers = ours.atOnce
	}
	workers = min(workers, len(digests))
	b := batch{
		digests:    digests,
		signatures: make([][]byte, len(digests)),
		errs:       make([]error, len(digests)),
		share:      1,
		sign: func(digests, signatures [][]byte) (err error) {
			signatures[0], err = s.SignDigest(ctx, digests[0])
			if err == nil && signatures[0] == nil {
				err = internal("the signer returned neither a signature nor an error", nil)
			}
			return err
		},
	}
	if isOurs && ours.sign.batch != nil {
		b.share = max(1, min(maxShare, (len(digests)+workers-1)/max(1, workers)))
		b.sign = func(digests, signatures [][]byte) error { return ours.signShare(ctx, digests, signatures) }
	}
	var all sync.WaitGroup
	for range workers {
		all.Go(b.work)
	}
	all.Wait()
	if v := b.panicked.Load(); v != nil {
		panic(*v)
	}
	if b.failed.Load() {
		for _, err := range b.errs {
			if err != nil {
				return nil, err
			}
		}
		return nil, internal("the signer ended its goroutine", nil)
	}
	return b.signatures, nil
}

// maxShare is how many digests a worker signs in one go: beyond it, sharing an
// inversion saves little more, and a cancelled context would wait.
const maxShare = 32

// batch is the work that SignDigests hands out, in shares.
type batch struct {
	digests    [][]byte
	signatures [][]byte // by digest
	errs       []error  // by first digest of the share
	share      int
	sign       func(digests, signatures [][]byte) error
	next       atomic.Int64
	failed     atomic.Bool
	panicked   atomic.Pointer[any]
}

func (b *batch) work() {
	// A panic of a Signer of another package is passed to the caller's goroutine, where
	// it can be recovered; here it would end the program.
	finished := false
	defer func() {
		if v := recover(); v != nil {
			b.panicked.CompareAndSwap(nil, &v)
		}
		if !finished { // a panic, or runtime.Goexit
			b.failed.Store(true)
		}
	}()
	for !b.failed.Load() {
		end := int(b.next.Add(int64(b.share)))
		start := end - b.share
		if start >= len(b.digests) {
			break
		}
		end = min(end, len(b.digests))
		if b.errs[start] = b.sign(b.digests[start:end], b.signatures[start:end]); b.errs[start] != nil {
			b.failed.Store(true)
		}
	}
	finished = true
}

// signShare signs some digests in one go.
func (s *signer) signShare(ctx context.Context, digests, signatures [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.sign.batch(digests, signatures); err != nil {
		return err
	}
	if s.check == nil {
		return nil
	}
	results := make([]error, len(digests))
	s.check.all(digests, signatures, results)
	for _, err := range results {
		if err != nil {
			return misfitOfOurs(err)
		}
	}
	return nil
}
