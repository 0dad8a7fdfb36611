// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// psql returns what a statement returns.
func psql(ctx context.Context, s *PostgresServer, statement string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(s.Bin, "psql"), s.DSN, "-Atc", statement)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestPostgres(t *testing.T) {
	s := Postgres(t, "max_connections=17")
	must := func(statement string) string {
		t.Helper()
		out, err := psql(t.Context(), s, statement)
		require.NoError(t, err, out)
		return out
	}
	require.Equal(t, "17\n", must("SHOW max_connections"))
	require.Equal(t, "on\n", must("SHOW fsync"))
	must("CREATE TABLE t (n int)")

	for what, end := range map[string]func(){"killed": s.Kill, "stopped": s.Stop} {
		must("INSERT INTO t VALUES (1)")
		end()
		end() // again: nothing
		_, err := psql(t.Context(), s, "SELECT 1")
		require.Error(t, err, what)
		s.Start()
	}
	require.Equal(t, "2\n", must("SELECT count(*) FROM t"))

	s.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := psql(ctx, s, "SELECT 1")
	require.ErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	require.Error(t, err)
	s.Resume()
	require.Equal(t, "1\n", must("SELECT 1"))
}

func TestMissing(t *testing.T) {
	for ci, failed := range map[string]bool{"": false, "true": true} {
		t.Setenv("CI", ci)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() { // Fatal and Skip end the goroutine
			defer close(done)
			program(r, "no-such-program", "no-such-package")
		}()
		<-done
		require.Equal(t, failed, r.failed)
		require.Equal(t, !failed, r.skipped)
	}
}
