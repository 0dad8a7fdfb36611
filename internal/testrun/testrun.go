// SPDX-License-Identifier: Apache-2.0

// Package testrun tells tests how much a run is to take: CONTRIBUTING.md has the
// switches.
package testrun

import (
	"os"
	"testing"
)

// Long reports whether tests run with the numbers of the gate: with KMSIGNER_LONG and
// without -short.
func Long() bool { return !testing.Short() && os.Getenv("KMSIGNER_LONG") != "" }

// Nightly reports whether tests run with their full numbers: with KMSIGNER_NIGHTLY.
func Nightly() bool { return os.Getenv("KMSIGNER_NIGHTLY") != "" }
