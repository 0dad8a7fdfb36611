// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// machine says where the numbers come from.
func machine() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s on %s/%s", time.Now().UTC().Format("2 January 2006"), runtime.Version(), runtime.GOOS,
		runtime.GOARCH)
	if model := cpuModel(); model != "" {
		fmt.Fprintf(&b, ", %s", model)
	}
	fmt.Fprintf(&b, ", %d cores", runtime.GOMAXPROCS(0))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Fprintf(&b, ", load %s when the run began", strings.Fields(string(load))[0])
	}
	b.WriteString(".\n")
	var versions []string
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if name, ok := peers[m.Path]; ok {
				versions = append(versions, name+" "+m.Version)
			}
		}
	}
	versions = append(versions, libsecp256k1Versions()...)
	if version := opensslVersion(); version != "" {
		versions = append(versions, version)
	}
	b.WriteString(strings.Join(versions, ", ") + ".\n")
	return b.String()
}

// peers are the modules that the tables name.
var peers = map[string]string{
	"github.com/decred/dcrd/dcrec/secp256k1/v4": "decred secp256k1",
	"github.com/btcsuite/btcd/btcec/v2":         "btcec",
	"github.com/ethereum/go-ethereum":           "go-ethereum",
	"github.com/emmansun/gmsm":                  "gmsm",
	"github.com/tjfoc/gmsm":                     "tjfoc/gmsm",
	"github.com/tink-crypto/tink-go/v2":         "tink-go",
	"github.com/go-jose/go-jose/v4":             "go-jose",
	"github.com/golang-jwt/jwt/v5":              "golang-jwt",
	"github.com/lestrrat-go/jwx/v3":             "jwx",
	"github.com/sigstore/sigstore":              "sigstore",
}

func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	model := cpuField(info, "model name")
	if model == "" {
		return ""
	}
	var has []string
	flags := strings.Fields(cpuField(info, "flags"))
	for _, feature := range [][2]string{{"adx", "ADX"}, {"sha_ni", "SHA-NI"}, {"avx512f", "AVX-512"},
		{"avx512ifma", "AVX-512 IFMA"}} {
		if slices.Contains(flags, feature[0]) {
			has = append(has, feature[1])
		}
	}
	text := fmt.Sprintf("%s (%s; %s)", model, cpuKind(), strings.Join(has, ", "))
	if slices.Contains(flags, "hypervisor") {
		text += " in a virtual machine"
	}
	return text
}

// cpuField returns what /proc/cpuinfo says of the first processor.
func cpuField(info []byte, field string) string {
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// summary has one row for each pair: our time, and the ratio to the primitive's and to
// that of the peer with whom we compare worst, whatever the work, which it names if it is
// not the one of our time.
func summary(results []pairResult) string {
	var b strings.Builder
	b.WriteString("| Pair | Sign | to the primitive | to the peer that does best | Verify | to the primitive | to the peer that does best |\n")
	b.WriteString("| --- | ---: | ---: | --- | ---: | ---: | --- |\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s |%s |%s |\n", r.pair, r.half(func(r row) figures { return r.sign }),
			r.half(func(r row) figures { return r.verify }))
	}
	return b.String()
}

// half is the three cells of a summary row that are on signing or on verifying.
func (r pairResult) half(of func(row) figures) string {
	first := r.works[0]
	ours := of(first.rows[0]).one
	primitive, best, bestName, bestWork := "", 0.0, "", ""
	for _, w := range r.works {
		ours := of(w.rows[0]).one
		for _, theirs := range w.rows[1:] {
			switch ratio := float64(ours) / float64(of(theirs).one); {
			case of(theirs).one == 0:
			case theirs.primitive && w.name == first.name:
				primitive = fmt.Sprintf("%.2f", ratio)
			case !theirs.primitive && ratio > best:
				best, bestName, bestWork = ratio, theirs.name, w.name
			}
		}
	}
	cells := fmt.Sprintf(" %s | %s |", micro(ours), primitive)
	if bestName == "" {
		return cells
	}
	short, _, _ := strings.Cut(bestName, ",")
	cells += fmt.Sprintf(" %.2f, %s", best, short)
	if bestWork != first.name {
		cells += ": " + bestWork
	}
	return cells
}

// tables has a table for each pair with all that was measured.
func tables(results []pairResult) string {
	var b strings.Builder
	for _, r := range results {
		fmt.Fprintf(&b, "### %s\n\n", r.pair)
		b.WriteString("| Work | Who | Sign | All cores | Memory | Verify | All cores | Memory |\n")
		b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, w := range r.works {
			for i, theirs := range w.rows {
				work, ours := w.name, w.rows[0]
				if i == 0 {
					ours = row{} // no ratio to itself
				} else {
					work = ""
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", work, theirs.name,
					cells(ours.sign, theirs.sign), cells(ours.verify, theirs.verify))
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// cells are the time, the time on all cores, and the memory.
func cells(ours, theirs figures) string {
	memory := ""
	if theirs.onHeap {
		memory = fmt.Sprintf("%s in %.0f", kib(theirs.bytes), theirs.allocations)
	}
	return fmt.Sprintf("%s | %s | %s", against(ours.one, theirs.one), against(ours.all, theirs.all), memory)
}

// against is a time, and our time divided by it.
func against(ours, theirs time.Duration) string {
	switch {
	case theirs == 0:
		return ""
	case ours == 0:
		return micro(theirs)
	}
	return fmt.Sprintf("%s (%.2f)", micro(theirs), float64(ours)/float64(theirs))
}

// micro is a time in microseconds, with three digits or more.
func micro(d time.Duration) string {
	us := float64(d) / float64(time.Microsecond)
	switch {
	case d == 0:
		return ""
	case us < 100:
		return fmt.Sprintf("%.1f µs", us)
	default:
		return fmt.Sprintf("%.0f µs", us)
	}
}

func milli(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func kib(bytes float64) string {
	if bytes < 10<<10 {
		return fmt.Sprintf("%.0f B", bytes)
	}
	return fmt.Sprintf("%.0f KiB", bytes/(1<<10))
}
