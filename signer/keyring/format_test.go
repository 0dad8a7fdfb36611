// SPDX-License-Identifier: Apache-2.0

package keyring

import (
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/internal/testrun"
	"github.com/kmsigner/kmsigner/keyspec"
)

// blockOf returns the code block of a language in the description of the format.
func blockOf(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/keyring-format.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```$").FindSubmatch(text)
	require.NotNil(t, found)
	return string(found[1])
}

// TestOpenSSLReadsTheKeyFiles runs the documented commands.
func TestOpenSSLReadsTheKeyFiles(t *testing.T) {
	t.Parallel()
	sh := testrun.Program(t, "sh")
	testrun.Program(t, "openssl")
	testrun.Program(t, "perl")
	script := strings.Replace(blockOf(t, "sh"), "-noout -text_pub", "-pubout -outform DER", 1)
	dir := t.TempDir()
	k, err := create(dir, password, settings{})
	require.NoError(t, err)
	defer k.Close()
	fill(t, k)
	for _, key := range contents(t, k) {
		if key.KeySpec == keyspec.ECSM2 {
			continue // OpenSSL writes its public key in another form
		}
		if key.KeySpec != keyspec.RSA2048 && !testrun.Long() {
			continue // the commands take a password's time for each
		}
		v := key.Versions[0]
		cmd := exec.Command(sh, "-euc", script)
		cmd.Env = append(os.Environ(), "DIR="+dir, "FILE="+v.material.file.name, "PASSWORD="+string(password))
		out, err := cmd.Output()
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(v.material.spki), hex.EncodeToString(out), string(key.KeySpec))
	}
}

// TestKeyFilesAreCheapToOpen: the default has few iterations, under a passphrase of
// 256 bits, however the password is derived.
func TestKeyFilesAreCheapToOpen(t *testing.T) {
	k, err := Create(t.TempDir(), password)
	require.NoError(t, err)
	defer k.Close()
	require.Equal(t, 600_000, k.folder.vault.Load().kdf.Iterations)
	file := mustCreate(t, k).material.file
	block, rest := pem.Decode(file.data)
	require.Empty(t, rest)
	var box struct {
		Algorithm struct {
			PBES2      asn1.ObjectIdentifier
			Parameters struct {
				KDF struct {
					PBKDF2     asn1.ObjectIdentifier
					Parameters struct {
						Salt       []byte
						Iterations int
						Rest       asn1.RawValue `asn1:"optional"`
						PRF        asn1.RawValue `asn1:"optional"`
					}
				}
				Cipher asn1.RawValue
			}
		}
		Data []byte
	}
	rest, err = asn1.Unmarshal(block.Bytes, &box)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, 1000, box.Algorithm.Parameters.KDF.Parameters.Iterations)
	require.Len(t, box.Algorithm.Parameters.KDF.Parameters.Salt, 16)
	other := mustCreate(t, k).material.file
	one, two := k.folder.vault.Load().passphrase(1, file.name), k.folder.vault.Load().passphrase(1, other.name)
	require.Len(t, one, 64)
	require.NotEqual(t, one, two, "each file has its own")
	_, err = keyspec.ParsePrivateKey(other.data, one)
	require.Error(t, err)
	_, err = keyspec.ParsePrivateKey(other.data, two)
	require.NoError(t, err)
}

// TestOtherReaders runs the documented check.
func TestOtherReaders(t *testing.T) {
	python := testrun.Program(t, "python3")
	dir := t.TempDir()
	k := mustOpen(t, dir)
	fill(t, k)
	require.NoError(t, k.SetDescription(t.Context(), "alias/ec-sm2", "\"äöü\"\n\t\\u2028\u2028<&>"))
	var want []string
	for _, key := range contents(t, k) {
		for _, v := range key.Versions {
			want = append(want, v.KeyID+" "+v.VersionID+" "+v.material.file.name)
		}
	}
	out, err := exec.Command(python, "-c", blockOf(t, "python"), dir, string(password)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, want, strings.Split(strings.TrimSpace(string(out)), "\n"))
	out, err = exec.Command(python, "-c", blockOf(t, "python"), dir, "another").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "AssertionError")
}

// TestWrapKey has the vectors of RFC 3394, section 4.3 and 4.6: a key-encryption
// key of 256 bits.
func TestWrapKey(t *testing.T) {
	for _, v := range []struct{ kek, key, want string }{
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff",
			"64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
			"00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
			"28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
	} {
		kek, _ := hex.DecodeString(v.kek)
		key, _ := hex.DecodeString(v.key)
		wrapped, err := wrapKey(kek, key)
		require.NoError(t, err)
		require.Equal(t, v.want, hex.EncodeToString(wrapped))
		again, err := unwrapKey(kek, wrapped)
		require.NoError(t, err)
		require.Equal(t, key, again)
		for i := range wrapped {
			wrapped[i] ^= 1
			_, err = unwrapKey(kek, wrapped)
			require.Error(t, err, "byte %d", i)
			wrapped[i] ^= 1
		}
		for _, n := range []int{0, 8, 16, len(wrapped) - 1} {
			_, err = unwrapKey(kek, wrapped[:n])
			require.Error(t, err)
		}
	}
	_, err := wrapKey(make([]byte, 5), make([]byte, 16))
	require.Error(t, err)
	_, err = unwrapKey(make([]byte, 5), make([]byte, 24))
	require.Error(t, err)
}
