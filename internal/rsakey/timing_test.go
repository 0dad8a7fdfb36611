// SPDX-License-Identifier: Apache-2.0

//go:build emulator

package rsakey

import (
	"bytes"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestInstructions counts instructions: on the emulated processor time is their number,
// 200 million a second, plus what interrupts take. The least of some runs is the same
// for every exponent, message and key. The gate alone compiles this file; on a real
// processor, where time counts no instructions, internal/bench/dudect measures it.
func TestInstructions(t *testing.T) {
	for name, kernel := range kernelsHere(t) {
		if strings.Contains(name, "model") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			keys := testKeys(t, kernel.primeBits())
			key := keys["published"]
			k, extreme := newKey(key, kernel), newKey(keys["extreme"], kernel)
			half := key.Size() / 2
			low := bytes.Repeat(append(make([]byte, 31), 1), half/32)
			high := bytes.Repeat([]byte{0xff}, half)
			one, top := bytesOf(key, big.NewInt(1)), bytesOf(key, new(big.Int).Sub(key.N, big.NewInt(1)))

			sameCount(t, map[string]func(){
				"exponents of low weight":  func() { k.Power(top, low, low) },
				"exponents of high weight": func() { k.Power(top, high, high) },
				"one of each":              func() { k.Power(one, low, high) },
			})
			sameCount(t, map[string]func(){
				"message 1":              func() { k.Sign(one) },
				"message n-1":            func() { k.Sign(top) },
				"message 1, another key": func() { extreme.Sign(one) },
			})
			if !k.Lanes() {
				return
			}
			sameCount(t, map[string]func(){
				"exponents of low weight in a batch":  func() { k.PowerEight(top, low) },
				"exponents of high weight in a batch": func() { k.PowerEight(top, high) },
			})
			batch := func(k *Key, message []byte) func() {
				messages, signatures := slices.Repeat([][]byte{message}, eight), make([][]byte, eight)
				return func() { k.SignBatch(messages, signatures) }
			}
			sameCount(t, map[string]func(){
				"batch, message 1":              batch(k, one),
				"batch, message n-1":            batch(k, top),
				"batch, message 1, another key": batch(extreme, one),
			})
		})
	}
}

// sameCount takes the least of as many runs as it needs: a run of milliseconds is seldom without an
// interrupt, and the least of a few runs can have one more than another's.
func sameCount(t *testing.T, ways map[string]func()) {
	const tolerance = 200 * time.Nanosecond // 40 instructions of hundreds of thousands
	const fewest, most = 8, 100
	least := map[string]time.Duration{}
	apart := func() time.Duration {
		times := slices.Sorted(maps.Values(least))
		return times[len(times)-1] - times[0]
	}
	for round := 0; round < fewest || round < most && apart() >= tolerance; round++ {
		for way, f := range ways {
			start := time.Now()
			f()
			if taken := time.Since(start); round == 1 || taken < least[way] && round > 0 {
				least[way] = taken
			}
		}
	}
	require.Less(t, apart(), tolerance, "%v", least)
	t.Log(least)
}
