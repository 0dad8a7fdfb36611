// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/kmsigner/kmsigner/internal/testkeys"
	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/stretchr/testify/require"
)

func TestFolderKeepsKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: a dozen PBKDF2 are not short")
	}
	dir, password := t.TempDir(), filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte("correct horse\nbattery staple\n"), 0o600))
	kept := []string{"-dir", filepath.Join(dir, "keys"), "-password-file", password}
	out, err := command(append([]string{"-access-key", "a:b", "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, kept...)...).CombinedOutput()
	requireOneLine(t, out, err, "does not exist")
	require.NoDirExists(t, kept[1])
	first := start(t, append(kept, "-init")...)
	require.Len(t, first.keys, 5)

	// One program at a time.
	out, err = command(append([]string{"-access-key", "a:b", "-alibaba", "127.0.0.1:0", "-tencent", "127.0.0.1:0"}, kept...)...).CombinedOutput()
	requireOneLine(t, out, err, "Unavailable")

	sm2 := first.keys[4]
	resp, err := http.Get(first.alibaba + "/?" + signed("GET", sm2, keyspec.SM2DSA, make([]byte, 32)))
	require.NoError(t, err)
	sig := requireSignature(t, resp, sm2)
	first.terminate(t)
	first.end(t)

	// The password is the first line, whatever ends it.
	require.NoError(t, os.WriteFile(password, []byte("correct horse\r\n"), 0o600))
	second := start(t, kept...)
	require.Equal(t, first.keys, second.keys)
	second.terminate(t)
	second.end(t)

	ring, err := (&options{dir: kept[1], passwordFile: password}).folder()
	require.NoError(t, err)
	defer ring.close()
	v, err := ring.Lookup(t.Context(), sm2.Alias, sm2.VersionID)
	require.NoError(t, err)
	verifier, err := v.Verifier(keyspec.SM2DSA)
	require.NoError(t, err)
	require.NoError(t, verifier.VerifyDigest(make([]byte, 32), sig))

	// An alias must lead to a key of its kind.
	require.NoError(t, ring.SetAlias(t.Context(), "alias/ec-p256", sm2.KeyID))
	_, err = prepareKeys(t.Context(), ring)
	require.EqualError(t, err, "alias/ec-p256 is a key of EC_SM2")
}

// Missing keys are made, existing keys stay, and a disabled key does not keep the others
// from being served.
func TestFolderIsCompleted(t *testing.T) {
	ring := keyring.New()
	var before []key
	for _, spec := range keyspec.All() {
		private, err := testkeys.Key(spec)
		require.NoError(t, err)
		v, err := ring.Import(t.Context(), private)
		require.NoError(t, err)
		alias := map[keyspec.KeySpec]string{
			"RSA_2048": "alias/rsa-2048", "RSA_3072": "alias/rsa-3072",
			"EC_P256": "alias/ec-p256", "EC_P256K": "alias/ec-p256k", "EC_SM2": "alias/ec-sm2",
		}[spec]
		require.NoError(t, ring.SetAlias(t.Context(), alias, v.KeyID))
		before = append(before, key{v.KeyID, v.VersionID, alias, spec})
	}
	require.NoError(t, ring.DeleteAlias(t.Context(), "alias/ec-p256"))
	require.NoError(t, ring.SetState(t.Context(), "alias/ec-sm2", "Disabled"))
	after, err := prepareKeys(t.Context(), ring)
	require.NoError(t, err)
	require.NotEqual(t, before[2].KeyID, after[2].KeyID)
	after[2] = before[2]
	require.Equal(t, before, after)
}
