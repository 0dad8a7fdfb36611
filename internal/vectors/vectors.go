// SPDX-License-Identifier: Apache-2.0

// Package vectors finds and reads the published test vectors in the folder published,
// which is a module of its own. Only tests import it.
package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or folder in published. It fails the test if there is
// none: the vectors are in every clone of the repository, and only the zip of a module
// release has none.
func Path(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		published := filepath.Join(dir, "internal", "vectors", "published")
		if _, err := os.Stat(published); err == nil {
			path := filepath.Join(published, filepath.FromSlash(name))
			if _, err := os.Stat(path); err != nil {
				t.Fatal(err)
			}
			return path
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no folder above the working directory has internal/vectors/published: run the tests in a clone of the repository")
		}
		dir = parent
	}
}

// Read returns the contents of a file in published, or fails the test.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ReadJSON decodes a file in published into v, or fails the test.
func ReadJSON(t testing.TB, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(Read(t, name), v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
