// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/dkms"
	"github.com/stretchr/testify/require"
)

func TestMisuse(t *testing.T) {
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	unused, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := unused.Addr().String()
	require.NoError(t, unused.Close())
	client, err := dkms.NewClientKey([]byte("pw"))
	require.NoError(t, err)
	good := file("client.pem", string(client.Certificate))
	private, err := testkeys.Key(keyspec.ECP256)
	require.NoError(t, err)
	ec, err := keyspec.MarshalPublicKey(private.(crypto.Signer).Public())
	require.NoError(t, err)
	key, free := "-access-key=id:s3cret", []string{"-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nothing":             {nil, "-access-key has to be ID:SECRET"},
		"no secret":           {[]string{"-access-key", "s3cret"}, "-access-key has to be ID:SECRET"},
		"empty id":            {[]string{"-access-key", ":s3cret"}, "-access-key has to be ID:SECRET"},
		"empty secret":        {[]string{"-access-key", "id:"}, "-access-key has to be ID:SECRET"},
		"unknown flag":        {[]string{key, "-port", "1"}, "not defined: -port"},
		"an argument":         {[]string{key, "more"}, `unexpected argument "more"`},
		"password, no folder": {[]string{key, "-password-file", "p"}, "-password-file needs -dir"},
		"folder, no password": {[]string{key, "-dir", t.TempDir()}, "-dir needs -password-file"},
		"init, no folder":     {[]string{key, "-init"}, "-init needs -dir or -postgres"},
		"no password file":    {[]string{key, "-dir", t.TempDir(), "-password-file", "/nonexistent"}, "/nonexistent"},
		"empty password": {[]string{key, "-dir", t.TempDir(), "-password-file", file("empty", "\nsecond\n")},
			"its first line is empty"},
		"folder is a file": {[]string{key, "-dir", file("f", ""), "-password-file", file("p", "pw")}, "InvalidParameter"},
		"no address":       {[]string{key, "-tencent", ""}, "-tencent has to be an address"},
		"one port for both": {[]string{key, "-alibaba", "127.0.0.1:18447", "-tencent", "127.0.0.1:18447"},
			"127.0.0.1:18447"},
		"not an address":      {[]string{key, "-alibaba", "nowhere"}, "nowhere"},
		"address in use":      {[]string{key, "-tencent", busy.Addr().String()}, busy.Addr().String()},
		"instance, no client": {[]string{key, "-instance", "127.0.0.1:0"}, "-instance and -client-cert need each other"},
		"client, no instance": {[]string{key, "-client-cert", "id=" + good}, "-instance and -client-cert need each other"},
		"client, no file":     {[]string{key, "-client-cert", "id="}, "it has to be ID=FILE.pem"},
		"client, no id":       {[]string{key, "-client-cert", good}, "it has to be ID=FILE.pem"},
		"client, nothing":     {[]string{key, "-client-cert", "id=/nonexistent"}, "/nonexistent"},
		"client, no PEM":      {[]string{key, "-client-cert", "id=" + file("c", "x")}, "it is not PEM"},
		"client, another PEM": {[]string{key, "-client-cert", "id=" + file("c", pemOf("PRIVATE KEY", nil))},
			"neither a certificate nor a public key"},
		"client, damaged": {[]string{key, "-client-cert", "id=" + file("c", pemOf("CERTIFICATE", nil))},
			"malformed certificate"},
		"client, an EC key": {[]string{key, "-client-cert", "id=" + file("c", string(ec))},
			"not RSA of at least 2048 bits"},
		"client twice": {[]string{key, "-client-cert", "id=" + good, "-client-cert", "id=" + good},
			"id is given twice"},
		"both access":        {[]string{key, "-access-file", good}, "-access-key and -access-file exclude each other"},
		"no access file":     {[]string{"-access-file", "/nonexistent"}, "the file cannot be read"},
		"not an access file": {[]string{"-access-file", good}, "line 1: the file is not JSON"},
		"client, file": {[]string{"-access-file", good, "-client-cert", "id=" + good},
			"-client-cert and -access-file exclude each other"},
		"status in use":     {[]string{key, "-status", busy.Addr().String()}, busy.Addr().String()},
		"negative drain":    {[]string{key, "-drain", "-1s"}, "-drain is negative"},
		"not a certificate": {[]string{key, "-cert", good, "-key", good}, "not a certificate with its private key"},
		"two stores":        {[]string{key, "-dir", "d", "-postgres", "host=h"}, "-dir and -postgres exclude each other"},
		"database, no KEK":  {[]string{key, "-postgres", "host=h"}, "-postgres and -kek-file need each other"},
		"KEK, no database":  {[]string{key, "-kek-file", good}, "-postgres and -kek-file need each other"},
		"not a DSN": {[]string{key, "-postgres", "port=s3cret", "-kek-file", good},
			"-postgres is not a connection string"},
		"password in DSN": {[]string{key, "-postgres", "host=h password=s3cret", "-kek-file", good},
			"use -postgres-password-file"},
		"password in its URL": {[]string{key, "-postgres", "postgres://u:s3cret@h/d", "-kek-file", good},
			"use -postgres-password-file"},
		"no KEK file": {[]string{key, "-postgres", "host=h", "-kek-file", "/nonexistent"}, "/nonexistent"},
		"not a KEK": {[]string{key, "-postgres", "host=h", "-kek-file", file("k", "s3cret")},
			"not 64 hexadecimal digits"},
		"stale, no database": {[]string{key, "-max-stale", "1s"}, "-max-stale need -postgres"},
		"rewrap, one KEK":    {[]string{key, "-postgres", "host=h", "-kek-file", good, "-rewrap"}, "-rewrap needs"},
		"password, no Redis": {[]string{key, "-redis-password-file", good}, "-redis-password-file needs -redis"},
		"not a URL":          {[]string{key, "-redis", "s3cret"}, "-redis is not a URL"},
		"password in URL":    {[]string{key, "-redis", "redis://:s3cret@h"}, "use -redis-password-file"},
		"no Redis password":  {[]string{key, "-redis", "redis://h", "-redis-password-file", "/nonexistent"}, "/nonexistent"},
		"no DB password": {[]string{key, "-postgres", "host=h", "-kek-file", file("k", strings.Repeat("0f1e", 16)),
			"-postgres-password-file", "/nonexistent"}, "/nonexistent"},
		"no Redis there": {[]string{key, "-redis", "redis://" + closed}, "Redis does not answer"},
		"no database there": {[]string{key, "-postgres", "postgres://" + closed, "-kek-file",
			file("k", strings.Repeat("0f1e", 16))}, "Unavailable"},
		"timeout":      {[]string{key, "-redis-timeout", "0s"}, "-redis-timeout has to be positive"},
		"cert, no key": {[]string{key, "-cert", good}, "-cert and -key need each other"},
		"no such cert": {[]string{key, "-cert", "/nonexistent", "-key", "/nonexistent"}, "/nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := command(slices.Concat(free, tt.args)...).CombinedOutput()
			requireOneLine(t, out, err, tt.want)
		})
	}
}

func requireOneLine(t *testing.T, out []byte, err error, want string) {
	t.Helper()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 1, exit.ExitCode())
	require.Contains(t, string(out), want)
	require.True(t, strings.HasPrefix(string(out), "frontend: "), string(out))
	require.Equal(t, 1, strings.Count(string(out), "\n"), string(out))
	require.NotContains(t, string(out), "s3cret")
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-h"}, &out, io.Discard))
	require.True(t, strings.HasPrefix(out.String(), "usage: frontend "), out.String())
	for _, flag := range []string{"-alibaba", "-tencent", "-instance", "-client-cert ID=FILE.pem", "-cert", "-key", "-access-key ID:SECRET", "-dir", "-password-file", "-init", "-manage",
		"-access-file", "-status", "-drain", "-postgres DSN", "-postgres-password-file", "-kek-file", "-max-stale", "-rewrap",
		"-redis URL", "-redis-password-file", "-redis-timeout"} {
		require.Contains(t, out.String(), flag)
	}
}
