// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"slices"
	"sync"
	"time"
)

// An operation is called with an input's number, by several goroutines at once.
type operation func(i int)

// interleave times the operations in turn, a slice of each per round, on so many
// processors, and returns the times for one operation, of each in every round:
// on one processor, the processor's time; on several, the time of day divided by what
// all of them did together. Before each round it calls between, if that is not nil.
//
// A slice is short, so that a scheduler that takes a processor away spoils few of
// them, and a median of the times none.
func interleave(e effort, processors int, operations []operation, between func(round int)) [][]time.Duration {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
	counts := make([]int, len(operations))
	for j, f := range operations {
		counts[j] = calls(f, e.slice)
	}
	times := make([][]time.Duration, len(operations))
	for round := range e.rounds {
		if between != nil {
			between(round)
		}
		for j := range operations {
			j = (j + round) % len(operations) // none always runs in the wake of the same one
			times[j] = append(times[j], slice(operations[j], counts[j], processors))
		}
	}
	return times
}

// slice returns the time for one operation of count on each processor.
func slice(f operation, count, processors int) time.Duration {
	if processors == 1 {
		start := processorTime()
		for i := range count {
			f(i % inputs)
		}
		return (processorTime() - start) / time.Duration(count)
	}
	var all sync.WaitGroup
	start := time.Now()
	for p := range processors {
		all.Go(func() {
			for i := range count {
				f((i + p*inputs/processors) % inputs)
			}
		})
	}
	all.Wait()
	return time.Since(start) / time.Duration(count*processors)
}

// calls is how many calls fill the duration, at least one. It also warms f up.
func calls(f operation, d time.Duration) int {
	var best time.Duration
	for i := range 5 {
		start := processorTime()
		f(i)
		if t := processorTime() - start; i == 0 || t < best {
			best = t
		}
	}
	return max(1, int(d/max(1, best)))
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}

// memory returns the bytes and the allocations of one call, on Go's heap.
func memory(f operation) (bytes, allocations float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const count = 32
	for i := range count { // fill the pools
		f(i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range count {
		f(i)
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / count, float64(after.Mallocs-before.Mallocs) / count
}
