// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// Every entrant of every pair signs what ours verifies and verifies what ours signs:
// measuring does that first.
func TestEveryEntrant(t *testing.T) {
	names := make(map[string]bool)
	for _, p := range keyspec.Pairs() {
		all, err := works(p)
		require.NoError(t, err, p)
		for _, w := range all {
			_, err := w.check()
			require.NoError(t, err, p)
			for _, e := range w.entrants {
				names[e.name] = true
			}
		}
	}
	for _, name := range []string{
		"crypto/rsa", "crypto/ecdsa", "decred", "btcec", "gmsm", "tjfoc/gmsm", "tink-go",
		"go-jose", "golang-jwt", "jwx", "sigstore",
	} {
		require.True(t, names[name], name)
	}
}

// A row that fails is refused, not measured.
func TestCheckRefuses(t *testing.T) {
	p := keyspec.Pair{KeySpec: keyspec.ECP256K, Algorithm: keyspec.ECDSASHA256}
	ours, err := oursOnDigests(p)
	require.NoError(t, err)
	wrong := func(i int) ([]byte, error) { return ours.sign(i + 1) }
	blind := func(int, []byte) error { return nil }
	for _, e := range []entrant{
		{name: "another digest", sign: wrong},
		{name: "accepts all", sign: ours.sign, verify: blind},
	} {
		_, err := work{name: "digest", entrants: []entrant{ours, e}}.check()
		require.ErrorContains(t, err, e.name)
	}
}

func TestInterleave(t *testing.T) {
	e := effort{rounds: 5, slice: time.Millisecond}
	for _, processors := range []int{1, 2} {
		rounds := 0
		busy := func(d time.Duration) operation {
			return func(int) {
				for start := processorTime(); processorTime()-start < d; {
				}
			}
		}
		times := interleave(e, processors, []operation{
			busy(time.Millisecond),
			busy(time.Microsecond),
		}, func(round int) { require.Equal(t, rounds, round); rounds++ })
		require.Equal(t, e.rounds, rounds)
		if processors == 1 {
			require.GreaterOrEqual(t, median(times[0]), time.Millisecond)
		}
		require.Less(t, median(times[1]), median(times[0]))
	}
}

func TestParseSpeed(t *testing.T) {
	const rsa = "+DTP:2048:private:rsa:1\n+R1:500:2048:0.50\n+DTP:2048:public:rsa:1\n+R2:8000:2048:0.20\n+R3:1:2048:1\n"
	sign, verify, err := parseSpeed(strings.NewReader(rsa))
	require.NoError(t, err)
	require.Equal(t, time.Millisecond, perOperation(sign))
	require.Equal(t, 25*time.Microsecond, perOperation(verify))
	sign, verify, err = parseSpeed(strings.NewReader("+R10:1000:256:CurveSM2:0.5\n+R11:500:256:CurveSM2:0.5\n"))
	require.NoError(t, err)
	require.Equal(t, 500*time.Microsecond, perOperation(sign))
	require.Equal(t, time.Millisecond, perOperation(verify))
	for _, output := range []string{"", "+R1:1:2048:1\n", "+R1:x:2048:1\n+R2:1:2048:1\n", "+R1:1:2048:0\n+R2:1:2048:1\n"} {
		_, _, err := parseSpeed(strings.NewReader(output))
		require.Error(t, err, "%q", output)
	}
}

// Every quote has a pair, and batches to stand beside.
func TestQuoted(t *testing.T) {
	var signing, verifying []*batch
	var results []pairResult
	for _, p := range keyspec.Pairs() {
		s, v, err := batchesOf(p)
		require.NoError(t, err)
		for _, b := range append(s, v) {
			require.NoError(t, b.together(), b.name)
			b.least = time.Microsecond
		}
		signing, verifying = append(signing, s...), append(verifying, v)
		ours := row{sign: figures{least: 2 * time.Microsecond}, verify: figures{least: 3 * time.Microsecond}}
		results = append(results, pairResult{pair: p, works: []workResult{{digestWork, []row{ours}}}})
	}
	text := quoted(results, signing, verifying)
	require.Equal(t, len(quotes)+2, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		require.Equal(t, 7, strings.Count(line, "|"), line)
	}
	for _, q := range quotes {
		if q.batch {
			require.NotZero(t, leastOfBatch(signing, q.pair), q.pair)
			require.NotZero(t, leastOfBatch(verifying, q.pair), q.pair)
			continue
		}
		sign, verify := leastOf(results, q.pair)
		require.NotZero(t, sign, q.pair)
		require.NotZero(t, verify, q.pair)
	}
}

func TestTables(t *testing.T) {
	us := func(n int) figures {
		return figures{one: time.Duration(n) * time.Microsecond, all: time.Duration(n) * time.Microsecond / 2}
	}
	results := []pairResult{{
		pair: keyspec.Pairs()[0],
		works: []workResult{
			{"digest", []row{
				{name: kmsigner, sign: us(20), verify: us(40)},
				{name: "bare", primitive: true, sign: us(40), verify: us(40)},
				{name: "peer", sign: us(10)},
			}},
			{"message", []row{
				{name: kmsigner, sign: us(30), verify: us(40)},
				{name: "other, in C", sign: us(10), verify: us(160)},
			}},
		},
	}}
	require.Contains(t, summary(results),
		"| 20.0 µs | 0.50 | 3.00, other: message | 40.0 µs | 1.00 | 0.25, other: message |")
	text := tables(results)
	require.Contains(t, text, "| digest | kmsigner | 20.0 µs | 10.0 µs |")
	require.Contains(t, text, "|  | peer | 10.0 µs (2.00) | 5.0 µs (2.00) |")
	columns := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") {
			columns = max(columns, strings.Count(line, "|"))
			require.Equal(t, columns, strings.Count(line, "|"), line)
		}
	}
}
