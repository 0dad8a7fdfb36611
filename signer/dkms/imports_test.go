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
	deps := func(pkg string) map[string]bool {
		out, err := exec.Command("go", "list", "-deps", module+pkg).Output()
		require.NoError(t, err, pkg)
		all := map[string]bool{}
		for line := range strings.Lines(string(out)) {
			all[strings.TrimSpace(line)] = true
		}
		return all
	}
	const protowire, pkcs12 = "google.golang.org/protobuf/encoding/protowire", "software.sslmate.com/src/go-pkcs12"
	mine := deps("signer/dkms")
	require.True(t, mine[protowire])
	require.True(t, mine[pkcs12])
	for dep := range mine {
		if strings.HasPrefix(dep, "google.golang.org/protobuf/") {
			require.Contains(t, []string{protowire, "google.golang.org/protobuf/internal/errors", "google.golang.org/protobuf/internal/detrand"}, dep, "no registry")
		}
	}
	for _, pkg := range []string{
		"errors", "keyspec", "sm2z", "signer", "signer/diagnose", "signer/keyring", "signer/frontend", "signer/alikms", "signer/tencentkms",
	} {
		all := deps(pkg)
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
