// SPDX-License-Identifier: Apache-2.0

package page

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	const old = "prose\n<!-- begin a -->\nold\n<!-- end a -->\nmore\n<!-- begin b -->\n<!-- end b -->\n"
	require.NoError(t, os.WriteFile(file, []byte(old), 0o644))
	for range 2 { // writing twice is as good as once
		require.NoError(t, Write(file, "a", "| new |"))
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, "prose\n<!-- begin a -->\n\n| new |\n<!-- end a -->\nmore\n<!-- begin b -->\n<!-- end b -->\n",
			string(got))
		text, err := Read(file, "a")
		require.NoError(t, err)
		require.Equal(t, "\n| new |\n", text)
	}
	text, err := Read(file, "b")
	require.NoError(t, err)
	require.Empty(t, text)
	_, err = Read(file, "c")
	require.ErrorContains(t, err, "marks")
	_, err = Read(file+".absent", "a")
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, Write(file, "c", ""), "marks")
	require.ErrorIs(t, Write(file+".absent", "a", ""), os.ErrNotExist)
}

func TestReplaceRefusesMarks(t *testing.T) {
	for _, page := range []string{
		"",
		"<!-- begin a -->\n",
		"<!-- end a -->\n<!-- begin a -->\n",
		"<!-- begin a -->\n<!-- begin a -->\n<!-- end a -->\n",
	} {
		_, err := replace([]byte(page), "a", "")
		require.Error(t, err, "%q", page)
	}
}
