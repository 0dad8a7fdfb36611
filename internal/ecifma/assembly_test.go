// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAssemblyHasNoJumps: no jump of any kind, and no instruction that gathers from addresses
// or whose time depends on its operands.
func TestAssemblyHasNoJumps(t *testing.T) {
	text, err := os.ReadFile("add_amd64.s")
	require.NoError(t, err)
	mnemonics := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z][A-Z0-9.]+)\b`).FindAllSubmatch(text, -1) {
		mnemonics[string(m[1])] = true
	}
	var all []string
	for m := range mnemonics {
		all = append(all, m)
	}
	require.ElementsMatch(t, []string{
		"KMOVB", "KXORB", "MOVQ", "RET", "VMOVDQA64", "VMOVDQU64", "VMOVQ", "VPADDQ", "VPADDQ.BCST", "VPANDQ",
		"VPBROADCASTQ", "VPERMI2Q", "VPMADD52HUQ", "VPMADD52LUQ", "VPSLLQ", "VPSRAQ", "VPSRLQ", "VPSUBQ",
		"VPTESTNMQ.BCST", "VPXORQ", "VPXORQ.BCST", "VZEROUPPER",
	}, all)
}
