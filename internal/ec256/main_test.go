// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The copies are what the command writes, and there are no others.
func TestCopies(t *testing.T) {
	files, err := copies(".")
	require.NoError(t, err)
	require.Greater(t, len(files), 15)
	for name, want := range files {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is not what go generate ./internal/ec256 writes", name)
	}
	for name := range joined {
		require.Contains(t, files, filepath.Join(koblitz, name))
	}
	// A copy that is no longer written would go stale.
	for _, folder := range []string{copied, koblitz} {
		there, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		for _, name := range there {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			if bytes.Contains(data, []byte(" by internal/ec256; DO NOT EDIT.")) {
				require.Contains(t, files, name, "%s is no longer written", name)
			} else if folder == copied {
				require.Contains(t, own, filepath.Base(name), "%s is neither written nor one of its own", name)
			}
		}
	}
	for name := range own {
		require.FileExists(t, filepath.Join(original, name))
		require.FileExists(t, filepath.Join(copied, name))
	}
}
