// SPDX-License-Identifier: Apache-2.0

// Command consttime checks what packages say of their constant-time code, in every folder
// that has a testdata/consttime.txt. It lists, one a line after the line's kind:
//
//	files: FILE...         the source files that handle secrets
//	jump: SOURCE           a line of them that may be compiled into a conditional jump, or for
//	                       assembly the jump behind the instruction before it
//	taint: FUNC: SOURCE    a place where a branch or an address may depend on a secret
//	control: N             a package that is not constant time, in which memcheck must find
//	                       N places or more: the test of the test
//
// "consttime jumps" compiles the packages for several processors and looks for conditional
// jumps in the functions of the files. Stack checks and loops over a range are always
// allowed. "consttime taint" runs TestTaint of the packages under valgrind, see package
// taint, and compares what it finds with the list, both ways.
//
//	.ci/consttime          both, from the top of the repository
package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	checks := map[string]func(pkg) error{"jumps": jumps, "taint": taint}
	if len(os.Args) != 2 || checks[os.Args[1]] == nil {
		log.Fatal("usage: consttime jumps|taint")
	}
	packages, err := find(".")
	if err != nil {
		log.Fatal(err)
	}
	if len(packages) == 0 {
		log.Fatal("no testdata/consttime.txt")
	}
	failed := false
	for _, p := range packages {
		if err := checks[os.Args[1]](p); err != nil {
			log.Printf("%s: %v", p.dir, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// A pkg is a folder and what its testdata/consttime.txt says.
type pkg struct {
	dir     string
	files   []string
	jumps   []string
	taint   []string
	control int
}

func find(root string) (all []pkg, err error) {
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, "testdata/consttime.txt") {
			var p pkg
			p, err = read(path)
			all = append(all, p)
		}
		return err
	})
	return all, err
}

func read(path string) (p pkg, err error) {
	p.dir = filepath.Dir(filepath.Dir(path))
	file, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		kind, text, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case kind == "files":
			p.files = strings.Fields(text)
		case kind == "jump":
			p.jumps = append(p.jumps, text)
		case kind == "taint":
			p.taint = append(p.taint, text)
		case kind == "control":
			p.control, err = strconv.Atoi(text)
		case kind != "" && kind[0] != '#':
			err = fmt.Errorf("%s: %q", path, lines.Text())
		}
		if err != nil {
			return p, err
		}
	}
	return p, lines.Err()
}

// source returns the line of a file, without its indent and its comment, or "".
func source(path string, line int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	code, _, _ := strings.Cut(lines[line-1], "//")
	return strings.TrimSpace(code)
}

// compare returns an error that names what was found and is not listed, and what is listed
// and was not found.
func compare(found map[string]bool, listed []string, all bool) error {
	var wrong []string
	for text := range found {
		if !contains(listed, text) {
			wrong = append(wrong, "found and not listed: "+text)
		}
	}
	for _, text := range listed {
		if all && !found[text] {
			wrong = append(wrong, "listed and not found: "+text)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("\n\t%s", strings.Join(wrong, "\n\t"))
	}
	return nil
}

func contains(all []string, text string) bool {
	for _, x := range all {
		if x == text {
			return true
		}
	}
	return false
}
