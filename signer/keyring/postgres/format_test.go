// SPDX-License-Identifier: Apache-2.0

//go:build unix

package postgres

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/kmsigner/kmsigner/signer/keyring"
	"github.com/kmsigner/kmsigner/signer/signertest"
)

// testFormat reads the rows that the first commit with this format has written: what is
// stored once can be read for ever. With KMSIGNER_UPDATE=true it writes them.
func testFormat(t *testing.T, s server) {
	const file = "testdata/version1.sql"
	d := migrated(t, s)
	if os.Getenv("KMSIGNER_UPDATE") != "" {
		k := d.open(t)
		v, err := k.ImportAs(t.Context(), "key", "v1", signertest.Key(keyspec.ECP256))
		require.NoError(t, err)
		require.NoError(t, k.SetAlias(t.Context(), "alias/key", v.KeyID))
		require.NoError(t, k.SetDescription(t.Context(), v.KeyID, "für später"))
		dump, err := exec.Command(filepath.Join(s.Bin, "pg_dump"), "--data-only", "--inserts", "--schema", d.schema(),
			"--exclude-table", "*.kmsigner_migrations", "--exclude-table", "*.kmsigner_counts", s.DSN).CombinedOutput()
		require.NoError(t, err, string(dump))
		lines := []string{"-- SPDX-License-Identifier: Apache-2.0"}
		for line := range strings.Lines(string(dump)) {
			if line = strings.TrimSpace(strings.ReplaceAll(line, d.schema()+".", "")); strings.HasPrefix(line, "INSERT") {
				lines = append(lines, line)
			}
		}
		require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644))
		return
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	// In the order of the references.
	statements := slices.SortedStableFunc(strings.Lines(string(text)),
		func(a, b string) int { return order(a) - order(b) })
	d.exec(t, d.pool(t), strings.Join(statements, ""))
	k := d.open(t)
	key, err := k.Describe(t.Context(), "alias/key")
	require.NoError(t, err)
	require.Equal(t, []any{"key", keyspec.ECP256, keyring.Enabled, "für später", "v1", []string{"alias/key"}},
		[]any{key.KeyID, key.KeySpec, key.State, key.Description, key.Primary, key.Aliases})
	v, err := k.Lookup(t.Context(), "alias/key", "")
	require.NoError(t, err)
	signer, err := v.Signer(keyspec.ECDSASHA256)
	require.NoError(t, err)
	require.Equal(t, signertest.New(keyspec.Pair{KeySpec: keyspec.ECP256, Algorithm: keyspec.ECDSASHA256}).Public(),
		signer.Public())
	require.NoError(t, k.SetState(t.Context(), "key", keyring.Disabled))
	require.Len(t, first2(k.ListPage(t.Context(), keyring.Page{})), 1)
}

// order puts the tables that others refer to first.
func order(statement string) int {
	return slices.IndexFunc([]string{"keyring ", "data_keys ", "keys ", "versions ", "aliases "}, func(table string) bool {
		return strings.HasPrefix(statement, "INSERT INTO kmsigner_"+table)
	})
}

func first2[T, U any](v T, _ U, _ error) T { return v }

// TestPasswordFormat: what derives from a password, with few iterations.
func TestPasswordFormat(t *testing.T) {
	kek, err := first(PasswordKEK([]byte("published"))).(*passwordKEK).derive([]byte("salt"), 2)
	require.NoError(t, err)
	require.Equal(t, "password:0be644d8a92bb6f5", kek.ID())
	wrapped, err := hex.DecodeString("9cb5fe31f3787ccd886be6df10894381d29834d3eb21291bcc25dd308925426cdb")
	require.NoError(t, err)
	plain, err := kek.Unwrap(t.Context(), wrapped, []byte("additional"))
	require.NoError(t, err)
	require.Equal(t, "plain", string(plain))
	_, err = kek.Unwrap(t.Context(), wrapped, []byte("other"))
	require.Error(t, err)
}

// TestEncode: what is authenticated is different for different lists.
func TestEncode(t *testing.T) {
	seen := map[string][]any{}
	for _, list := range [][]any{
		{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"a", "b"}, {"ab"}, {"ab", ""}, {"a", "b", ""},
		{int64(1), int64(2)}, {int64(12)},
		{encode("a"), "b"}, {encode("a", "b")}, {encode(), "b"}, {encode()}, {encode(""), "b"},
	} {
		if len(list) == 1 && len(encode(list...)) == 8 && seen[string(encode(list...))] != nil {
			continue // encode() is "", and a list of one empty element either way
		}
		text := string(encode(list...))
		require.NotContains(t, seen, text, "%q and %q", list, seen[text])
		seen[text] = list
	}
	require.Equal(t, "0000000000000001"+"61"+"0000000000000002"+"2d31", hex.EncodeToString(encode("a", int64(-1))))
}
