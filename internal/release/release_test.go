// SPDX-License-Identifier: Apache-2.0

// Package release tests the modules as a release: prepared by .ci/release, packed for a
// module proxy, and used in an empty module by following the documents word by word.
package release

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const root = "../.."

var version = module.Version{Path: "github.com/kmsigner/kmsigner", Version: "v0.1.0-test"}

// Of all tests: the prepared tree of HEAD, a module proxy that serves it, a module cache
// of its own, since the content of version changes from run to run, and what .ci/release
// printed.
var tree, proxy, cache, printed string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "kmsigner-release")
		if err == nil {
			defer os.RemoveAll(dir)
			tree, proxy, cache = filepath.Join(dir, "tree"), filepath.Join(dir, "proxy"), filepath.Join(dir, "cache")
			printed, err = prepare()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// prepare makes the tree and the proxy.
func prepare() (printed string, err error) {
	if err := os.Mkdir(tree, 0o777); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", "-ec", "git archive HEAD | tar -x -C "+tree+"; "+tree+"/.ci/release "+version.Version)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%v\n%s", err, out)
	}
	folders, err := public()
	if err != nil {
		return "", err
	}
	for _, folder := range append(folders, ".") {
		if err := publish(folder); err != nil {
			return "", fmt.Errorf("%s: %w", folder, err)
		}
	}
	return string(out), nil
}

// nested finds the folders of the nested modules.
func nested() (folders []string, err error) {
	err = filepath.WalkDir(tree, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(tree, filepath.Dir(file))
		if filepath.Base(file) == "go.mod" && folder != "." {
			folders = append(folders, filepath.ToSlash(folder))
		}
		return err
	})
	return folders, err
}

// public finds those that are released: what is not of this repository's own tests and
// tools, and no example.
func public() (folders []string, err error) {
	folders, err = nested()
	return slices.DeleteFunc(folders, func(folder string) bool {
		return strings.HasPrefix(folder, "internal/") || strings.HasPrefix(folder, "examples/")
	}), err
}

func modulePath(folder string) string { return path.Join(version.Path, folder) }

// publish writes the module in a folder of the tree as a module proxy in the file system
// serves it.
func publish(folder string) error {
	m := module.Version{Path: modulePath(folder), Version: version.Version}
	at := filepath.Join(proxy, m.Path, "@v")
	if err := os.MkdirAll(at, 0o777); err != nil {
		return err
	}
	archive, err := os.Create(filepath.Join(at, m.Version+".zip"))
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := zip.CreateFromDir(archive, m, filepath.Join(tree, folder)); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(tree, folder, "go.mod"))
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{
		"list":              []byte(m.Version + "\n"),
		m.Version + ".info": []byte(`{"Version":"` + m.Version + `"}`),
		m.Version + ".mod":  mod,
	} {
		if err := os.WriteFile(filepath.Join(at, name), data, 0o666); err != nil {
			return err
		}
	}
	return archive.Close()
}

// A user is an empty folder, and an environment for the go command, whose proxy serves the
// release before the usual ones.
type user struct {
	t   *testing.T
	dir string
	env []string
}

func newUser(t *testing.T) *user {
	t.Helper()
	downloads := filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download") // other modules, if they are there
	return &user{t, t.TempDir(), append(os.Environ(),
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(downloads)+","+goEnv(t, "GOPROXY"),
		"GONOSUMDB="+version.Path, // the checksum database does not have a version that is not published
		"GOMODCACHE="+cache,
		"GOFLAGS=-modcacherw", // so that TestMain can remove it
		"GOWORK=off",
	)}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
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
func TestJWTSigner(t *testing.T) {
	u := newUser(t)
	u.sh("go mod init hello")
	u.sh(block(t, "docs/interop.md", "sh", modulePath("signer/jwtsigner")))
	example, err := os.ReadFile(filepath.Join(root, "signer/jwtsigner/example_test.go"))
	require.NoError(t, err)
	u.write("example_test.go", string(example))
	require.Contains(t, u.sh("go test -v ./..."), "--- PASS: ExampleJWKSet")
	require.Contains(t, u.sh("cat go.mod"), version.Path+" "+version.Version)
	require.NotContains(t, u.sh("go list -deps -test ./..."), "jwx", "a dependency of the module's tests alone")
}

// Each public nested module is got by its path alone, brings the root of the same release,
// finds all that it imports, and has documentation. It is built with KMSIGNER_NIGHTLY alone:
// its own tests build it with the same versions of what it requires.
func TestNestedModules(t *testing.T) {
	folders, err := public()
	require.NoError(t, err)
	require.Subset(t, folders, []string{"signer/jwtsigner", "signer/cloud/alibaba", "signer/cloud/instance",
		"signer/cloud/tencent"})
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			u, at := newUser(t), modulePath(folder)
			u.sh("go mod init hello && go get " + at)
			selected := u.sh("go list -m all")
			for _, m := range []string{version.Path, at} {
				require.Contains(t, selected, m+" "+version.Version+"\n")
			}
			u.sh("go list -deps " + at + "/...")
			if os.Getenv("KMSIGNER_NIGHTLY") != "" {
				u.sh("go build " + at + "/...")
			}
			require.Regexp(t, `^package \w+ // import`, u.sh("go doc "+at))
		})
	}
}

// What .ci/release prints is a tag for each module, the root's first: a nested module
// cannot be got before the root that it requires.
func TestTags(t *testing.T) {
	folders, err := public()
	require.NoError(t, err)
	slices.Sort(folders)
	want := []string{version.Version}
	for _, folder := range folders {
		want = append(want, folder+"/"+version.Version)
	}
	require.Equal(t, want, strings.Fields(printed))
}

// A module of this repository in another one's go.mod is of the release.
func TestRequirements(t *testing.T) {
	folders, err := nested()
	require.NoError(t, err)
	for _, folder := range folders {
		for _, r := range goMod(t, folder).Require {
			if ours.MatchString(r.Mod.Path) {
				require.Equal(t, version.Version, r.Mod.Version, "%s requires %s", folder, r.Mod.Path)
			}
		}
	}
}

// Users' go commands ignore replace directives, so nothing else is replaced in what is
// released. Users may also have a newer root than a nested module requires: of the root it
// uses what is public alone.
func TestWhatNestedModulesRelyOn(t *testing.T) {
	folders, err := public()
	require.NoError(t, err)
	for _, folder := range folders {
		mod := goMod(t, folder)
		require.Equal(t, modulePath(folder), mod.Module.Mod.Path)
		for _, r := range mod.Replace {
			require.Regexp(t, ours, r.Old.Path, "%s", folder)
		}
		cmd := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, "./...")
		cmd.Dir = filepath.Join(tree, folder)
		imports, err := cmd.Output()
		require.NoError(t, err)
		require.NotContains(t, string(imports), version.Path+"/internal/", "%s", folder)
	}
}

var ours = regexp.MustCompile("^" + regexp.QuoteMeta(version.Path) + "(/|$)")

func goMod(t *testing.T, folder string) *modfile.File {
	t.Helper()
	name := filepath.Join(tree, folder, "go.mod")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	mod, err := modfile.Parse(name, data, nil)
	require.NoError(t, err)
	return mod
}

// What importers download has no nested module's files, and is not large.
func TestArchive(t *testing.T) {
	info, err := os.Stat(filepath.Join(proxy, version.Path, "@v", version.Version+".zip"))
	require.NoError(t, err)
	t.Logf("%s: %d bytes", version, info.Size())
	require.Less(t, info.Size(), int64(4<<20))
}
