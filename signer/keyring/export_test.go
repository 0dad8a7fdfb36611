// SPDX-License-Identifier: Apache-2.0

package keyring

import "testing"

// Cheap returns a keyring in a folder as cheap as those of the internal tests.
func Cheap(t testing.TB, dir string) *Keyring { return mustOpen(t, dir) }
