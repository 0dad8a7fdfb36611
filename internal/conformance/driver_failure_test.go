// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A peer that is not installed may be skipped, outside CI only.
func TestMissingPeersAreSkipped(t *testing.T) {
	none := t.TempDir()
	jar := filepath.Join(none, "there.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	for name, c := range map[string]struct {
		path string
		d    driver
	}{
		"no gcc":     {none, compiled("openssl.c", "stdio.h")},
		"no header":  {os.Getenv("PATH"), compiled("openssl.c", "no/such/header.h")},
		"no jar":     {os.Getenv("PATH"), inJava("BouncyCastle.java", filepath.Join(none, "not there.jar"))},
		"no java":    {none, inJava("BouncyCastle.java", jar)},
		"only a JRE": {program(t, "java", "echo java.base@17"), inJava("BouncyCastle.java", jar)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", c.path)
			_, err := launch(t, c.d)
			require.ErrorIs(t, err, errNotInstalled)
			t.Setenv("CI", "")
			require.True(t, maySkip(err))
			t.Setenv("CI", "true")
			require.False(t, maySkip(err))
		})
	}
}

// A peer that is there and does not work is never skipped.
func TestBrokenDriversFail(t *testing.T) {
	_, err := exec.LookPath("gcc")
	hasGCC := err == nil
	t.Setenv("CI", "")
	jar := filepath.Join(t.TempDir(), "there.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	for name, c := range map[string]struct {
		path   string
		d      driver
		says   string
		needed bool
	}{
		// The preprocessor, which looks for the header, does not mind.
		"C that does not compile":       {os.Getenv("PATH"), compiled("openssl.c", "stdio.h", "-Dreturn=oops"), "openssl.c: exit status 1", hasGCC},
		"a library that does not link":  {os.Getenv("PATH"), compiled("openssl.c", "stdio.h", "-lno-such-library"), "openssl.c: exit status 1", hasGCC},
		"a JVM that does not start":     {program(t, "java", "echo no heap >&2; exit 1"), inJava("BouncyCastle.java", jar), "no heap", true},
		"a driver in Java that is gone": {program(t, "java", "[ $1 = --list-modules ] || exit 1; echo jdk.compiler@17"), inJava("BouncyCastle.java", jar), "no answer to hello", true},
		"an exit":                       {"", runs("exit 3"), "exit status 3", true},
		"an exit without an error":      {"", runs("exit 0"), "no answer to hello", true},
		"an answer that is no JSON":     {"", runs("echo hello"), "no answer to hello", true},
		"a program that is gone": {"", func(t *testing.T) (*exec.Cmd, error) {
			return exec.Command(filepath.Join(t.TempDir(), "gone")), nil
		}, "no such file", true},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.needed {
				t.Skip("there is no gcc")
			}
			if c.path != "" {
				t.Setenv("PATH", c.path)
			}
			_, err := launch(t, c.d)
			require.ErrorContains(t, err, c.says)
			require.False(t, maySkip(err))
		})
	}
}

// program returns a folder with one program, a shell script.
func program(t *testing.T, name, script string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
	return folder
}

// runs is a driver that is a line of shell.
func runs(script string) driver {
	return func(*testing.T) (*exec.Cmd, error) { return exec.Command("/bin/sh", "-c", script), nil }
}
