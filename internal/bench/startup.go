// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
)

// startup runs programs that do nothing, that import package signer, and that make one
// signer, each many times and in turn.
func startup(e effort) (string, error) {
	folder, err := os.MkdirTemp("", "kmsigner-bench-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	build := exec.Command("go", "build", "-o", folder+string(filepath.Separator), "./startup/empty", "./startup/signer")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}

	programs := []*program{
		{name: "an empty program", command: []string{filepath.Join(folder, "empty")}},
		{name: "imports signer", command: []string{filepath.Join(folder, "signer")}},
	}
	for _, k := range keyspec.All() {
		programs = append(programs, &program{
			name:    "makes one signer, " + string(k),
			command: []string{filepath.Join(folder, "signer"), string(k)},
		})
	}
	for round := range e.startupRounds {
		for i := range programs {
			if err := programs[(i+round)%len(programs)].run(); err != nil {
				return "", err
			}
		}
	}
	var b strings.Builder
	b.WriteString("| The program | Time, start to end | More than the empty one | `ParsePrivateKey` | `New` | Heap in use | Allocated in all |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	empty := median(programs[0].times)
	for _, p := range programs {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", p.name,
			milli(median(p.times)), milli(median(p.times)-empty), milli(median(p.parsing)), milli(median(p.making)),
			kib(float64(p.last.HeapInUse)), kib(float64(p.last.Allocated)))
	}
	return b.String(), nil
}

// A program is run and timed.
type program struct {
	name    string
	command []string
	times   []time.Duration
	parsing []time.Duration
	making  []time.Duration
	last    startupReport
}

// A startupReport is what the programs print before they end.
type startupReport struct {
	Parsing   time.Duration // of the key
	Making    time.Duration // of the signer
	HeapInUse uint64        // bytes
	Allocated uint64        // bytes, in all
}

func (p *program) run() error {
	start := time.Now()
	out, err := exec.Command(p.command[0], p.command[1:]...).Output()
	p.times = append(p.times, time.Since(start))
	if err != nil {
		return fmt.Errorf("%s: %w", strings.Join(p.command, " "), err)
	}
	if err := json.Unmarshal(out, &p.last); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(p.command, " "), err)
	}
	p.parsing = append(p.parsing, p.last.Parsing)
	p.making = append(p.making, p.last.Making)
	return nil
}
