// SPDX-License-Identifier: Apache-2.0

package registers

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// Quiet keeps the goroutine on its thread and the garbage collector off until the test ends. The
// collector computes in vector and mask registers too since Go 1.26, and a goroutine that moves to
// another thread finds there what other code has left.
func Quiet(t testing.TB) {
	runtime.LockOSThread()
	before := debug.SetGCPercent(-1)
	t.Cleanup(func() {
		debug.SetGCPercent(before)
		runtime.UnlockOSThread()
	})
	runtime.GC()
}
