// SPDX-License-Identifier: Apache-2.0

// Command ec256 writes the files that the curves of 256 bits share, from those of the package p256:
// the package sm2 takes all but those that know the curve or the scheme, and secp256k1, whose prime
// has faster arithmetic, and whose points an endomorphism, those that depend on neither.
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

// own are the files of p256 that sm2 has of its own.
var own = map[string]bool{
	"assembly.go": true, "curve.go": true, "scheme.go": true, "doc.go": true,
	"curve_test.go": true, "vectors_test.go": true,
}

// koblitz is the folder of secp256k1, and joined are the files that it takes.
var (
	koblitz = filepath.Join("..", "secp256k1")
	joined  = map[string]bool{
		"limbs.go": true, "point.go": true, "scalar.go": true, "comb.go": true, "lanes.go": true,
		"nonces.go": true, "sign.go": true, "check.go": true, "scheme.go": true,
		"verify.go": true, "publiclanes.go": true, "verifybatch.go": true, "timing.go": true,

		"numbers_test.go": true, "assembly_test.go": true, "point_test.go": true, "scalar_test.go": true,
		"comb_test.go": true, "lanes_test.go": true,
		"nonces_test.go": true, "sign_test.go": true, "check_test.go": true,
		"publiclanes_test.go": true, "verifybatch_test.go": true, "timing_test.go": true, "taint_test.go": true, "allocations_test.go": true,
		"verify_test.go": true, "fuzz_test.go": true, "bench_test.go": true,
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

// copies returns the files to write, by their paths, for the folder of this package.
func copies(folder string) (map[string][]byte, error) {
	paths, err := filepath.Glob(filepath.Join(folder, original, "*.go"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, path := range paths {
		name := filepath.Base(path)
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !own[name] {
			files[filepath.Join(folder, copied, name)] = copyOf(data, name, copied)
		}
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
