// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// TestCommittedFilesAreGenerated runs the generator and compares. The first line of a
// file names the command, with other paths here.
func TestCommittedFilesAreGenerated(t *testing.T) {
	folder := t.TempDir()
	var files []string
	for name, flags := range map[string][]string{"add_amd64": nil, "public_amd64": {"-public"}} {
		s, stubs := name+".s", name+".go"
		files = append(files, s, stubs)
		flags = append(flags, "-out", filepath.Join(folder, s), "-stubs", filepath.Join(folder, stubs), "-pkg", "ecifma")
		command := exec.Command("go", append([]string{"run", "."}, flags...)...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
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

// TestBoundsAreChecked: the generator writes no product with a factor that may have more than
// 52 bits, no sum that may not fit, and no coordinate that may grow.
func TestBoundsAreChecked(t *testing.T) {
	TEXT("check", NOSPLIT, "func()")
	top := shift(big.NewInt(1), radix*digits)
	square := func(k *kernel, max *big.Int) value {
		x := k.inMemory(Mem{Base: RAX}, max)
		return k.multiply(x, x)
	}
	square(newKernel(primes[0]), new(big.Int).Sub(top, big.NewInt(1)))
	for what, f := range map[string]func(k *kernel){
		"a factor of 261 bits":    func(k *kernel) { square(k, top) },
		"a factor with carries":   func(k *kernel) { k.square(square(k, k.p)) },
		"a negative factor":       func(k *kernel) { k.square(k.subtract(square(k, k.p), k.inMemory(Mem{Base: RAX}, k.p))) },
		"a coordinate that grows": func(k *kernel) { k.checkMax(square(k, k.p), big.NewInt(1)) },
		"an overflow":             func(k *kernel) { d := digitBound(1 << 62); d.grow(zero, d.hi); d.grow(zero, d.hi) },
	} {
		func() {
			defer func() {
				if _, is := recover().(string); !is {
					t.Errorf("%s is not seen", what)
				}
			}()
			f(newKernel(primes[0]))
		}()
	}
}

func afterFirstLine(b []byte) []byte {
	_, rest, _ := bytes.Cut(b, []byte("\n"))
	return rest
}
