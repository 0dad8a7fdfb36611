// SPDX-License-Identifier: Apache-2.0

//go:build linux

package replicas

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/keyspec"
	"github.com/stretchr/testify/require"
)

// backupRestored restores a backup from before a key was disabled and another was made:
// replicas that run on refuse the older row, and after a restart all is as it was then.
func backupRestored(t *testing.T, f *fleet) {
	operator := alibaba(t, f.alibaba, "operator", newTransport(t, f.roots))
	keyID, versionID := create(t, operator, keyspec.ECP256)
	postgres := func(program string, args ...string) {
		t.Helper()
		args = append([]string{f.postgres.DSN}, args...)
		out, err := exec.Command(filepath.Join(f.postgres.Bin, program), args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	sign := func(keyID, versionID string) error {
		_, err := operator("AsymmetricSign", alibabaSign(keyID, versionID))
		return err
	}
	require.NoError(t, sign(keyID, versionID))
	postgres("pg_dump", "--schema", "kms", "--file", f.path("backup.sql"))
	_, err := operator("DisableKey", params{"KeyId": keyID})
	require.NoError(t, err)
	for range 2 * len(f.replicas) { // all of them have seen it
		disabled := func() bool { return isCode(sign(keyID, versionID), "Rejected.Disabled") }
		require.Eventually(t, disabled, time.Minute, 10*time.Millisecond)
	}
	later, laterVersion := create(t, operator, keyspec.ECP256)

	f.sql(t, "DROP SCHEMA kms CASCADE")
	postgres("psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", f.path("backup.sql"))
	time.Sleep(1100 * time.Millisecond) // nothing that was read before is used any more
	for range 2 * len(f.replicas) {
		require.Error(t, sign(keyID, versionID))
	}
	for _, r := range f.replicas {
		r.kill()
		r.start()
	}
	require.NoError(t, sign(keyID, versionID))
	require.True(t, isCode(sign(later, laterVersion), "Forbidden.KeyNotFound"))
}
