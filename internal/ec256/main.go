// SPDX-License-Identifier: Apache-2.0

// Command ec256 writes the files that the curves of 256 bits share: the package sm2 is the
// package p256 with another assembly.go, curve.go and scheme.go, and with tests of their own.
// secp256k1, whose prime has faster arithmetic, and whose points an endomorphism, has some of the
// files.
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
	"assembly.go": true, "curve.go": true, "scheme.go": true, "doc.go": true,
	"curve_test.go": true, "vectors_test.go": true,
}

// koblitz is the folder of secp256k1, and joined are the files that it has of those.
var (
	koblitz = filepath.Join("..", "secp256k1")
	joined  = map[string]bool{
		"sign.go": true, "sign_test.go": true, "check.go": true, "check_test.go": true,
		"nonces.go": true, "nonces_test.go": true, "comb.go": true, "comb_test.go": true,
		"lanes.go": true, "lanes_test.go": true, "taint_test.go": true, "allocations_test.go": true,
		"publiclanes.go": true, "publiclanes_test.go": true, "verifybatch.go": true,
	}
)

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
		files[filepath.Join(folder, copied, name)] = copyOf(data, name, copied)
		if joined[name] {
			files[filepath.Join(folder, koblitz, name)] = copyOf(data, name, filepath.Base(koblitz))
		}
	}
	return files, nil
}

// copyOf returns the copy of a file for another package.
func copyOf(data []byte, name, pkg string) []byte {
	header := "// Code generated from " + original + "/" + name + " by internal/ec256; DO NOT EDIT.\n\n"
	return append([]byte(header), bytes.ReplaceAll(data, []byte(original), []byte(pkg))...)
}
