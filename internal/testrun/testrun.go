// SPDX-License-Identifier: Apache-2.0

// Package testrun tells tests how much a run is to take, and ends those that lack a
// tool: CONTRIBUTING.md has the switches.
package testrun

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// Long reports whether tests run with the numbers of the gate: with KMSIGNER_LONG and
// without -short.
func Long() bool { return !testing.Short() && os.Getenv("KMSIGNER_LONG") != "" }

// Nightly reports whether tests run with their full numbers: with KMSIGNER_NIGHTLY.
func Nightly() bool { return os.Getenv("KMSIGNER_NIGHTLY") != "" }

// Program returns the path of a program. Without one it ends the test with Missing.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "%v", err)
	}
	return path
}

// Missing ends a test that this machine lacks something for: it fails with CI in the
// environment, and is skipped otherwise.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf("SKIPPED, nothing is proven: "+format, args...)
}

// Brief reports whether tests run with -short on another processor than amd64, as the gate has them
// run, emulated: they show that the code computes the same there, in a part of the time.
func Brief() bool { return testing.Short() && runtime.GOARCH != "amd64" }
