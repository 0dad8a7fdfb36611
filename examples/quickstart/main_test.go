// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// TestMain is main itself in a process that asks for it: see command.
func TestMain(m *testing.M) {
	if os.Getenv("KMSIGNER_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// command runs quickstart in a process of its own.
func command(t *testing.T, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), "KMSIGNER_TEST_MAIN=1")
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		var exited *exec.ExitError
		require.ErrorAs(t, err, &exited)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func message(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a message's file")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// published is a folder with the published keys: making RSA keys takes its time.
func published(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, k := range keyspec.All() {
		require.NoError(t, os.WriteFile(filepath.Join(dir, string(k)+".pem"), testkeys.PEM(k), 0o600))
	}
	return dir
}

func TestSignsWithAllSevenPairs(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, published(t), "", message(t, "")))
	for _, p := range keyspec.Pairs() {
		require.Contains(t, out.String(), "\n"+p.String()+" SHA256:")
	}
	require.Equal(t, 7, strings.Count(out.String(), "accepts it"))
	require.Contains(t, out.String(), ", 0 bytes, ")
}

// The printed commands, run by a shell, are accepted by OpenSSL; after a change
// to the file they are not.
func TestOpenSSLVerifies(t *testing.T) {
	t.Run("FILE", func(t *testing.T) {
		file, dir := message(t, "a message"), filepath.Join(t.TempDir(), "out")
		openSSLVerifies(t, dir, file, file, 5+7+7)
	})
	t.Run("no FILE", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "out")
		openSSLVerifies(t, dir, "", filepath.Join(dir, "message.txt"), 5+7+7+1)
	})
}

// openSSLVerifies signs file, "" for the text of quickstart's own, which signed names.
func openSSLVerifies(t *testing.T, dir, file, signed string, wantFiles int) {
	testrun.Program(t, "openssl")
	var out strings.Builder
	require.NoError(t, run(&out, published(t), dir, file))
	var commands []string
	for line := range strings.Lines(out.String()) {
		if _, command, ok := strings.Cut(line, "  openssl    "); ok {
			commands = append(commands, command)
		}
	}
	require.Len(t, commands, 7)
	for _, command := range commands {
		text, err := exec.Command("sh", "-c", command).CombinedOutput()
		require.NoError(t, err, "%s: %s", command, text)
		require.Equal(t, "Verified OK", strings.TrimSpace(string(text)))
	}
	require.NoError(t, os.WriteFile(signed, []byte("another message"), 0o600))
	for _, command := range commands {
		require.Error(t, exec.Command("sh", "-c", command).Run(), command)
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, wantFiles, "public keys, digests, signatures")
}

func TestKeysAreKept(t *testing.T) {
	dir, file := filepath.Join(t.TempDir(), "keys"), message(t, "m")
	prints := func() (lines []string) {
		var out strings.Builder
		require.NoError(t, run(&out, dir, "", file))
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, " SHA256:") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	first := prints()
	require.Len(t, first, 7)
	require.Equal(t, first, prints(), "the second run has the same keys")
	info, err := os.Stat(filepath.Join(dir, "EC_SM2.pem"))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077, "no other user can read the key")
}

func TestRefusals(t *testing.T) {
	file := message(t, "m")
	keysWith := func(name string, data []byte) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		return dir
	}
	notADir := message(t, "a file where a folder is meant")
	for name, tt := range map[string]struct{ keys, out, file, want string }{
		"missing file":       {keys: published(t), file: file + ".gone", want: "no such file"},
		"directory":          {keys: published(t), file: t.TempDir(), want: "is a directory"},
		"damaged key":        {keys: keysWith("RSA_2048.pem", []byte("-----BEGIN PRIVATE KEY-----\n")), file: file, want: "RSA_2048.pem: "},
		"key of another one": {keys: keysWith("RSA_2048.pem", testkeys.PEM(keyspec.ECP256)), file: file, want: "holds a key of EC_P256"},
		"keys no folder":     {keys: notADir, file: file, want: "not a directory"},
		"out no folder":      {keys: published(t), out: notADir, file: file, want: "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(io.Discard, tt.keys, tt.out, tt.file)
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "\n", "one line")
		})
	}
}

// What a user sees of an error: one clear line, and exit 1.
func TestCommandRefusals(t *testing.T) {
	file, keys := message(t, "m"), published(t)
	damaged, noFile := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(damaged, "EC_SM2.pem"), []byte("no key"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(noFile, "RSA_2048.pem"), 0o700))
	for _, pem := range []string{"RSA_2048.pem", "RSA_3072.pem"} { // making them takes its time
		data, err := os.ReadFile(filepath.Join(keys, pem))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(damaged, pem), data, 0o600))
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"missing file":   {[]string{"-keys", keys, file + ".gone"}, "no such file"},
		"directory":      {[]string{"-keys", keys, keys}, "is a directory"},
		"damaged key":    {[]string{"-keys", damaged, file}, "EC_SM2.pem: "},
		"unreadable key": {[]string{"-keys", noFile, file}, "RSA_2048.pem: is a directory"},
		"two files":      {[]string{file, file}, "one FILE at a time, got 2"},
		"no such flag":   {[]string{"-x"}, "flag provided but not defined: -x"},
		"no value":       {[]string{"-keys"}, "flag needs an argument: -keys"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, exit := command(t, tt.args...)
			require.Equal(t, 1, exit)
			require.Empty(t, stdout)
			require.Regexp(t, `\Aquickstart: .+\n\z`, stderr, "one line")
			require.Contains(t, stderr, tt.want)
		})
	}
}

func TestCommand(t *testing.T) {
	stdout, stderr, exit := command(t, "-keys", published(t), message(t, "m"))
	require.Zero(t, exit, stderr)
	require.Empty(t, stderr)
	require.Equal(t, 7, strings.Count(stdout, "accepts it"))

	stdout, stderr, exit = command(t, "-h")
	require.Zero(t, exit, stderr)
	require.Empty(t, stderr)
	require.True(t, strings.HasPrefix(stdout, "usage: quickstart "), stdout)
}

// A file that cannot be signed leaves no keys behind.
func TestNoKeysForNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	for _, file := range []string{filepath.Join(dir, "gone"), t.TempDir()} {
		require.Error(t, run(io.Discard, dir, "", file))
		require.NoDirExists(t, dir)
	}
}

// Any size, in constant memory: 64 MiB cost less than 4 MiB.
func TestConstantMemory(t *testing.T) {
	file := message(t, "")
	require.NoError(t, os.Truncate(file, 64<<20))
	f, err := open(file)
	require.NoError(t, err)
	defer f.Close()
	signers, err := makeSigners(published(t))
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = digest(io.Discard, f, "a file", signers)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestQuote(t *testing.T) {
	for path, want := range map[string]string{
		"a/b_1.pem": "a/b_1.pem", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "-x": "'./-x'", "$(reboot)": "'$(reboot)'",
	} {
		require.Equal(t, want, quote(path))
		text, err := exec.Command("sh", "-c", "printf %s "+quote(path)).Output()
		require.NoError(t, err)
		require.Equal(t, strings.TrimPrefix(string(bytes.TrimPrefix(text, []byte("./"))), "./"), path)
	}
}
