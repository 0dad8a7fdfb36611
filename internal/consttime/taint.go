// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// report is one of memcheck's: what it found, and the innermost function.
var report = regexp.MustCompile(`(?m)^==\d+== (?:Conditional jump|Use of uninitialised).*\n==\d+==    at 0x[0-9A-F]+: (.+) \(([^()]+):(\d+)\)\n((?:==\d+==    by .*\n)*)`)

func taint(p pkg) error {
	if p.taint == nil && p.control == 0 {
		return nil
	}
	scratch, err := os.MkdirTemp("", "taint")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	test := filepath.Join(scratch, "test")
	build := exec.Command("go", "test", "-c", "-tags", "valgrind", "-o", test, "./"+p.dir)
	build.Env = append(os.Environ(), "GOEXPERIMENT=nodwarf5") // older valgrinds do not read it
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%v\n%s", err, out)
	}
	run := exec.Command("valgrind", "-q", "--error-limit=no", "--num-callers=20", test, "-test.run=^TestTaint$", "-test.v")
	run.Dir = p.dir
	run.Env = append(os.Environ(), "GOGC=off") // memory that was secret is not used again for something else
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestTaint") {
		return fmt.Errorf("%v\n%s", err, out)
	}

	found := map[string]bool{}
	for _, m := range report.FindAllStringSubmatch(string(out), -1) {
		if strings.Contains(m[4], "/internal/testkeys.") {
			continue // published, and read with assembly that loads more than it uses
		}
		name := m[1][strings.LastIndex(m[1], "/")+1:]
		line, _ := strconv.Atoi(m[3])
		found[strings.TrimSpace(name+": "+source(filepath.Join(p.dir, m[2]), line))] = true
	}
	if p.control > 0 {
		if len(found) < p.control {
			return fmt.Errorf("memcheck finds %d places in what is not constant time, not %d", len(found), p.control)
		}
		return nil
	}
	return compare(found, p.taint, true)
}
