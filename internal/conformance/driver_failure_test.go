// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
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
	gcc := []string{"gcc"}
	jar := filepath.Join(t.TempDir(), "there.jar")
	require.NoError(t, os.WriteFile(jar, nil, 0o600))
	for name, c := range map[string]struct {
		path  string
		d     driver
		says  string
		tools []string
	}{
		// The preprocessor, which looks for the header, does not mind.
		"C that does not compile": {os.Getenv("PATH"), compiled("openssl.c", "stdio.h", "-Dreturn=oops"),
			"openssl.c: exit status 1", gcc},
		"a library that does not link": {os.Getenv("PATH"), compiled("openssl.c", "stdio.h", "-lno-such-library"),
			"openssl.c: exit status 1", gcc},
		"a JVM that does not start": {program(t, "java", "echo no heap >&2; exit 1"), inJava("BouncyCastle.java", jar),
			"no heap", nil},
		"a driver in Java that is gone": {program(t, "java", "[ $1 = --list-modules ] || exit 1; echo jdk.compiler@17"),
			inJava("BouncyCastle.java", jar), "no answer to hello", nil},
		"an exit":                   {"", runs("exit 3"), "exit status 3", nil},
		"an exit without an error":  {"", runs("exit 0"), "no answer to hello", nil},
		"an answer that is no JSON": {"", runs("echo hello"), "no answer to hello", nil},
		"a program that is gone": {"", func(t *testing.T) (*exec.Cmd, error) {
			return exec.Command(filepath.Join(t.TempDir(), "gone")), nil
		}, "no such file", nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tool := range c.tools {
				testrun.Program(t, tool)
			}
			t.Setenv("CI", "")
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
