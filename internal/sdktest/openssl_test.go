// SPDX-License-Identifier: Apache-2.0

package sdktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// requireOpenSSL has OpenSSL verify a signature of a message, and refuse it of
// another one.
func requireOpenSSL(t *testing.T, p keyspec.Pair, publicKey string, message, sig []byte) {
	t.Helper()
	t.Run("OpenSSL", func(t *testing.T) {
		testrun.Program(t, "openssl")
		dir := t.TempDir()
		for name, data := range map[string][]byte{"pub": []byte(publicKey), "sig": sig, "message": message,
			"another": append(message, '.')} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
		}
		args := []string{"dgst", "-sha256"}
		switch p.Algorithm {
		case keyspec.SM2DSA:
			args = []string{"dgst", "-sm3", "-sigopt", "distid:1234567812345678"}
		case keyspec.RSAPSSSHA256:
			args = append(args, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
		}
		args = append(args, "-verify", "pub", "-signature", "sig")
		for file, want := range map[string]string{"message": "Verified OK", "another": "Verification failure"} {
			cmd := exec.Command("openssl", append(args, file)...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.Contains(t, string(out), want, file)
			require.Equal(t, file == "message", err == nil)
		}
	})
}
