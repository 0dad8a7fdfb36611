// SPDX-License-Identifier: Apache-2.0

package ecmulx_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAssemblyHasNoJumps: no jump of any kind but the calls of routines for products and squares, and no
// instruction whose time depends on its operands.
func TestAssemblyHasNoJumps(t *testing.T) {
	text, err := os.ReadFile("ecmulx_amd64.s")
	require.NoError(t, err)
	var mnemonics, called []string
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z][A-Z0-9.]+)\b(.*)`).FindAllSubmatch(text, -1) {
		mnemonics = append(mnemonics, string(m[1]))
		if string(m[1]) == "CALL" {
			called = append(called, string(m[2]))
		}
	}
	distinct := func(all []string) []string { slices.Sort(all); return slices.Compact(all) }
	require.Equal(t, []string{
		"ADCQ", "ADDQ", "ANDL", "ANDQ", "CALL", "CMOVQCC", "LEAQ", "MOVL", "MOVQ", "MULXQ", "NEGQ", "RET", "SBBQ", "SHRQ",
		"SUBQ", "VMOVDQU", "VMOVQ", "VPADDQ", "VPAND", "VPBROADCASTQ", "VPCMPEQQ", "VPOR", "VPXOR", "VZEROUPPER",
	}, distinct(mnemonics))
	require.Equal(t, []string{
		" ·mulP256(SB)", " ·mulSM2(SB)", " ·mulSecp256k1(SB)", " ·sqrP256(SB)", " ·sqrSM2(SB)", " ·sqrSecp256k1(SB)",
	}, distinct(called))
}
