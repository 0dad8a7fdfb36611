// SPDX-License-Identifier: Apache-2.0

package ecifma_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// mnemonics returns what the assembly of a file is made of.
func mnemonics(t *testing.T, file string) (all []string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z][A-Z0-9.]+)\b`).FindAllSubmatch(text, -1) {
		if !slices.Contains(all, string(m[1])) {
			all = append(all, string(m[1]))
		}
	}
	return all
}

// TestAssemblyHasNoJumps: no jump of any kind, and no instruction that gathers from addresses
// or whose time depends on its operands. Only what works on public numbers transposes rows from
// any addresses.
func TestAssemblyHasNoJumps(t *testing.T) {
	require.ElementsMatch(t, []string{
		"KMOVB", "KXORB", "MOVQ", "RET", "VMOVDQA64", "VMOVDQU64", "VMOVDQU64.Z", "VMOVQ", "VPADDQ", "VPADDQ.BCST", "VPANDQ",
		"VPANDQ.BCST", "VPBROADCASTQ", "VPCMPEQQ.BCST", "VPERMI2Q", "VPERMQ", "VPMADD52HUQ", "VPMADD52LUQ", "VPMOVM2Q",
		"VPMOVQ2M",
		"VPSLLQ", "VPSRAQ", "VPSRLQ", "VPSUBQ", "VPTESTNMQ", "VPTESTNMQ.BCST", "VPXORQ", "VPXORQ.BCST", "VSHUFI64X2",
		"VZEROUPPER",
	}, mnemonics(t, "add_amd64.s"))
	require.ElementsMatch(t, []string{
		"KMOVB", "MOVQ", "RET", "VMOVDQU64", "VPADDQ", "VPADDQ.BCST", "VPANDQ", "VPBROADCASTQ", "VPMADD52HUQ", "VPMADD52LUQ",
		"VPSLLQ", "VPSRAQ", "VPSRLQ", "VPSUBQ", "VPTERNLOGQ", "VPUNPCKHQDQ", "VPUNPCKLQDQ", "VPXORQ", "VSHUFI64X2",
		"VZEROUPPER",
	}, mnemonics(t, "public_amd64.s"))
}
