// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A PostgresServer is a PostgreSQL with the database and the superuser "postgres". It
// listens on a Unix socket in its folder, and flushes to the disk as any server does.
type PostgresServer struct {
	Process
	// DSN is the connection string of the database, in the form of keywords, which may
	// be added to: DSN+" pool_max_conns=2".
	DSN string
	// Bin is the folder of its programs: psql, pg_dump.
	Bin string
}

// Postgres starts a PostgreSQL, with settings of its configuration file:
// "max_connections=20".
func Postgres(t testing.TB, settings ...string) *PostgresServer {
	t.Helper()
	postgres := program(t, "postgres", "postgresql", "/usr/lib/postgresql/*/bin")
	s := &PostgresServer{Bin: filepath.Dir(postgres)}
	s.t, s.user = t, unprivileged(t, "postgres")
	s.folder("postgres")
	data := filepath.Join(s.Folder, "data")
	s.DSN = "host=" + s.Folder + " user=postgres dbname=postgres"

	initdb := exec.Command(filepath.Join(s.Bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = s.Folder, attributes(s.user)
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	args := []string{"-D", data, "-k", s.Folder, "-c", "listen_addresses="}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	s.command = func() *exec.Cmd { return exec.Command(postgres, args...) }
	s.ready = func(pid int) error { return postmasterReady(filepath.Join(data, "postmaster.pid"), pid) }
	// SIGQUIT: an immediate shutdown, which waits for no client.
	t.Cleanup(func() { s.Resume(); s.stop(syscall.SIGQUIT) })
	s.Start()
	return s
}

// Stop ends the server in order, and the connections of its clients with it.
func (s *PostgresServer) Stop() {
	s.t.Helper()
	s.stop(syscall.SIGINT) // a fast shutdown; SIGTERM waits for the clients
}

// postmasterReady reads the state that the server writes into its lock file. A server
// that was killed leaves the file, hence the pid.
func postmasterReady(file string, pid int) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[7]) != "ready" {
		return fmt.Errorf("%s has %q", file, lines)
	}
	return nil
}

// unprivileged is the user of this name, or nobody, if the test is root.
func unprivileged(t testing.TB, name string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		t.Fatalf("the user %s has no numbers", u.Username)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
