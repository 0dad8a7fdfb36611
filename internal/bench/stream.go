// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

// parts is how many rounds the message is divided into: whatever else the machine does
// then hits both sides.
const parts = 64

// messages compares SignMessage with the hash alone, which has all of the message in
// memory, and looks at what a long message allocates.
func messages(e effort) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "| Pair | Hash | `SignMessage` of %d MiB | The bare hash | Speed to the bare hash's | Allocated, %d MiB | Allocated, 1 KiB |\n",
		e.message>>20, e.message>>20)
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n")
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = byte(i * 31)
	}
	for _, h := range []struct {
		name string
		new  func() hash.Hash
		pair keyspec.Pair
	}{
		{"SHA-256", sha256.New, keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}},
		{"SM3", sm3.New, keyspec.Pair{KeySpec: keyspec.ECSM2, Algorithm: keyspec.SM2DSA}},
	} {
		s, _, err := ourSide(h.pair)
		if err != nil {
			return "", err
		}
		sign := func(length int64) (time.Duration, error) {
			start := processorTime()
			_, err := signer.SignMessage(context.Background(), s, io.LimitReader(&repeated{chunk: chunk}, length))
			return processorTime() - start, err
		}
		bare := func(length int64) time.Duration {
			start := processorTime()
			digest := h.new()
			for ; length > 0; length -= int64(len(chunk)) {
				digest.Write(chunk)
			}
			digest.Sum(nil)
			return processorTime() - start
		}
		if _, err := sign(1); err != nil { // fill the pools
			return "", err
		}
		var ours, theirs []time.Duration
		for round := range parts {
			if round%2 == 0 {
				theirs = append(theirs, bare(e.message/parts))
			}
			t, err := sign(e.message / parts)
			if err != nil {
				return "", err
			}
			ours = append(ours, t)
			if round%2 != 0 {
				theirs = append(theirs, bare(e.message/parts))
			}
		}
		long, err := allocated(func() error { _, err := sign(e.message); return err })
		if err != nil {
			return "", err
		}
		short, err := allocated(func() error { _, err := sign(1 << 10); return err })
		if err != nil {
			return "", err
		}
		o, t := median(ours)*parts, median(theirs)*parts
		fmt.Fprintf(&b, "| %s | %s | %.2f s | %.2f s | %.3f | %s | %s |\n",
			h.pair, h.name, o.Seconds(), t.Seconds(), float64(t)/float64(o), kib(float64(long)), kib(float64(short)))
	}
	return b.String(), nil
}

// allocated is the bytes that f allocates on the heap in all, freed or not.
func allocated(f func() error) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

// repeated reads as the chunk, again and again.
type repeated struct {
	chunk []byte
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.chunk[r.at:])
	r.at = (r.at + n) % len(r.chunk)
	return n, nil
}
