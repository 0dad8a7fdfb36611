// Command dudect looks for time that depends on a secret, by the method of O. Reparaz,
// J. Balasch and I. Verbauwhede, "Dude, is my code constant time?" (DATE 2017): it
// times an operation on a fixed secret and on random ones, in random order, and asks
// with Welch's t-test whether the two differ.
//
//	go -C internal/bench run ./dudect             about three minutes, and more for RSA
//	go -C internal/bench run ./dudect -n 5000000
//
// A |t| over 4.5 is suspicious, one over 10 a leak. It grows with the root of the
// number of measurements if there is one, and does not if there is none. A peer that is
// not constant time runs beside ours, and shows that the test would tell: decred's
// secp256k1, and math/big's exponentiation for RSA and its inversion for P-256 and SM2,
// whose signatures are crypto/ecdsa's and gmsm's, which are constant time but for what math/big
// does with the key. RSA is measured where the processor
// has AVX-512 IFMA; elsewhere none of our arithmetic is in it.
package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"log"
	"math"
	mathrand "math/rand/v2"
	"os"
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
	out := flag.String("out", "../../docs/performance.md", "the `page` to write the table to, or empty")
	flag.Parse()
	if flag.NArg() > 0 || *n < 10_000 {
		flag.Usage()
		os.Exit(2)
	}
	table := run(*n, targets())
	fmt.Printf("\n%s", table)
	if *out == "" {
		return
	}
	if err := page.Write(*out, "timing", table); err != nil {
		log.Fatal(err)
	}
}

// run tests every target and returns the table.
func run(n int, targets []target) string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var b strings.Builder
	b.WriteString("| Operation | kmsigner, max \\|t\\| | The peer | Its max \\|t\\| | Measurements of each |\n")
	b.WriteString("| --- | ---: | --- | ---: | ---: |\n")
	for _, t := range targets {
		n := (n/max(1, t.share) + chunk - 1) / chunk * chunk
		var ours, theirs float64
		for i := range t.fixed {
			a, b := measure(n, t, &t.fixed[i])
			ours, theirs = max(ours, a), max(theirs, b)
			fmt.Fprintf(os.Stderr, "%s, fixed secret %d of %d: kmsigner %.1f, %s %.1f\n", t.operation, i+1, len(t.fixed), a, t.peer, b)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d × %d |\n", t.operation, verdict(ours), t.peer, verdict(theirs), len(t.fixed), n)
	}
	return b.String()
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

// chunk is how many measurements are made between two collections of garbage.
const chunk = 1000

// measure times both implementations n times and returns the greatest |t| of each.
func measure(n int, t target, fixed *input) (ours, theirs float64) {
	// The collector would run at moments of its own. It runs between the chunks.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	random := mathrand.New(mathrand.NewChaCha8(seed()))
	inputs := make([]input, chunk)
	classes := make([]int, chunk)
	times := [2][]float64{make([]float64, chunk), make([]float64, chunk)}
	var tests [2]*test
	for done := -chunk; done < n; done += chunk { // the first chunk sets the limits
		prepare(inputs, classes, t, fixed, random, done == -chunk)
		runtime.GC()
		for side, f := range []func(*input) [32]byte{t.ours, t.peers} {
			for i := range 20 {
				f(&inputs[i]) // in the wake of the collector
			}
			for i := range inputs {
				start := time.Now()
				f(&inputs[i])
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

// prepare fills the inputs, each with the fixed secret or a random one as a coin has
// it. Keys are dear to make: once made, they only change places.
func prepare(inputs []input, classes []int, t target, fixed *input, random *mathrand.Rand, first bool) {
	if !first && t.prepare != nil {
		random.Shuffle(len(inputs), func(i, j int) {
			inputs[i], inputs[j] = inputs[j], inputs[i]
			classes[i], classes[j] = classes[j], classes[i]
		})
	}
	for i := range inputs {
		in := &inputs[i]
		if first || t.prepare == nil {
			classes[i] = random.IntN(2)
			in.number = fixed.number
			if classes[i] == 1 {
				in.number = randomNumber(random)
			}
			if t.prepare != nil {
				t.prepare(in)
			}
		}
		in.digest = fixed.digest
		if classes[i] == 1 {
			in.digest = randomNumber(random)
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
