// SPDX-License-Identifier: Apache-2.0

// Command signer imports package signer, makes one signer of the key spec that it is
// given, if any, and says what that cost.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer"
)

func main() {
	var s signer.Signer
	var parsing, making time.Duration
	if len(os.Args) > 1 {
		spec := keyspec.KeySpec(os.Args[1])
		start := time.Now()
		key, err := testkeys.Key(spec) // keyspec.ParsePrivateKey of PEM
		parsing = time.Since(start)
		if err == nil {
			start = time.Now()
			s, err = signer.New(key, spec.Algorithms()[0])
			making = time.Since(start)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf(`{"Parsing":%d,"Making":%d,"HeapInUse":%d,"Allocated":%d}`, parsing, making, m.HeapAlloc, m.TotalAlloc)
	runtime.KeepAlive(s)
}
