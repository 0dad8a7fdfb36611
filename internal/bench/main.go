// SPDX-License-Identifier: Apache-2.0

// Command bench measures kmsigner beside the primitives that it stands on and the
// libraries that do the same work, and writes docs/performance.md:
//
//	internal/bench/peers.sh FOLDER        fetches newer peers in C, for -peers
//	go -C internal/bench run .            all of it, about six minutes
//	go -C internal/bench run . -pair EC_P256K
//	go -C internal/bench run . -quick     a smoke test
//
// Everything that is compared runs interleaved in this one process, OpenSSL aside,
// which is asked through its own "openssl speed" between the rounds. With -pair and
// -quick nothing is written.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/bench/page"
	"github.com/kmsigner/kmsigner/keyspec"
)

// effort is how much a run measures.
type effort struct {
	rounds        int           // of each comparison
	slice         time.Duration // of each entrant in a round, or one call if that takes longer
	opensslRounds int           // of one second for each operation, the shortest that it can
	message       int64         // bytes; a round of the message comparison reads a part of it
	batchTime     time.Duration // of each batch, or three rounds if they take longer; if 0, one round
	startupRounds int
}

var (
	full = effort{
		rounds: 101, slice: 3 * time.Millisecond, opensslRounds: 7, message: 1 << 30,
		batchTime: 1500 * time.Millisecond, startupRounds: 31,
	}
	quick = effort{rounds: 10, slice: 100 * time.Microsecond, opensslRounds: 1, message: 16 << 20, batchTime: 0,
		startupRounds: 3}
)

// peersFolder is where newer peers are than the system's, or empty.
var peersFolder string

func main() {
	log.SetFlags(0)
	pair := flag.String("pair", "", "measure only this `pair` or key spec, and write nothing")
	rounds := flag.Int("rounds", full.rounds, "rounds of each comparison, at least 10")
	out := flag.String("out", "../../docs/performance.md", "the `page` to write the tables to, or empty")
	flag.StringVar(&peersFolder, "peers", "",
		"the `folder` that peers.sh has filled with a newer OpenSSL and libsecp256k1, or empty")
	briefly := flag.Bool("brief", false, "print only what the page has of a processor without our assembly")
	smoke := flag.Bool("quick", false, "a smoke test: few and short rounds, and nothing written")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 10 {
		flag.Usage()
		os.Exit(2)
	}
	if peersFolder != "" {
		opensslCommand = filepath.Join(peersFolder, "openssl")
		if opensslVersion() == "" {
			log.Fatalf("no OpenSSL in %s: see peers.sh", peersFolder)
		}
	}
	e := full
	e.rounds = *rounds
	if *smoke {
		e = quick
	}
	var pairs []keyspec.Pair
	for _, p := range keyspec.Pairs() {
		if *pair == "" || *pair == p.String() || *pair == string(p.KeySpec) {
			pairs = append(pairs, p)
		}
	}
	if len(pairs) == 0 {
		log.Fatalf("no pair is named %s", *pair)
	}
	if *briefly {
		table, err := brief(e, pairs)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(table)
		return
	}

	sections, err := run(e, pairs, *pair == "")
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sections {
		fmt.Printf("\n%s\n", strings.TrimSpace(s.text))
	}
	if *pair != "" || *smoke || *out == "" {
		return
	}
	for _, s := range sections {
		if err := page.Write(*out, s.name, s.text); err != nil {
			log.Fatal(err)
		}
	}
}

// A section is a generated part of the page.
type section struct{ name, text string }

// run measures, and returns the sections of the page that it has the numbers for.
func run(e effort, pairs []keyspec.Pair, everything bool) ([]section, error) {
	var results []pairResult
	for _, p := range pairs {
		progress("%s", p)
		r, err := measurePair(e, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		results = append(results, r)
	}
	sections := []section{
		{"machine", machine()},
		{"summary", summary(results)},
		{"pairs", tables(results)},
	}
	if !everything {
		return sections, nil
	}
	for _, part := range []struct {
		name    string
		measure func(effort) (string, error)
	}{
		{"batches", func(e effort) (string, error) {
			text, signing, verifying, err := batches(e)
			sections = append(sections, section{"quoted", quoted(results, signing, verifying)})
			return text, err
		}},
		{"without", withoutLanes},
		{"messages", messages},
		{"startup", startup},
	} {
		progress("%s", part.name)
		text, err := part.measure(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		sections = append(sections, section{part.name, text})
	}
	return sections, nil
}

var started = time.Now()

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(started).Seconds(), fmt.Sprintf(format, args...))
}
