// SPDX-License-Identifier: Apache-2.0

package dkms_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What this package needs of other modules is in no program that does not import it,
// nor is net/http in one that only signs.
func TestImports(t *testing.T) {
	const module = "github.com/kmsigner/kmsigner/"
	pkgs := []string{
		"errors", "keyspec", "sm2z", "signer", "signer/diagnose", "signer/keyring", "signer/frontend", "signer/alikms",
		"signer/tencentkms",
		"signer/dkms",
	}
	args := []string{"list", "-f", `{{.ImportPath}} {{join .Deps " "}}`}
	for _, pkg := range pkgs {
		args = append(args, module+pkg)
	}
	out, err := exec.Command("go", args...).Output()
	require.NoError(t, err)
	deps := map[string]map[string]bool{}
	for line := range strings.Lines(string(out)) {
		all := map[string]bool{}
		for _, dep := range strings.Fields(line) {
			all[dep] = true
		}
		deps[strings.TrimPrefix(strings.Fields(line)[0], module)] = all
	}
	require.Len(t, deps, len(pkgs))
	const protowire, pkcs12 = "google.golang.org/protobuf/encoding/protowire", "software.sslmate.com/src/go-pkcs12"
	mine := deps["signer/dkms"]
	require.True(t, mine[protowire])
	require.True(t, mine[pkcs12])
	for dep := range mine {
		if strings.HasPrefix(dep, "google.golang.org/protobuf/") {
			require.Contains(t, []string{protowire, "google.golang.org/protobuf/internal/errors",
				"google.golang.org/protobuf/internal/detrand"}, dep, "no registry")
		}
	}
	for _, pkg := range pkgs[:len(pkgs)-1] {
		all := deps[pkg]
		require.True(t, all[module+pkg])
		for dep := range all {
			require.False(t, strings.HasPrefix(dep, "google.golang.org/protobuf/"), "%s: %s", pkg, dep)
			require.False(t, strings.HasPrefix(dep, pkcs12), "%s: %s", pkg, dep)
		}
		if pkg == "signer" || pkg == "keyspec" {
			require.False(t, all["net/http"], pkg)
		}
	}
}
