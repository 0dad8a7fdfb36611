// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/internal/rsaifma"
	"github.com/kmsigner/kmsigner/keyspec"
)

// withoutLanes has this program measure itself, in another process, without the instructions that
// our assembly needs.
func withoutLanes(e effort) (string, error) {
	if !rsaifma.Supported() {
		return "The processor above has no AVX-512 IFMA.\n", nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	command := exec.Command(self, "-brief", "-out", "")
	if e.rounds < full.rounds {
		command.Args = append(command.Args, "-quick", "-pair", string(keyspec.ECP256))
	}
	command.Env = append(os.Environ(), "GODEBUG=cpu.avx512ifma=off,cpu.avx512f=off")
	output, err := command.Output()
	return string(output), err
}

// brief is a table of what we take from a digest, on one core, and of the ratios to the
// primitive.
func brief(e effort, pairs []keyspec.Pair) (string, error) {
	if rsaifma.Supported() {
		return "", fmt.Errorf("-brief is for a processor without AVX-512 IFMA, or with GODEBUG=cpu.avx512ifma=off,cpu.avx512f=off")
	}
	e.rounds = min(e.rounds, 31)
	e.batchTime = min(e.batchTime, 500*time.Millisecond)
	var b strings.Builder
	b.WriteString("| Pair | Sign | to the primitive | `SignDigests` of 64 | to the primitive | Verify | to the primitive |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, p := range pairs {
		all, err := works(p)
		if err != nil {
			return "", err
		}
		r, err := measureWork(e, all[0], nil)
		if err != nil {
			return "", err
		}
		signing, _, err := batchesOf(p)
		if err != nil {
			return "", err
		}
		if err := signing[0].measure(e); err != nil {
			return "", err
		}
		ours := r.rows[0]
		for _, theirs := range r.rows {
			if !theirs.primitive {
				continue
			}
			ratio := func(a, b time.Duration) float64 { return float64(a) / float64(b) }
			fmt.Fprintf(&b, "| %s | %s | %.2f | %s | %.2f | %s | %.2f |\n", p,
				micro(ours.sign.one), ratio(ours.sign.one, theirs.sign.one),
				micro(signing[0].shared), ratio(signing[0].shared, signing[0].theirs),
				micro(ours.verify.one), ratio(ours.verify.one, theirs.verify.one))
			break
		}
	}
	return b.String(), nil
}
