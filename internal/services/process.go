// SPDX-License-Identifier: Apache-2.0

//go:build unix

package services

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kmsigner/kmsigner/internal/testrun"
)

// patience is how long a server may take to start or to stop on a loaded machine.
const patience = 60 * time.Second

// A Process is a server. Its methods fail the test if they do not succeed. They are
// for one goroutine at a time.
type Process struct {
	// Folder is the server's own, with its data and its log. It is removed when the
	// test ends.
	Folder string

	t       testing.TB
	command func() *exec.Cmd
	ready   func(pid int) error // nil once the server accepts connections
	user    *syscall.Credential // nil: the test's own
	cmd     *exec.Cmd
	exited  chan struct{}
}

// folder makes a folder that the server's user owns and all users can enter: a
// t.TempDir is closed to other users, and its name may be too long for a Unix socket.
func (p *Process) folder(name string) {
	p.t.Helper()
	dir, err := os.MkdirTemp("", "kmsigner-"+name+"-")
	if err != nil {
		p.t.Fatal(err)
	}
	p.Folder = dir
	p.t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			p.t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if p.user != nil {
		if err := os.Chown(dir, int(p.user.Uid), int(p.user.Gid)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// Start starts the server, also again after Kill or Stop, and returns when it accepts
// connections.
func (p *Process) Start() {
	p.t.Helper()
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	p.cmd = p.command()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = p.Folder, log, log, attributes(p.user)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	exited := make(chan struct{})
	p.exited = exited
	go func(cmd *exec.Cmd) {
		cmd.Wait()
		close(exited)
	}(p.cmd)
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := p.ready(p.cmd.Process.Pid)
		if err == nil {
			return
		}
		select {
		case <-exited:
			p.t.Fatalf("%s ended at once:\n%s", p.cmd, p.Log())
		default:
		}
		if time.Since(begin) > patience {
			p.t.Fatalf("%s is not ready: %v\n%s", p.cmd, err, p.Log())
		}
	}
}

// Stop ends the server with SIGTERM and waits for its end, or does nothing if it does
// not run.
func (p *Process) Stop() {
	p.t.Helper()
	p.stop(syscall.SIGTERM)
}

func (p *Process) stop(signal syscall.Signal) {
	p.t.Helper()
	if !p.running() {
		return
	}
	p.signal(p.cmd.Process.Pid, signal)
	select {
	case <-p.exited:
	case <-time.After(patience):
		p.Kill()
		p.t.Errorf("%s does not end by a signal:\n%s", p.cmd, p.Log())
	}
}

// Kill ends the server and the processes that it has started with SIGKILL, and returns
// when all are gone.
func (p *Process) Kill() {
	p.t.Helper()
	if !p.running() {
		return
	}
	all := p.Pause()
	for _, pid := range all {
		p.signal(pid, syscall.SIGKILL)
	}
	<-p.exited
	for begin := time.Now(); slices.ContainsFunc(all, alive); time.Sleep(time.Millisecond) {
		if time.Since(begin) > patience {
			p.t.Fatalf("%s: processes survive SIGKILL", p.cmd)
		}
	}
}

// Pause stops the server and the processes that it has started with SIGSTOP: its
// connections stay open and nothing is answered. It returns their ids.
func (p *Process) Pause() []int {
	p.t.Helper()
	if !p.running() {
		return nil
	}
	pid := p.cmd.Process.Pid
	p.signal(pid, syscall.SIGSTOP) // first: then it starts no others
	all := append(children(pid), pid)
	for _, pid := range all {
		p.signal(pid, syscall.SIGSTOP)
	}
	return all
}

// Resume continues what Pause has stopped.
func (p *Process) Resume() {
	p.t.Helper()
	if !p.running() {
		return
	}
	pid := p.cmd.Process.Pid
	for _, pid := range append(children(pid), pid) {
		p.signal(pid, syscall.SIGCONT)
	}
}

// Log is what the server has written.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.logFile())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (p *Process) logFile() string { return filepath.Join(p.Folder, "log") }

func (p *Process) running() bool {
	if p.exited == nil {
		return false
	}
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

func (p *Process) signal(pid int, signal syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Fatal(err)
	}
}

// program finds the newest program of this name in the folders, which are patterns, or
// in the PATH. Without one it ends the test.
func program(t testing.TB, name, debian string, folders ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("servers for tests are started on Linux only")
	}
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 { // versions of the same length, then by their digits
			return slices.MaxFunc(found, func(a, b string) int {
				if len(a) != len(b) {
					return len(a) - len(b)
				}
				return strings.Compare(a, b)
			})
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		missing(t, name, debian)
	}
	return found
}

// missing ends a test that lacks a program.
func missing(t testing.TB, name, debian string) {
	t.Helper()
	testrun.Missing(t, "%s is not installed: apt-get install %s", name, debian)
}
