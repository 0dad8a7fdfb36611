// SPDX-License-Identifier: Apache-2.0

// Command ec256 writes the files that the curves of 256 bits share: the package sm2 is the
// package p256 with another curve.go and scheme.go, and with tests of their own.
//
//	go generate ./internal/ec256
//
// Copies, because the field arithmetic has to be inlined into functions that know their
// prime: through type parameters every product would be an indirect call, with arguments that
// escape to the heap.
package main

import (
	"bytes"
	"log"
	"os"
	"path/filepath"
)

//go:generate go run .

const (
	original = "p256"
	copied   = "sm2"
)

// own are the files that a curve does not share.
var own = map[string]bool{
	"curve.go": true, "scheme.go": true, "doc.go": true, "curve_test.go": true, "vectors_test.go": true,
}

func main() {
	log.SetFlags(0)
	files, err := copies(".")
	if err != nil {
		log.Fatal(err)
	}
	for name, data := range files {
		if err := os.WriteFile(name, data, 0o666); err != nil {
			log.Fatal(err)
		}
	}
}

// copies returns the copied files, by their path in the folder.
func copies(folder string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(folder, original, "*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, path := range paths {
		name := filepath.Base(path)
		if own[name] {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		data = bytes.ReplaceAll(data, []byte(original), []byte(copied))
		header := "// Code generated from " + original + "/" + name + " by internal/ec256; DO NOT EDIT.\n\n"
		files[filepath.Join(folder, copied, name)] = append([]byte(header), data...)
	}
	return files, nil
}
