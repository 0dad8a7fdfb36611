// SPDX-License-Identifier: Apache-2.0

package services

import (
	"runtime"
	"testing"
)

// A recorder is a test that must not run.
type recorder struct {
	testing.TB
	failed, skipped bool
}

func (r *recorder) Fatalf(string, ...any) { r.failed = true; runtime.Goexit() }
func (r *recorder) Skipf(string, ...any)  { r.skipped = true; runtime.Goexit() }
