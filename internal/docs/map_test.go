// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/kmsigner/kmsigner/"

// imports are what the packages of this repository import of each other, by folder, without
// tests.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.IndexAny(entry.Name(), "._") == 0 && name != root) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		folder = filepath.ToSlash(folder)
		all[folder] = slices.Clip(all[folder]) // at least a key
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
			if ours && !slices.Contains(all[folder], imported) {
				all[folder] = append(all[folder], imported)
			}
		}
		return nil
	}))
	return all
}

// below reports whether a folder is in another one, or is it. "signer/cloud/…" is all below
// signer/cloud.
func below(folder, other string) bool {
	other = strings.TrimSuffix(other, "/…")
	return folder == other || strings.HasPrefix(folder, other+"/")
}

// CONTRIBUTING.md's map has a row for every folder, and packages import what it says.
func TestMap(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(data), "\n## Map\n")
	rows := map[string][]string{} // what each folder may import; nil where the row has words instead
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if strings.HasPrefix(line, "Where something new goes") {
			break
		}
		if !strings.HasPrefix(line, "| ") || cells[0] == "Folder" || cells[0] == "---" {
			continue
		}
		allowed := []string{"errors", "internal/nilness", "internal/testrun"}
		for _, name := range strings.Split(strings.Join(cells[2:], ""), ", ") {
			if _, err := os.Stat(filepath.Join(root, name)); name == "" || err != nil && name != "the standard library" {
				allowed = nil
				break
			}
			allowed = append(allowed, name)
		}
		for _, folder := range strings.Split(cells[0], ", ") {
			rows[folder] = allowed
		}
	}
	require.Greater(t, len(rows), 40)

	all := imports(t)
	row := func(folder string) string {
		longest := ""
		for name := range rows {
			if below(folder, name) && len(name) > len(longest) {
				longest = name
			}
		}
		return longest
	}
	for folder := range all {
		name := row(folder)
		switch {
		case folder == ".": // imports everything, so that "go get" finds it
			continue
		case name == "", name == "signer" && folder != "signer": // a row of its own
			t.Errorf("no row for %s", folder)
			continue
		case rows[name] == nil:
			continue
		}
		reached := slices.Clone(rows[name])
		for i := 0; i < len(reached); i++ {
			for other, more := range all {
				if below(other, reached[i]) {
					for _, next := range more {
						if !slices.Contains(reached, next) {
							reached = append(reached, next)
						}
					}
				}
			}
		}
		for _, imported := range all[folder] {
			if !below(imported, name) && !slices.ContainsFunc(reached, func(r string) bool { return below(imported, r) }) {
				t.Errorf("%s imports %s, which its row does not say", folder, imported)
			}
		}
	}
	for name := range rows {
		_, err := os.Stat(filepath.Join(root, strings.TrimSuffix(name, "/…")))
		require.NoError(t, err, "a row for what does not exist")
	}
}
