// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// batchSize is how many digests a batch has.
const batchSize = 64

// batches compares SignDigest in a loop on one processor with SignDigests on one and
// on all, and with the primitive in a loop.
func batches(e effort) (string, error) {
	digests := make([][]byte, batchSize)
	for i := range digests {
		digests[i] = digestInputs[i%inputs]
	}
	processors := runtime.GOMAXPROCS(0)
	var b strings.Builder
	b.WriteString("| Pair | One by one, one core | `SignDigests`, one core | `SignDigests`, all cores | Rate, all cores to one by one | On one core, to the primitive |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, p := range keyspec.Pairs() {
		s, _, err := ourSide(p)
		if err != nil {
			return "", err
		}
		primitive, err := primitiveOf(p)
		if err != nil {
			return "", err
		}
		ways := []struct {
			processors int
			sign       func() error
			times      []time.Duration
		}{
			{processors: 1, sign: func() error {
				for _, d := range digests {
					if _, err := s.SignDigest(context.Background(), d); err != nil {
						return err
					}
				}
				return nil
			}},
			{processors: 1, sign: func() error { _, err := signer.SignDigests(context.Background(), s, digests); return err }},
			{processors: 1, sign: func() error {
				for i := range digests {
					if _, err := primitive.sign(i % inputs); err != nil {
						return err
					}
				}
				return nil
			}},
			{processors: processors, sign: func() error { _, err := signer.SignDigests(context.Background(), s, digests); return err }},
		}
		// Many rounds for the fast pairs: a batch of theirs is over in milliseconds.
		end := time.Now().Add(2 * time.Second)
		for round := 0; round < e.batchRounds || (e.batchRounds > 1 && time.Now().Before(end)); round++ {
			for i := range ways {
				w := &ways[(i+round)%len(ways)]
				runtime.GOMAXPROCS(w.processors)
				now := processorTime
				if w.processors > 1 {
					now = func() time.Duration { return time.Since(started) }
				}
				start := now()
				err := w.sign()
				w.times = append(w.times, now()-start)
				runtime.GOMAXPROCS(processors)
				if err != nil {
					return "", err
				}
			}
		}
		one, shared, bare, all := median(ways[0].times), median(ways[1].times), median(ways[2].times), median(ways[3].times)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %.2f | %.2f |\n", p,
			micro(one/batchSize), micro(shared/batchSize), micro(all/batchSize), float64(one)/float64(all), float64(shared)/float64(bare))
	}
	return b.String(), nil
}

// primitiveOf returns the entrant that signs digests with what the pair stands on.
func primitiveOf(p keyspec.Pair) (entrant, error) {
	all, err := works(p)
	if err != nil {
		return entrant{}, err
	}
	for _, e := range all[0].entrants {
		if e.primitive {
			return e, nil
		}
	}
	return entrant{}, fmt.Errorf("%s has no primitive", p)
}
