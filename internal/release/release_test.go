// SPDX-License-Identifier: Apache-2.0

// Package release tests the module as a release: packed for a module proxy, and used
// in an empty module by following the README word by word.
package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const root = "../.."

var version = module.Version{Path: "github.com/kmsigner/kmsigner", Version: "v0.1.0-test"}

// A public module that requires the one of the root, and is released after it.
var nested = module.Version{Path: version.Path + "/signer/jwtsigner", Version: version.Version}

// A user is an empty folder, and an environment for the go command: a module proxy
// that serves this module's HEAD as version before the usual ones, and a module cache
// of its own, since the content of version changes from run to run.
type user struct {
	t   *testing.T
	dir string
	env []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	proxy := t.TempDir()
	pack(t, proxy)
	downloads := filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download") // other modules, if they are there
	return &user{t, t.TempDir(), append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(downloads)+","+goEnv(t, "GOPROXY"),
		"GONOSUMDB="+version.Path, // the checksum database does not have a version that is not published
		"GOMODCACHE="+t.TempDir(),
		"GOFLAGS=-modcacherw", // t.TempDir removes it
		"GOWORK=off",
	)}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// pack writes HEAD to dir as a module proxy in the file system serves it. Nested modules
// require the released root in place of the one beside them.
func pack(t *testing.T, dir string) {
	t.Helper()
	tree := t.TempDir()
	command(t, root, "git archive HEAD | tar -x -C "+tree)
	publish(t, dir, version, tree)
	folder := filepath.Join(tree, strings.TrimPrefix(nested.Path, version.Path))
	command(t, folder, "go mod edit -dropreplace "+version.Path+" -require "+version.Path+"@"+version.Version)
	publish(t, dir, nested, folder)
}

// publish writes one module.
func publish(t *testing.T, dir string, m module.Version, tree string) {
	t.Helper()
	at := filepath.Join(dir, m.Path, "@v")
	require.NoError(t, os.MkdirAll(at, 0o777))
	archive, err := os.Create(filepath.Join(at, m.Version+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromDir(archive, m, tree))
	require.NoError(t, archive.Close())
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"list":              []byte(m.Version + "\n"),
		m.Version + ".info": []byte(`{"Version":"` + m.Version + `"}`),
		m.Version + ".mod":  mod,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(at, name), data, 0o666))
	}
}

func command(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
}

// sh runs a line of shell in the user's folder and returns what it prints.
func (u *user) sh(line string) string {
	u.t.Helper()
	cmd := exec.Command("sh", "-ec", line)
	cmd.Dir, cmd.Env = u.dir, u.env
	out, err := cmd.CombinedOutput()
	require.NoError(u.t, err, "%s\n%s", line, out)
	return string(out)
}

func (u *user) write(name, text string) {
	u.t.Helper()
	require.NoError(u.t, os.WriteFile(filepath.Join(u.dir, name), []byte(text), 0o666))
}

// block returns the first fenced block of the language whose text contains what.
func block(t *testing.T, file, language, what string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, file))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(data), -1) {
		if strings.Contains(m[1], what) {
			return m[1]
		}
	}
	t.Fatalf("%s: no %s block with %q", file, language, what)
	return ""
}

// The install commands and the first program of both READMEs, as they are printed.
func TestFirstProgram(t *testing.T) {
	for _, readme := range []string{"README.md", "README.zh-CN.md"} {
		t.Run(readme, func(t *testing.T) {
			u := newUser(t)
			u.sh(block(t, readme, "sh", "go get "+version.Path))
			u.write("main.go", block(t, readme, "go", "package main"))
			require.Regexp(t, `(?m)^EC_SM2/SM2DSA SHA256:`, u.sh("go run ."))
			require.Contains(t, u.sh("cat go.mod"), version.Path+" "+version.Version)
			u.sh("go vet ./...")
		})
	}
}

// The command that needs no clone, and the documentation of every public package.
func TestWithoutClone(t *testing.T) {
	u := newUser(t)
	out := u.sh("go run " + version.Path + "/examples/quickstart@" + version.Version)
	require.Equal(t, 7, strings.Count(out, "accepts it"), out)
	u.sh("go mod init hello && go get " + version.Path)
	for _, pkg := range strings.Fields(u.sh("go list -e " + version.Path + "/... 2>/dev/null")) {
		if strings.Contains(pkg, "/internal/") {
			continue
		}
		first, _, _ := strings.Cut(u.sh("go doc "+pkg), "\n")
		require.Regexp(t, `^package \w+ // import|^Package |^[A-Z]\w+ `, first, pkg)
	}
}

// A user's own unit test with the test kit: the first whole file of docs/testing.md.
func TestUnitTest(t *testing.T) {
	u := newUser(t)
	u.sh("go mod init hello && go get " + version.Path)
	u.write("example_test.go", block(t, "docs/testing.md", "go", "package signertest_test"))
	u.sh("go test ./...")
}

// The command of docs/interop.md, and the nested module's own example as a user's test.
func TestNestedModule(t *testing.T) {
	u := newUser(t)
	u.sh("go mod init hello")
	u.sh(block(t, "docs/interop.md", "sh", nested.Path))
	example, err := os.ReadFile(filepath.Join(root, "signer/jwtsigner/example_test.go"))
	require.NoError(t, err)
	u.write("example_test.go", string(example))
	require.Contains(t, u.sh("go test -v ./..."), "--- PASS: ExampleJWKSet")
	require.Contains(t, u.sh("cat go.mod"), version.Path+" "+version.Version)
	require.NotContains(t, u.sh("go list -deps -test ./..."), "jwx", "a dependency of the module's tests alone")
}

// What importers download has no nested module's files, and is not large.
func TestArchive(t *testing.T) {
	dir := t.TempDir()
	pack(t, dir)
	file := filepath.Join(dir, version.Path, "@v", version.Version+".zip")
	info, err := os.Stat(file)
	require.NoError(t, err)
	t.Logf("%s: %d bytes", version, info.Size())
	require.Less(t, info.Size(), int64(4<<20))
}
