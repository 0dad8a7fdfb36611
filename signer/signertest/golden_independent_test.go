// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// OpenSSL derives every public key from its private key, digests every message
// and verifies every signature; with another digest it must not.
func TestGoldenByOpenSSL(t *testing.T) {
	exe := testrun.Program(t, "openssl")
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	openssl := func(args ...string) (string, error) {
		out, err := exec.Command(exe, args...).CombinedOutput()
		return string(out), err
	}
	keys := map[keyspec.Pair]string{}
	for _, v := range Golden() {
		what := v.Pair.String() + ": " + v.Name
		public, known := keys[v.Pair]
		if !known {
			public = filepath.Join(dir, strings.ReplaceAll(v.Pair.String(), "/", "-"))
			keys[v.Pair] = public
			out, err := openssl("pkey", "-inform", "DER", "-in", write("private", v.PrivateKey), "-pubout", "-out", public)
			require.NoError(t, err, "%s: %s", what, out)
			data, err := os.ReadFile(public)
			require.NoError(t, err)
			require.Equal(t, v.PublicKey, []byte(der(data)), what)
		}

		altered := !known || testrun.Long() // it takes a process each time
		other := bytes.Clone(v.Digest)
		other[0] ^= 1
		signature := write("signature", v.Signature)
		byDigest := func(digest []byte) (string, error) {
			args := []string{"pkeyutl", "-verify", "-pubin", "-inkey", public, "-in", write("digest", digest), "-sigfile",
				signature}
			switch v.Pair.Algorithm {
			case keyspec.RSAPSSSHA256:
				args = append(args, "-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt",
					"rsa_pss_saltlen:32", "-pkeyopt", "rsa_mgf1_md:sha256")
			case keyspec.RSAPKCS1SHA256:
				args = append(args, "-pkeyopt", "digest:sha256")
			}
			return openssl(args...)
		}
		out, err := byDigest(v.Digest)
		require.NoError(t, err, "%s: %s", what, out)
		if altered {
			out, err = byDigest(other)
			require.Error(t, err, "%s: OpenSSL verifies another digest: %s", what, out)
		}

		if !v.FromMessage {
			continue
		}
		args := []string{"dgst", "-verify", public, "-signature", signature}
		switch v.Pair.Algorithm {
		case keyspec.RSAPSSSHA256:
			args = append(args, "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
		case keyspec.SM2DSA:
			args = append(args, "-sm3", "-sigopt", "distid:"+string(v.ID.Bytes()))
		default:
			args = append(args, "-sha256")
		}
		out, err = openssl(append(args, write("message", v.Message))...)
		require.NoError(t, err, "%s: %s", what, out)
		if altered {
			out, err = openssl(append(args, write("message", append(v.Message, 'x')))...)
			require.Error(t, err, "%s: OpenSSL verifies another message: %s", what, out)
		}
	}
}

// Python makes every row again, the nonces and salts of Deterministic included,
// with no code of this module: testdata/golden.py says with what.
func TestGoldenByPython(t *testing.T) {
	exe := pythonWith(t, "import ecdsa, cryptography, hashlib; hashlib.new('sm3')")
	count := map[keyspec.Pair]int{}
	for _, v := range Golden() {
		count[v.Pair]++
	}
	out, err := exec.Command(exe, filepath.Join("testdata", "golden.py")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	want := ""
	for _, p := range keyspec.Pairs() {
		want += fmt.Sprintf("%s: %d rows agree\n", p, count[p])
	}
	require.Equal(t, want, string(out))

	// It would notice: one bit of one signature.
	damaged := bytes.Replace(goldenJSON, []byte(`"signature": "3`), []byte(`"signature": "7`), 1)
	path := filepath.Join(t.TempDir(), "golden.json")
	require.NoError(t, os.WriteFile(path, damaged, 0o600))
	out, err = exec.Command(exe, filepath.Join("testdata", "golden.py"), path).CombinedOutput()
	require.Error(t, err, "%s", out)
}

// pythonWith finds a python3 that can do this: the first in the PATH, which may have no packages of
// Debian's, or Debian's.
func pythonWith(t *testing.T, program string) string {
	t.Helper()
	var says string
	for _, exe := range []string{testrun.Program(t, "python3"), "/usr/bin/python3"} {
		out, err := exec.Command(exe, "-c", program).CombinedOutput()
		if err == nil {
			return exe
		}
		says += fmt.Sprintf("%s: %v: %s", exe, err, out)
	}
	testrun.Missing(t, "python3 with the packages ecdsa and cryptography, and with SM3: %s", says)
	return ""
}
