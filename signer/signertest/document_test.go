// SPDX-License-Identifier: Apache-2.0

package signertest

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every Go block of docs/testing.md is the whole of the file that is linked last
// above it, so that a reader can paste it and it compiles.
func TestDocumentQuotesWholeFiles(t *testing.T) {
	document, err := os.ReadFile("../../docs/testing.md")
	require.NoError(t, err)
	part := regexp.MustCompile("(?s)\\.\\./signer/signertest/([a-z_]+\\.go)\\)|\n```go\n(.*?)\n```\n")
	linked, count := "", 0
	for _, m := range part.FindAllStringSubmatch(string(document), -1) {
		if m[1] != "" {
			linked = m[1]
			continue
		}
		require.NotEmpty(t, linked, "no file is linked above:\n%s", m[2])
		file, err := os.ReadFile(linked)
		require.NoError(t, err)
		code, ok := strings.CutPrefix(string(file), "// SPDX-License-Identifier: Apache-2.0\n\n")
		require.True(t, ok, linked)
		require.Equal(t, code, m[2]+"\n", linked)
		linked = ""
		count++
	}
	require.Equal(t, 4, count)
}
