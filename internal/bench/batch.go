// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// batchSize is how many digests a batch has: one of each input.
const batchSize = inputs

// A batch is one thing done to all inputs, in several ways.
type batch struct {
	name                string
	ours                operation // one input, by us
	together            func() error
	primitive           operation
	one, shared, theirs time.Duration // of one input, on one processor: medians
	all                 time.Duration // with together, on all processors
	least               time.Duration // with together, on one processor
}

// batches compares SignDigests and VerifyDigests on one processor and on all with one digest
// after the other on one processor, and with the primitive.
func batches(e effort) (text string, signing, verifying []*batch, err error) {
	for _, p := range keyspec.Pairs() {
		s, v, err := batchesOf(p)
		if err != nil {
			return "", nil, nil, fmt.Errorf("%s: %w", p, err)
		}
		signing, verifying = append(signing, s...), append(verifying, v)
	}
	var b strings.Builder
	for _, table := range []struct {
		one, together string
		batches       []*batch
	}{{"SignDigest", "SignDigests", signing}, {"VerifyDigest", "VerifyDigests", verifying}} {
		fmt.Fprintf(&b, "| Pair | `%s`, one by one, one core | `%s`, one core | to one by one | to the primitive |"+
			" `%[2]s`, all cores | Rate, to one by one |\n", table.one, table.together)
		b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, t := range table.batches {
			if err := t.measure(e); err != nil {
				return "", nil, nil, fmt.Errorf("%s: %w", t.name, err)
			}
			ratio := func(a, b time.Duration) float64 { return float64(a) / float64(b) }
			fmt.Fprintf(&b, "| %s | %s | %s | %.2f | %.3f | %s | %.1f |\n", t.name, micro(t.one), micro(t.shared),
				ratio(t.shared, t.one), ratio(t.shared, t.theirs), micro(t.all), ratio(t.one, t.all))
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String()) + "\n", signing, verifying, nil
}

// batchesOf returns the batches of a pair: signing, hedged and with other nonces, and verifying.
func batchesOf(p keyspec.Pair) (signing []*batch, verifying *batch, err error) {
	all, err := works(p)
	if err != nil {
		return nil, nil, err
	}
	must := func(err error) {
		if err != nil {
			panic(err) // the works were checked
		}
	}
	for _, mode := range []struct {
		work, name string
		opts       []signer.Option
	}{
		{digestWork, p.String(), nil},
		{deterministicWork, p.String() + ", deterministic", []signer.Option{signer.Deterministic()}},
	} {
		i := slices.IndexFunc(all, func(w work) bool { return w.name == mode.work })
		if i < 0 {
			continue
		}
		primitive, err := all[i].primitive()
		if err != nil {
			return nil, nil, err
		}
		s, v, err := ourSide(p, mode.opts...)
		if err != nil {
			return nil, nil, err
		}
		signing = append(signing, &batch{
			name: mode.name,
			ours: func(i int) { _, err := s.SignDigest(context.Background(), digestInputs[i]); must(err) },
			together: func() error {
				_, err := signer.SignDigests(context.Background(), s, digestInputs[:])
				return err
			},
			primitive: func(i int) { _, err := primitive.sign(i); must(err) },
		})
		if primitive.verify == nil {
			continue
		}
		sigs, err := signer.SignDigests(context.Background(), s, digestInputs[:])
		if err != nil {
			return nil, nil, err
		}
		verifying = &batch{
			name:      p.String(),
			ours:      func(i int) { must(v.VerifyDigest(digestInputs[i], sigs[i])) },
			together:  func() error { return errors.Join(signer.VerifyDigests(v, digestInputs[:], sigs)...) },
			primitive: func(i int) { must(primitive.verify(i, sigs[i])) },
		}
	}
	return signing, verifying, nil
}

// measure takes the times in turn: many rounds for what is fast, whose batch is over in
// milliseconds.
func (t *batch) measure(e effort) error {
	each := func(f operation) func() error {
		return func() error {
			for i := range batchSize {
				f(i)
			}
			return nil
		}
	}
	processors := runtime.GOMAXPROCS(0)
	ways := []struct {
		processors int
		do         func() error
		into       *time.Duration
		times      []time.Duration
	}{
		{processors: 1, do: each(t.ours), into: &t.one},
		{processors: 1, do: t.together, into: &t.shared},
		{processors: 1, do: each(t.primitive), into: &t.theirs},
		{processors: processors, do: t.together, into: &t.all},
	}
	end := time.Now().Add(e.batchTime)
	least := 3
	if e.batchTime == 0 {
		least = 1
	}
	for round := 0; round < least || time.Now().Before(end); round++ {
		for i := range ways {
			w := &ways[(i+round)%len(ways)]
			runtime.GOMAXPROCS(w.processors)
			now := processorTime
			if w.processors > 1 {
				now = func() time.Duration { return time.Since(started) }
			}
			start := now()
			err := w.do()
			w.times = append(w.times, now()-start)
			runtime.GOMAXPROCS(processors)
			if err != nil {
				return err
			}
		}
	}
	for i := range ways {
		*ways[i].into = median(ways[i].times) / batchSize
	}
	t.least = slices.Min(ways[1].times) / batchSize
	return nil
}

// primitive returns the entrant that our side stands on.
func (w work) primitive() (entrant, error) {
	for _, e := range w.entrants {
		if e.primitive {
			return e, nil
		}
	}
	return entrant{}, fmt.Errorf("%s has no primitive", w.name)
}
