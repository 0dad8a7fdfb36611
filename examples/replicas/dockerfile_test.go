// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

// root is the repository, and the folder that an image is built from.
const root = "../.."

// stages parses the Dockerfile with BuildKit's parser, and fails for what its linter has
// a word against.
func stages(t testing.TB) []instructions.Stage {
	t.Helper()
	file, err := os.Open(filepath.Join(root, "examples/frontend/Dockerfile"))
	require.NoError(t, err)
	defer file.Close()
	parsed, err := parser.Parse(file)
	require.NoError(t, err)
	require.Empty(t, parsed.Warnings)
	lint := linter.New(&linter.Config{
		Warn: func(name, description, url, text string, _ []parser.Range) {
			t.Errorf("%s: %s (%s)", name, text, description)
		},
	})
	stages, arguments, err := instructions.Parse(parsed.AST, lint)
	require.NoError(t, err)
	require.Empty(t, arguments)
	return stages
}

// built is where build has put the program.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.Remove(built)
	}
	os.Exit(code)
}

// build runs the RUN instruction of the Dockerfile in the repository, with another place
// for the program, which it returns. It does so once.
func build(t testing.TB, stages []instructions.Stage) string {
	t.Helper()
	if built != "" {
		return built
	}
	file, err := os.CreateTemp("", "frontend-*")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	built = file.Name()
	for _, c := range stages[0].Commands {
		if run, ok := c.(*instructions.RunCommand); ok {
			line := strings.Join(run.CmdLine, " ")
			require.Equal(t, 1, strings.Count(line, " /frontend "), line)
			cmd := exec.Command("sh", "-c", strings.Replace(line, " /frontend ", " "+built+" ", 1))
			cmd.Dir = root
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
	}
	return built
}

// The Dockerfile does what its engine would: the parts fit together, and the program
// needs nothing that an image without files does not have.
func TestDockerfile(t *testing.T) {
	all := stages(t)
	require.Len(t, all, 2)
	require.Equal(t, "build", all[0].Name)
	require.True(t, strings.HasPrefix(all[0].BaseName, "golang:1."))
	require.True(t, strings.HasSuffix(all[1].BaseName, ":nonroot"), "not as root")
	var copied, entry []string
	for _, c := range all[1].Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			require.Equal(t, "build", c.From)
			copied = append(copied, append(c.SourcePaths, c.DestPath)...)
		case *instructions.EntrypointCommand:
			require.False(t, c.PrependShell, "there is no shell")
			entry = c.CmdLine
		default:
			t.Errorf("unexpected: %T", c)
		}
	}
	require.Equal(t, []string{"/frontend", "/frontend"}, copied)
	require.Equal(t, []string{"/frontend"}, entry)

	binary := build(t, all)
	program, err := elf.Open(binary)
	require.NoError(t, err)
	defer program.Close()
	libraries, err := program.ImportedLibraries()
	require.NoError(t, err)
	require.Empty(t, libraries)
	require.Nil(t, program.Section(".interp"))
	out, err := exec.Command(binary, "-h").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "usage: frontend")
}
