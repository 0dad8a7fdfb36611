package signertest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The code on the page about testing is that of the examples, which are compiled.
func TestPageQuotesTheExamples(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	require.NoError(t, err)
	files, err := filepath.Glob("example_*_test.go")
	require.NoError(t, err)
	var code string
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		code += string(data)
	}
	blocks := strings.Split(string(page), "```go\n")[1:]
	require.Len(t, blocks, 3)
	for _, b := range blocks {
		block, _, closed := strings.Cut(b, "```")
		require.True(t, closed)
		require.Contains(t, code, block)
	}

	// And so is the failure that it shows.
	for _, w := range wrongSigners {
		if w.name == "raw" {
			faults := newSubject(w.make()).run(check{"Encoding", checkEncoding}).faults
			require.Len(t, faults, 1)
			require.Contains(t, string(page), "--- FAIL: TestVaultSigner/Encoding\n        "+faults[0]+"\n")
			return
		}
	}
	t.Fatal("no wrong signer returns r‖s")
}
