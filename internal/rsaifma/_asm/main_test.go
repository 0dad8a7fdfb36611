// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCommittedFilesAreGenerated runs the generator and compares. The first line of a
// file names the command, with other paths here.
func TestCommittedFilesAreGenerated(t *testing.T) {
	folder := t.TempDir()
	files := []string{"amm_amd64.s", "amm_amd64.go"}
	command := exec.Command("go", "run", ".",
		"-out", filepath.Join(folder, files[0]), "-stubs", filepath.Join(folder, files[1]), "-pkg", "rsaifma")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, name := range files {
		want, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(afterFirstLine(got), afterFirstLine(want)) {
			t.Errorf("../%s is not what the generator writes: run go generate in its folder", name)
		}
	}
}

func afterFirstLine(b []byte) []byte {
	_, rest, _ := bytes.Cut(b, []byte("\n"))
	return rest
}
