// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// conditional are the mnemonics of conditional jumps, in Go's assembly, by processor.
var conditional = map[string]*regexp.Regexp{
	"amd64":   regexp.MustCompile(`^J[A-Z]+$`),
	"arm64":   regexp.MustCompile(`^(B(EQ|NE|CS|HS|CC|LO|MI|PL|VS|VC|HI|LS|GE|LT|GT|LE)|CBN?ZW?|TBN?Z)$`),
	"riscv64": regexp.MustCompile(`^B(EQ|NE|LT|GE|GT|LE|LTU|GEU|GTU|LEU|EQZ|NEZ|GEZ|LTZ|GTZ|LEZ)$`),
	"s390x":   regexp.MustCompile(`^(B(EQ|NE|LT|GE|LE|GT|LEU|LTU|GEU|GTU|VC|VS|RC|RCT|RCTG)|CMPU?B[A-Z]+|CL?G?[RI]J)$`),
}

var (
	instruction = regexp.MustCompile(`^\t0x[0-9a-f]+ \d+ \(([^()]+):(\d+)\)\t([A-Z0-9]+)`)
	// A loop over a range has a count that is no secret: no secret has a length.
	loop = regexp.MustCompile(`^for (\w+(, \w+)? := )?range `)
)

func jumps(p pkg) error {
	if len(p.files) == 0 {
		return nil
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil {
		return err
	}
	found := map[string]bool{}
	compiled := slices.DeleteFunc(slices.Clone(p.files), func(file string) bool { return strings.HasSuffix(file, ".s") })
	for _, file := range p.files {
		if strings.HasSuffix(file, ".s") {
			if err := jumpsIn(filepath.Join(dir, file), found); err != nil {
				return err
			}
		}
	}
	if p.files = compiled; len(compiled) == 0 {
		return compare(found, p.jumps, true)
	}
	for arch, mnemonic := range conditional {
		n, err := jumpsOn(arch, mnemonic, p, dir, found)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("no conditional jump on %s, not even of a loop: the output of the compiler is not what is expected", arch)
		}
	}
	return compare(found, p.jumps, true)
}

// jumpsIn adds to found the conditional jumps of assembly for amd64, each with the instruction
// before it, which sets what the jump reads.
func jumpsIn(path string, found map[string]bool) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before := ""
	for _, line := range strings.Split(string(text), "\n") {
		code, _, _ := strings.Cut(line, "//")
		fields := strings.Fields(code)
		if len(fields) == 0 {
			continue
		}
		if op := fields[0]; op != "JMP" && conditional["amd64"].MatchString(op) {
			found[before+"; "+op] = true
		}
		before = strings.Join(fields, " ")
	}
	return nil
}

// jumpsOn adds to found the lines with jumps that are neither of a loop nor a stack check,
// and returns how many jumps there are in all.
func jumpsOn(arch string, mnemonic *regexp.Regexp, p pkg, dir string, found map[string]bool) (n int, err error) {
	cmd := exec.Command("go", "build", "-gcflags=-S", "./"+p.dir)
	cmd.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%v\n%s", err, out)
	}
	secret := false
	for _, line := range strings.Split(string(out), "\n") {
		m := instruction.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		path, op := m[1], m[3]
		if op == "TEXT" { // a function begins
			secret = filepath.Dir(path) == dir && slices.Contains(p.files, filepath.Base(path))
		}
		if !secret || op == "JMP" || !mnemonic.MatchString(op) {
			continue
		}
		n++
		number, _ := strconv.Atoi(m[2])
		if text := source(path, number); !strings.HasPrefix(text, "func ") && !loop.MatchString(text) {
			found[text] = true
		}
	}
	return n, nil
}
