// Package vectors finds the published test vectors that stand beside a checkout,
// in ../shared/vectors. Only tests import it.
package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file below ../shared/vectors. It skips the test,
// loudly, if the folder is not there, and fails it if only the file is missing.
func Path(t testing.TB, name string) string {
	t.Helper()
	root, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(root, "LICENSE")); e == nil {
			break // the project's root, also from a nested module
		}
		if parent := filepath.Dir(root); parent != root {
			root = parent
			continue
		}
		t.Fatal("no project root above the working directory")
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "..", "shared", "vectors")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the published vectors are not here, this test has proven nothing: %v", err)
	}
	path := filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// ReadJSON decodes the file of this name into v, or skips the test as [Path] does.
func ReadJSON(t testing.TB, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
