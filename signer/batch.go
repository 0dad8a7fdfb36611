package signer

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

// SignDigests signs every digest with s, on all processors at once, and returns
// the signatures in the order of the digests: each is what s.SignDigest returns.
// The goroutines that it uses end before it returns. Use it with any Signer that
// is safe for concurrent use.
//
// The first failure stops the batch and is returned, with no signatures; if
// several fail at once, it is the one of the lowest index. It returns
// InvalidParameter of "Signer" or "Context" for a nil one, of "Digests" if one of
// them is not 32 bytes, before anything is signed, and else what SignDigest
// returns. No digests are no error: the result is empty.
func SignDigests(ctx context.Context, s Signer, digests [][]byte) ([][]byte, error) {
	if isNil(s) {
		return nil, invalid("Signer", "the signer is nil")
	}
	if err := alive(ctx); err != nil {
		return nil, err
	}
	for i, d := range digests {
		if len(d) != digestSize {
			return nil, invalid("Digests", "a digest is 32 bytes, digest "+strconv.Itoa(i)+" has "+strconv.Itoa(len(d)))
		}
	}
	b := batch{signatures: make([][]byte, len(digests)), errs: make([]error, len(digests))}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(digests)) {
		workers.Go(func() { b.work(ctx, s, digests) })
	}
	workers.Wait()
	if v := b.panicked.Load(); v != nil {
		panic(*v)
	}
	if b.failed.Load() {
		for _, err := range b.errs {
			if err != nil {
				return nil, err
			}
		}
	}
	return b.signatures, nil
}

// batch is the work that SignDigests hands out.
type batch struct {
	next       atomic.Int64
	failed     atomic.Bool
	panicked   atomic.Pointer[any]
	signatures [][]byte // by digest
	errs       []error  // by digest
}

func (b *batch) work(ctx context.Context, s Signer, digests [][]byte) {
	// A panic of somebody's Signer goes to the caller's goroutine, where it can
	// be recovered; here it would end the program.
	defer func() {
		if v := recover(); v != nil {
			b.panicked.CompareAndSwap(nil, &v)
			b.failed.Store(true)
		}
	}()
	for !b.failed.Load() {
		i := int(b.next.Add(1)) - 1
		if i >= len(digests) {
			return
		}
		if b.signatures[i], b.errs[i] = s.SignDigest(ctx, digests[i]); b.errs[i] != nil {
			b.failed.Store(true)
		}
	}
}
