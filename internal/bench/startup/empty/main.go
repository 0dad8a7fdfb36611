// SPDX-License-Identifier: Apache-2.0

// Command empty is what a program costs that does nothing but say what it costs.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf(`{"HeapInUse":%d,"Allocated":%d}`, m.HeapAlloc, m.TotalAlloc)
}
