// SPDX-License-Identifier: Apache-2.0

// Command dudect looks for time that depends on a secret, by the method of O. Reparaz,
// J. Balasch and I. Verbauwhede, "Dude, is my code constant time?" (DATE 2017): it
// times an operation on a fixed secret and on random ones, in random order, and asks
// with Welch's t-test whether the two differ.
//
//	go -C internal/bench run ./dudect             some twenty minutes
//	go -C internal/bench run ./dudect -n 5000000
//	go -C internal/bench run ./dudect -run '^secp256k1'
//
// With -run it measures only the operations that match, and leaves the page's other rows as they are.
//
// A |t| over 4.5 is suspicious, one over 10 a leak. It grows with the root of the
// number of measurements if there is one, and does not if there is none. What the addresses
// of the inputs do to the time must not be taken for a leak: each input is copied to one place
// before it is measured, from pools of equal size for both classes, and a |t| over 4.5 counts
// only if a second run, in fresh memory, has one too; the smaller is reported. A peer that is
// not constant time runs beside ours, and shows that the test would tell: decred's
// secp256k1, and math/big's exponentiation for RSA and its inversion for P-256 and SM2,
// whose signatures are crypto/ecdsa's and gmsm's, which are constant time but for what math/big
// does with the key. RSA is measured where the processor has AVX-512 IFMA, or BMI2 and ADX;
// elsewhere none of our arithmetic is in it.
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"maps"
	"math"
	mathrand "math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/bench/page"
)

const (
	suspicious = 4.5
	definite   = 10
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 300_000, "measurements for each operation and fixed secret, at least 10000")
	pattern := flag.String("run", "", "measure only the operations that match this regular `expression`")
	out := flag.String("out", "../../docs/performance.md", "the `page` to write the table to, or empty")
	flag.Parse()
	if flag.NArg() > 0 || *n < 10_000 {
		flag.Usage()
		os.Exit(2)
	}
	match, err := regexp.Compile(*pattern)
	if err != nil {
		log.Fatal(err)
	}
	all := targets()
	chosen := matching(all, match)
	if len(chosen) == 0 {
		log.Fatalf("no operation matches %s", match)
	}
	measured := run(*n, chosen)
	fmt.Printf("\n%s", tableOf(chosen, measured, ""))
	if *out == "" {
		return
	}
	before, err := page.Read(*out, "timing")
	if err == nil {
		err = page.Write(*out, "timing", tableOf(all, measured, before))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// matching returns the targets whose operation matches.
func matching(targets []target, match *regexp.Regexp) (chosen []target) {
	for _, t := range targets {
		if match.MatchString(t.operation) {
			chosen = append(chosen, t)
		}
	}
	return chosen
}

// tableOf returns the table of the targets, in their order. The row of one that was not measured is that
// of the table before; if it is not there either, the target has none.
func tableOf(targets []target, measured map[string]string, before string) string {
	rows := map[string]string{}
	for line := range strings.Lines(before) {
		if operation, _, isRow := strings.Cut(strings.TrimPrefix(line, "| "), " | "); isRow {
			rows[operation] = line
		}
	}
	maps.Copy(rows, measured)
	var b strings.Builder
	b.WriteString("| Operation | kmsigner, max \\|t\\| | The peer | Its max \\|t\\| | Measurements of each |\n")
	b.WriteString("| --- | ---: | --- | ---: | ---: |\n")
	for _, t := range targets {
		b.WriteString(rows[t.operation])
	}
	return b.String()
}

// run tests the targets and returns the rows of the table, by operation.
func run(n int, targets []target) map[string]string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	rows := map[string]string{}
	for _, t := range targets {
		n := (n/max(1, t.share) + chunk - 1) / chunk * chunk
		var ours, theirs float64
		for i := range t.fixed {
			a, b := confirmed(func() (ours, theirs float64) { return measure(n, t, &t.fixed[i]) })
			ours, theirs = max(ours, a), max(theirs, b)
			fmt.Fprintf(os.Stderr, "%s, fixed secret %d of %d: kmsigner %.1f, %s %.1f\n", t.operation, i+1, len(t.fixed), a,
				t.peer, b)
		}
		rows[t.operation] = fmt.Sprintf("| %s | %s | %s | %s | %d × %d |\n",
			t.operation, verdict(ours), t.peer, verdict(theirs), len(t.fixed), n)
	}
	return rows
}

func verdict(t float64) string {
	switch {
	case math.IsNaN(t):
		return "too few"
	case t > definite:
		return fmt.Sprintf("%.1f, depends on the secret", t)
	case t > suspicious:
		return fmt.Sprintf("%.1f, suspicious", t)
	default:
		return fmt.Sprintf("%.1f", t)
	}
}

// confirmed returns the results of a measurement, and the smaller of two for ours if the first
// is suspicious.
func confirmed(measure func() (ours, theirs float64)) (ours, theirs float64) {
	ours, theirs = measure()
	if ours > suspicious {
		again, _ := measure()
		ours = min(ours, again)
	}
	return ours, theirs
}

// chunk is how many measurements are made between two collections of garbage, and poolSize how
// many inputs of each class there are.
const (
	chunk    = 1000
	poolSize = 500
)

// measure times both implementations n times and returns the greatest |t| of each.
func measure(n int, t target, fixed *input) (ours, theirs float64) {
	// The collector would run at moments of its own. It runs between the chunks.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	random := mathrand.New(mathrand.NewChaCha8(seed()))
	pools := newPools(t, fixed, random)
	measured := newInput(&pools[0][0])
	classes := make([]int, chunk)
	times := [2][]float64{make([]float64, chunk), make([]float64, chunk)}
	var tests [2]*test
	for done := -chunk; done < n; done += chunk { // the first chunk sets the limits
		renew(&pools, t, random)
		for i := range classes {
			classes[i] = random.IntN(2)
		}
		runtime.GC()
		for side, f := range []func(*input) [32]byte{t.ours, t.peers} {
			for i := range 20 {
				measured.load(&pools[i%2][i])
				f(measured) // in the wake of the collector
			}
			for i, class := range classes {
				measured.load(&pools[class][i%poolSize])
				start := time.Now()
				f(measured)
				times[side][i] = float64(time.Since(start))
			}
			if tests[side] == nil {
				tests[side] = newTest(times[side])
				continue
			}
			for i, x := range times[side] {
				tests[side].add(classes[i], x)
			}
		}
	}
	return tests[0].max(), tests[1].max()
}

func seed() (s [32]byte) {
	rand.Read(s[:])
	return s
}

// newPools returns inputs with the fixed secret, and as many with random ones. They are made
// in random order, so that neither class has the lower addresses.
func newPools(t target, fixed *input, random *mathrand.Rand) (pools [2][]input) {
	pools[0], pools[1] = make([]input, poolSize), make([]input, poolSize)
	for _, i := range random.Perm(2 * poolSize) {
		class := i % 2
		in := &pools[class][i/2]
		in.number, in.digest = fixed.number, fixed.digest
		if class == 1 {
			in.number, in.digest = randomNumber(random), randomNumber(random)
		}
		if t.prepare != nil {
			t.prepare(in)
		}
	}
	return pools
}

// renew shuffles the pools, and draws new random secrets for those of the second where they
// are cheap to make.
func renew(pools *[2][]input, t target, random *mathrand.Rand) {
	for _, pool := range pools {
		random.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	}
	for i := range pools[1] {
		in := &pools[1][i]
		in.digest = randomNumber(random)
		if t.prepare == nil {
			in.number = randomNumber(random)
		}
	}
}

// randomNumber is 32 bytes that are below both p and n, but for one time in 2^128.
func randomNumber(random *mathrand.Rand) (b [32]byte) {
	for i := 0; i < len(b); i += 8 {
		x := random.Uint64()
		for j := range 8 {
			b[i+j] = byte(x >> (8 * j))
		}
	}
	return b
}
